"""Every small experiment that ships runs to its report: reduced further, with a tiny random backbone, on real data."""

from __future__ import annotations

import copy
import gzip
import json
import shutil
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from crossalpaca.grid import Grid
from crossalpaca.planning import plan
from crossalpaca.records import Progress, Step
from crossalpaca.report.linter import lint_report
from crossalpaca.runner import Silent, run

pytestmark = pytest.mark.integration

INSTRUCTIONS, TRANSLATIONS, ROWS = 16, 6, 40
FEW = ("xquad", "squad_it", "mmlu")  # one with passages and one without, in each language
TRAINING = {"batch": 4, "steps": 2, "learning_rate": 1e-2, "precision": "fp32", "rank": 4, "dropout": 0.0}
PROBING = {"sentences": 8, "translations": 2, "max_new_tokens": 4}
# What a benchmark is where it is translated: its own form, with few rows.
TRANSLATED = {"mmlu": ("choices", ["starter:choices.en.csv"]), "bbh": ("tasks", ["starter:bbh.en/navigate.json"])}


class Reducing:
    """Makes an experiment small: its shape stays, and of everything there is little."""

    def __init__(self, backbone: Path, data: Path, folder: Path, seeds: int) -> None:
        self.backbone, self.data, self.folder, self.seeds = str(backbone), data, folder, seeds

    def __call__(self, file: Mapping[str, Any], languages: Sequence[str], benchmarks: Sequence[str]) -> dict[str, Any]:
        """The mapping of a file, reduced; of its languages and benchmarks those that are named, all where none is."""
        raw = copy.deepcopy(dict(file))
        for key in {"backbone", "backbones"} & raw.keys():
            raw[key] = self.backbone if key == "backbone" else [self.backbone]
        raw["models"] = {name: self.model(body) for name, body in raw["models"].items()}
        raw["training"] = TRAINING
        raw["evaluation"]["decoding"] = {"precision": "fp32", "batch": 8}
        raw["evaluation"]["benchmarks"] = [
            self.benchmark(choice)
            for choice in raw["evaluation"]["benchmarks"]
            if choice["benchmark"] in (benchmarks or [choice["benchmark"]])
        ]
        raw["probing"] = raw["probing"] | PROBING
        raw["axes"] = {name: [0, 3, TRANSLATIONS] for name in raw.get("axes", {})}
        if "seeds" in raw:
            raw["seeds"] = raw["seeds"][: self.seeds]
        if "languages" in raw:
            kept = languages or list(raw["languages"])
            raw["languages"] = {code: self.own(raw["languages"][code] or {}) for code in kept}
        return self.own(raw)

    def model(self, body: dict[str, Any]) -> dict[str, Any]:
        made = dict(body)
        if "instructions" in made:
            made["instructions"] = min(made["instructions"], INSTRUCTIONS)
        made["translations"] = {
            direction: min(n, TRANSLATIONS) if isinstance(n, int) else n
            for direction, n in body.get("translations", {}).items()
        }
        return made

    def benchmark(self, choice: dict[str, Any]) -> dict[str, Any]:
        made = choice | {"items": 4, "max_new_tokens": 4}
        if "translate" in choice:
            form, files = TRANSLATED[choice["benchmark"]]
            made |= {"benchmark": form, "name": choice["benchmark"], "files": files}
        return made

    def own(self, part: dict[str, Any]) -> dict[str, Any]:
        """The data of a whole file, or of one language."""
        data = part.get("data")
        if not data:
            return part
        made = dict(data)
        if "instructions" in data:
            made["instructions"] = str(self.slice(data["instructions"]))
        if data.get("bitext"):
            made["bitext"] = data["bitext"][:1]
        return part | {"data": made}

    def slice(self, name: str) -> Path:
        """The first rows of an instruction file."""
        path = self.folder / Path(name).with_suffix("").name
        with gzip.open(self.data / name, "rt", encoding="utf-8") as file:
            path.write_text(json.dumps(json.load(file)[:ROWS], ensure_ascii=False), encoding="utf-8")
        return path


@dataclass(frozen=True)
class Done:
    """A run of a small experiment: its grid, its report's folder, and what that holds."""

    grid: Grid
    folder: Path
    report: dict[str, Any]


class NothingLeft(Silent):
    """Fails where a step is computed."""

    def started(self, step: Step, number: int, total: int) -> Progress:
        pytest.fail(f"{step.title} was computed again")


MakeRun = Callable[..., Done]


@pytest.fixture
def done(make_folder: Any, data_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeRun:
    """Runs a shipped experiment at the reduced size, twice: the second time nothing is left to do."""
    monkeypatch.setenv("CROSSALPACA_MEMORY", str(tmp_path / "memory.sqlite"))
    backbone = make_folder("llama", max_position_embeddings=8192)

    def make(name: str, languages: Sequence[str] = (), benchmarks: Sequence[str] = FEW, seeds: int = 2) -> Done:
        reduce = Reducing(backbone, data_folder, tmp_path, seeds)
        raw = reduce(Grid.load(name, data=data_folder).file, languages, benchmarks)
        grid = Grid.parse(yaml.safe_dump(raw, sort_keys=False, allow_unicode=True), source=name, folder=data_folder)
        folder = run(grid, tmp_path / "store")
        report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
        assert run(grid, tmp_path / "store", NothingLeft()) == folder
        assert (folder / "report.html").stat().st_size > 10_000
        return Done(grid, folder, report)

    return make


def check(done: Done) -> None:
    """What holds of the report of any experiment."""
    report = done.report
    assert [finding for finding in lint_report(report) if finding.severity == "error"] == []
    assert report["experiment"]["languages"] == done.grid.languages
    assert report["experiment"]["seeds"] == done.grid.seeds
    assert report["models"].keys() == done.grid.models.keys()
    check_scores(done)
    check_differences(done)
    check_probing(done)
    assert {each["role"] for each in report["provenance"]} == set(plan(done.grid)[-1].inputs)


def check_scores(done: Done) -> None:
    seeds = {name: len(done.report["models"][name]["seeds"]) for name in done.grid.models}
    scored: dict[str, set[str]] = {}
    for score in done.report["scores"]:
        scored.setdefault(score["model"], set()).add(score["language"])
        assert len(score["by_seed"]) == seeds[score["model"]]
    for name, cells in done.grid.models.items():
        assert scored[name] == {cell.language for cell in cells} | {"en"}, name
        trained = cells[0].models[name].trained
        assert seeds[name] == len(done.report["models"][name]["runs"]) if trained else seeds[name] == 1
        assert seeds[name] == (len(done.grid.seeds) if trained else 1)


def check_differences(done: Done) -> None:
    found = Counter((each["model"], each["baseline"]) for each in done.report["differences"])
    assert set(found) == set(done.grid.compare)
    for each in done.report["differences"]:
        assert len(each["by_seed"]) == len(done.grid.seeds), each


def check_probing(done: Done) -> None:
    places = {(name, cell.language) for name, cells in done.grid.models.items() for cell in cells} - {
        (name, "en") for name in done.grid.models
    }
    for kind, size in (("alignment", PROBING["sentences"]), ("translation", PROBING["translations"])):
        rows = done.report["probing"][kind]
        assert {(row["model"], row["language"]) for row in rows} == places
        assert {row["n"] for row in rows} == {size}
        assert all(len(row["by_seed"]) == len(done.report["models"][row["model"]]["seeds"]) for row in rows)


needs_apertium = pytest.mark.skipif(shutil.which("apertium") is None, reason="apertium is not installed")


@pytest.mark.parametrize(
    ("name", "seeds"),
    [
        ("scale-small", 1),
        ("direction-small", 1),
        ("controls-small", 2),
        pytest.param("direction-small", 2, marks=pytest.mark.full),
        ("backbones-small", 1),
        ("german-small", 1),
    ],
)
def test_one_language(done: MakeRun, name: str, seeds: int) -> None:
    check(done(name, seeds=seeds))


def test_english(done: MakeRun) -> None:
    check(done("english-small"))


@needs_apertium
def test_multilingual(done: MakeRun) -> None:
    check(done("multilingual-small"))


def test_the_paper_in_german_english_and_a_language_without_demonstrations(done: MakeRun) -> None:
    check(done("paper-small", ["en", "de", "ar"]))


@needs_apertium
@pytest.mark.full
def test_the_paper_in_all_languages_and_benchmarks(done: MakeRun) -> None:
    check(done("paper-small", benchmarks=()))
