"""The command line as a person meets it: what it prints, what it leaves behind, and what it says when it cannot."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import pytest

from crossalpaca.benchmarks import BENCHMARKS
from crossalpaca.grid import Grid
from crossalpaca.languages import languages
from crossalpaca.planning import plan
from crossalpaca.records import Step
from crossalpaca.sources.files import starter_folder
from crossalpaca.store import Store, artefact_name, step_key

pytestmark = pytest.mark.integration

COMMAND = (sys.executable, "-m", "crossalpaca")
TIMEOUT = 300  # seconds until a subprocess counts as hanging
MODEL = "it-CrossAlpaca"
RECIPE = (
    *("batch=8", "steps=10", "learning_rate=1.0e-2", "checkpoint_every=3"),
    *("precision=fp32", "rank=4", "row_tokens=256"),
)


@dataclass(frozen=True)
class Answer:
    """What a command gave."""

    code: int
    out: str
    err: str

    @property
    def line(self) -> str:
        """The one line of a refusal."""
        lines = self.err.splitlines()
        assert len(lines) == 1, self
        return lines[0]


def command(*arguments: str | Path, timeout: float = TIMEOUT, **environment: str) -> Answer:
    """Runs the command line; whatever it is given, a traceback is a bug."""
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        timeout=timeout,
        check=False,
        env=os.environ | environment,
    )
    return without_traceback(Answer(done.returncode, done.stdout, done.stderr))


def without_traceback(answer: Answer) -> Answer:
    assert "Traceback" not in answer.out + answer.err, answer.err
    return answer


@dataclass(frozen=True)
class TinyRun:
    """The tiny experiment, run once.

    Attributes:
        experiment: its file.
        store: where it ran; tests that change something work on a copy.
        answer: what the command gave.
        steps: its plan.
    """

    experiment: Path
    store: Path
    answer: Answer
    steps: Sequence[Step]

    def artefact(self, title: str) -> Path:
        """The folder of the step with this title."""
        return next(self.store / "artefacts" / artefact_name(step) for step in self.steps if step.title == title)

    def copy(self, folder: Path) -> Path:
        """A copy of the store."""
        return Path(shutil.copytree(self.store, folder))


@pytest.fixture(scope="session")
def tiny_run(tiny_backbone: Path, experiment_text: str, tmp_path_factory: pytest.TempPathFactory) -> TinyRun:
    folder = tmp_path_factory.mktemp("run")
    experiment, store = folder / "tiny.yaml", folder / "store"
    experiment.write_text(experiment_text, encoding="utf-8")
    answer = command("run", experiment, "--store", store)
    return TinyRun(experiment, store, answer, plan(Grid.load(experiment)))


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder; of manifests what does not tell the time."""
    found: dict[str, bytes] = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        if path.name == "manifest.json":
            kept = {key: value for key, value in json.loads(content).items() if key not in ("seconds", "finished")}
            content = json.dumps(kept).encode()
        found[str(path.relative_to(folder))] = content
    return found


def times(store: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for kind in ("artefacts", "reports") for path in (store / kind).rglob("*")}


def announced(err: str) -> list[str]:
    """The lines with which steps begin."""
    return [line for line in err.splitlines() if line.startswith("[") and "/" in line.partition("]")[0]]


def titles(run: TinyRun) -> list[str]:
    total = len(run.steps)
    sizes = [f" ({step.size})" if step.size else "" for step in run.steps]
    lines = zip(run.steps, sizes, strict=True)
    return [f"[{number}/{total}] {step.title}{size}" for number, (step, size) in enumerate(lines, start=1)]


# What a run shows


def test_a_run_ends_well_with_tables_on_stdout_and_progress_on_stderr(tiny_run: TinyRun) -> None:
    answer, report = tiny_run.answer, tiny_run.store / "reports" / "tiny"
    assert answer.code == 0
    assert answer.out.splitlines()[-1] == f"Report: {report / 'report.html'}"
    for shown in ("base", MODEL, "qa", "EM", "F1", "Paired differences"):
        assert shown in answer.out
    assert announced(answer.err) == titles(tiny_run)
    assert answer.err.count("    done in ") == len(tiny_run.steps)
    assert announced(answer.out) == []
    assert "done in" not in answer.out


def test_a_run_leaves_the_report_where_people_find_it(tiny_run: TinyRun) -> None:
    made, found = tiny_run.artefact("report tiny"), tiny_run.store / "reports" / "tiny"
    assert sorted(path.name for path in found.iterdir()) == ["report.html", "report.json"]
    for path in found.iterdir():
        assert path.read_bytes() == (made / path.name).read_bytes()
    report = json.loads((found / "report.json").read_text(encoding="utf-8"))
    assert set(report["models"]) == {"base", MODEL}
    assert (found / "report.html").read_text(encoding="utf-8").lower().startswith("<!doctype html>")


def test_a_run_leaves_no_unfinished_work(tiny_run: TinyRun) -> None:
    assert list((tiny_run.store / "work").iterdir()) == []


def test_what_is_done_is_never_computed_again(tiny_run: TinyRun) -> None:
    before = times(tiny_run.store)
    again = command("run", tiny_run.experiment, "--store", tiny_run.store)
    assert (again.code, again.out, again.err) == (0, tiny_run.answer.out, "")
    assert times(tiny_run.store) == before


def test_json_is_all_that_stdout_holds_where_it_is_asked_for(tiny_run: TinyRun) -> None:
    page = tiny_run.store / "reports" / "tiny" / "report.html"
    content = json.loads(page.with_suffix(".json").read_text(encoding="utf-8"))
    for name in ("run", "report"):
        answer = command(name, tiny_run.experiment, "--store", tiny_run.store, "--json")
        assert (answer.code, answer.err) == (0, "")
        assert json.loads(answer.out) == {"report": str(page)} | content


def test_the_data_folder_may_be_named_apart_from_the_file(tiny_run: TinyRun, tmp_path: Path) -> None:
    text = tiny_run.experiment.read_text(encoding="utf-8").replace("starter:", "")
    (tmp_path / "apart.yaml").write_text(text, encoding="utf-8")
    answer = command("plan", tmp_path / "apart.yaml", "--data", starter_folder(), "--store", tiny_run.store, "--json")
    rows = json.loads(answer.out)
    assert [row["key"] for row in rows[:-1]] == [step_key(step) for step in tiny_run.steps[:-1]]
    assert [row["done"] for row in rows] == [True] * 8 + [False]  # the report shows the paths as they are given


# Plans and single steps


def test_the_plan_says_what_is_done(tiny_run: TinyRun, tmp_path: Path) -> None:
    done = command("plan", tiny_run.experiment, "--store", tiny_run.store)
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[-1] == f"9 of 9 steps are done in {tiny_run.store}"
    assert "to do" not in done.out
    for step in tiny_run.steps:
        assert step_key(step) in done.out
        assert step.title in done.out
    empty = command("plan", tiny_run.experiment, "--store", tmp_path / "none")
    assert empty.out.splitlines()[-1] == f"0 of 9 steps are done in {tmp_path / 'none'}"
    assert not (tmp_path / "none").exists()


def test_the_plan_as_json_lists_every_step_after_those_it_needs(tiny_run: TinyRun) -> None:
    rows = json.loads(command("plan", tiny_run.experiment, "--store", tiny_run.store, "--json").out)
    assert [row["key"] for row in rows] == [step_key(step) for step in tiny_run.steps]
    assert all(row["done"] for row in rows)
    for number, row in enumerate(rows):
        assert set(row["inputs"].values()) <= {earlier["key"] for earlier in rows[:number]}


def test_a_step_that_is_done_is_shown_and_not_run(tiny_run: TinyRun) -> None:
    step = tiny_run.steps[3]
    before = times(tiny_run.store)
    for key in (step_key(step), step_key(step)[:8], artefact_name(step)):
        answer = command("run", tiny_run.experiment, "--store", tiny_run.store, "--step", key)
        path = tiny_run.artefact(step.title)
        assert (answer.code, answer.out, answer.err) == (0, f"{step.title}: {path}\n", "")
    assert times(tiny_run.store) == before


def test_one_step_runs_by_its_key_and_makes_the_same_bytes(tiny_run: TinyRun, tmp_path: Path) -> None:
    step = next(step for step in tiny_run.steps if step.name == "demonstrations")
    answer = command("run", tiny_run.experiment, "--store", tmp_path, "--step", step_key(step), "--json")
    assert answer.code == 0
    artefact = Path(json.loads(answer.out)["artefact"])
    assert artefact.parent == tmp_path / "artefacts"
    assert contents(artefact) == contents(tiny_run.artefact(step.title))
    assert [path.name for path in artefact.parent.iterdir()] == [artefact_name(step)]


def test_a_step_that_is_unknown_or_has_no_inputs_yet_is_refused(tiny_run: TinyRun, tmp_path: Path) -> None:
    unknown = command("run", tiny_run.experiment, "--store", tmp_path, "--step", "feedfeed")
    assert (unknown.code, unknown.out) == (2, "")
    assert "'feedfeed'" in unknown.line
    assert "crossalpaca plan" in unknown.line
    train = next(step for step in tiny_run.steps if step.name == "train")
    early = command("run", tiny_run.experiment, "--store", tmp_path, "--step", step_key(train))
    assert (early.code, early.out) == (2, "")
    assert early.line == f"crossalpaca: {train.title}: needs first: demonstrations for {MODEL}"
    assert list((tmp_path / "artefacts").iterdir()) == []


# The report and the store


def test_a_report_that_was_deleted_is_shown_and_put_back(tiny_run: TinyRun, tmp_path: Path) -> None:
    store = tiny_run.copy(tmp_path / "store")
    shutil.rmtree(store / "reports")
    answer = command("report", tiny_run.experiment, "--store", store)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out == tiny_run.answer.out.replace(str(tiny_run.store), str(store))
    assert contents(store / "reports") == contents(tiny_run.store / "reports")


def test_the_report_of_an_unfinished_experiment_is_refused(tiny_run: TinyRun, tmp_path: Path) -> None:
    answer = command("report", tiny_run.experiment, "--store", tmp_path / "store")
    assert (answer.code, answer.out) == (2, "")
    assert "8 steps are not done" in answer.line
    assert tiny_run.steps[0].title in answer.line


def test_the_store_lists_every_artefact(tiny_run: TinyRun) -> None:
    shown = command("store", "list", "--store", tiny_run.store)
    listed = command("store", "list", "--store", tiny_run.store, "--json")
    assert (shown.code, listed.code) == (0, 0)
    rows = json.loads(listed.out)
    assert {row["artefact"]: row["title"] for row in rows} == {artefact_name(s): s.title for s in tiny_run.steps}
    for row in rows:
        assert row["artefact"] in shown.out
        files = [path for path in (tiny_run.store / "artefacts" / row["artefact"]).rglob("*") if path.is_file()]
        assert row["bytes"] == sum(path.stat().st_size for path in files if path.name != "manifest.json")


def test_a_byte_that_changed_is_found(tiny_run: TinyRun, tmp_path: Path) -> None:
    clean = command("store", "verify", "--store", tiny_run.store)
    assert (clean.code, clean.err) == (0, "")
    store = tiny_run.copy(tmp_path / "store")
    weights = store / "artefacts" / tiny_run.artefact(f"train {MODEL}").name / "adapter" / "adapter_model.safetensors"
    content = bytearray(weights.read_bytes())
    content[len(content) // 2] ^= 1
    weights.write_bytes(content)
    answer = command("store", "verify", "--store", store)
    assert (answer.code, answer.err) == (1, "")
    assert len(answer.out.splitlines()) == 1
    assert str(weights.relative_to(store / "artefacts")) in answer.out
    damages = json.loads(command("store", "verify", "--store", store, "--json").out)
    assert [damage["file"] for damage in damages] == ["adapter/adapter_model.safetensors"]


def test_pruning_keeps_everything_that_the_named_experiment_needs(tiny_run: TinyRun, tmp_path: Path) -> None:
    store = tiny_run.copy(tmp_path / "store")
    foreign = store / "artefacts" / "evaluate-0000000000000000"
    shutil.copytree(tiny_run.artefact("evaluate base on qa (it)"), foreign)
    (store / "work" / "train-0000000000000000" / "scratch").mkdir(parents=True)
    answer = command("store", "prune", "--keep", tiny_run.experiment, "--store", store, "--yes")
    assert (answer.code, answer.err) == (0, "")
    removed = {"removed artefacts/evaluate-0000000000000000", "removed work/train-0000000000000000"}
    assert set(answer.out.splitlines()) == removed
    assert contents(store / "artefacts") == contents(tiny_run.store / "artefacts")
    assert list((store / "work").iterdir()) == []
    again = command("run", tiny_run.experiment, "--store", store)
    assert (again.code, again.err) == (0, "")


def test_pruning_asks_first_and_takes_no_answer_for_no(tiny_run: TinyRun, tmp_path: Path) -> None:
    store = tiny_run.copy(tmp_path / "store")
    shutil.copytree(tiny_run.artefact("evaluate base on qa (it)"), store / "artefacts" / "evaluate-0000000000000000")
    before = contents(store)
    asked = subprocess.run(
        [*COMMAND, "store", "prune", "--keep", str(tiny_run.experiment), "--store", str(store)],
        input="n\n",
        capture_output=True,
        encoding="utf-8",
        timeout=TIMEOUT,
        check=False,
    )
    answer = without_traceback(Answer(asked.returncode, asked.stdout, asked.stderr))
    assert answer.code == 1
    assert "Remove 1 artefacts" in answer.out
    assert contents(store) == before


@pytest.mark.parametrize("arguments", [("list",), ("verify",), ("prune", "--keep", "quickstart", "--yes")])
def test_looking_after_a_store_makes_none(arguments: tuple[str, ...], tmp_path: Path) -> None:
    answer = command("store", *arguments, "--store", tmp_path / "none")
    assert (answer.code, answer.out) == (2, "")
    assert str(tmp_path / "none") in answer.line
    assert not (tmp_path / "none").exists()


# One stage at a time, by files and folders


def test_demonstrations_by_files_are_those_of_the_experiment(tiny_run: TinyRun, tmp_path: Path) -> None:
    starter, out = starter_folder(), tmp_path / "demonstrations"
    arguments: list[str | Path] = [
        *("demonstrations", "--language", "it", "--bitext", starter / "sentences.en-it.jsonl"),
        *("--instructions", starter / "instructions.it.json", "--instruction-count", "24"),
        *("--translation-count", "24", "--out", out),
        *("--against", f"squad={starter / 'qa.it.json'}", "--against", f"squad={starter / 'qa.en.json'}"),
    ]
    answer = command(*arguments)
    assert (answer.code, answer.out.splitlines()[-1]) == (0, f"Written to {out}")
    made = tiny_run.artefact(f"demonstrations for {MODEL}")
    for name in ("demonstrations.jsonl", "report.json"):
        assert (out / name).read_bytes() == (made / name).read_bytes()
    again = command(*arguments)
    assert (again.code, again.out) == (0, answer.out)  # the same is there already
    require_refused_to_overwrite(out, [*arguments, "--seed", "7"])


def test_an_adapter_trained_by_folders_is_that_of_the_experiment(
    tiny_run: TinyRun, tiny_backbone: Path, tmp_path: Path
) -> None:
    out, source = tmp_path / "adapter", tiny_run.artefact(f"demonstrations for {MODEL}")
    arguments: list[str | Path] = ["train", "--demonstrations", source, "--backbone", tiny_backbone, "--out", out]
    for setting in RECIPE:
        arguments += ["--set", setting]
    answer = command(*arguments)
    assert (answer.code, answer.out.splitlines()[-1]) == (0, f"Written to {out}")
    made = tiny_run.artefact(f"train {MODEL}")
    for name in ("adapter/adapter_model.safetensors", "adapter.json", "report.json"):
        assert (out / name).read_bytes() == (made / name).read_bytes()
    require_refused_to_overwrite(out, arguments)


def evaluation(backbone: Path, adapter: Path, out: Path) -> list[str | Path]:
    return [
        *("evaluate", "--backbone", backbone, "--adapter", adapter, "--benchmark", "squad", "--language", "it"),
        *("--file", starter_folder() / "qa.it.json", "--items", "24", "--max-new-tokens", "8"),
        *("--set", "precision=fp32", "--set", "batch=8", "--out", out),
    ]


def test_answers_by_files_are_those_of_the_experiment(tiny_run: TinyRun, tiny_backbone: Path, tmp_path: Path) -> None:
    adapter = tmp_path / MODEL  # answers carry the name of their model
    shutil.copytree(tiny_run.artefact(f"train {MODEL}"), adapter)
    out = tmp_path / "answers"
    arguments = evaluation(tiny_backbone, adapter, out)
    answer = command(*arguments, "--json")
    assert answer.code == 0
    made = tiny_run.artefact(f"evaluate {MODEL} on qa (it)")
    assert (out / "predictions.jsonl").read_bytes() == (made / "predictions.jsonl").read_bytes()
    report = json.loads((tiny_run.store / "reports" / "tiny" / "report.json").read_text(encoding="utf-8"))
    mine = {score["metric"]: score["value"] for score in json.loads(answer.out)["scores"]}
    theirs = {s["metric"]: s["value"] for s in report["scores"] if (s["model"], s["language"]) == (MODEL, "it")}
    assert mine == theirs
    require_refused_to_overwrite(out, arguments)


def require_refused_to_overwrite(out: Path, arguments: Sequence[str | Path]) -> None:
    before = contents(out.parent)
    answer = command(*arguments)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.splitlines()[-1].startswith(f"crossalpaca: {out}: is there already")
    assert contents(out.parent) == before


def test_an_adapter_of_another_backbone_is_refused(tiny_run: TinyRun, tiny_backbone: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(tiny_backbone, other)
    config = other / "config.json"
    config.write_text(config.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    adapter, out = tiny_run.artefact(f"train {MODEL}"), tmp_path / "out"
    answer = command(*evaluation(other, adapter, out))
    assert (answer.code, answer.out) == (2, "")
    refusal = answer.err.splitlines()[-1]
    assert f"{adapter}: was trained on {tiny_backbone.name}@" in refusal
    assert "not on other@" in refusal
    assert not out.exists()


def test_an_adapter_of_another_prompt_is_refused(tiny_run: TinyRun, tiny_backbone: Path, tmp_path: Path) -> None:
    adapter, out = tmp_path / MODEL, tmp_path / "out"
    shutil.copytree(tiny_run.artefact(f"train {MODEL}"), adapter)
    (adapter / "manifest.json").unlink()  # as one that somebody passed on
    record = adapter / "adapter.json"
    changed = json.loads(record.read_text(encoding="utf-8")) | {"template_hash": "0123456789abcdef"}
    record.write_text(json.dumps(changed), encoding="utf-8")
    answer = command(*evaluation(tiny_backbone, adapter, out))
    assert (answer.code, answer.out) == (2, "")
    assert "was trained with another prompt template (alpaca, 0123456789abcdef)" in answer.err.splitlines()[-1]
    assert not out.exists()


def test_a_setting_that_is_wrong_is_refused(tiny_run: TinyRun, tiny_backbone: Path, tmp_path: Path) -> None:
    source = tiny_run.artefact(f"demonstrations for {MODEL}")
    arguments = ("train", "--demonstrations", source, "--backbone", tiny_backbone, "--out", tmp_path / "out", "--set")
    for setting, named in (("stepz=3", "did you mean steps?"), ("batch=0", "batch"), ("steps", "NAME=VALUE")):
        answer = command(*arguments, setting)
        assert (answer.code, answer.out) == (2, "")
        assert named in answer.line
    assert list(tmp_path.iterdir()) == []


# What is known, and where to begin


@pytest.mark.parametrize(
    ("name", "key", "known"),
    [
        ("languages", "code", list(languages())),
        ("backbones", "id", ["smollm2-135m-instruct", "llama-7b"]),
        ("benchmarks", "id", list(BENCHMARKS)),
    ],
)
def test_what_is_known_is_listed_for_people_and_for_machines(name: str, key: str, known: list[str]) -> None:
    shown, listed = command(name), command(name, "--json")
    assert (shown.code, shown.err, listed.code, listed.err) == (0, "", 0, "")
    assert [row[key] for row in json.loads(listed.out)] == known
    for each in known:
        assert each in shown.out


def test_init_writes_an_experiment_that_is_accepted_and_never_overwrites_one(tmp_path: Path) -> None:
    path = tmp_path / "greek.yaml"
    first = command("init", "--language", "el", "--out", path)
    assert first.code == 0
    assert f"crossalpaca run {path}" in first.out
    text = path.read_text(encoding="utf-8")
    (cell,) = Grid.parse(text).cells
    assert (cell.language, len(cell.models)) == ("el", 3)
    second = command("init", "--language", "it", "--out", path)
    assert (second.code, second.out) == (2, "")
    assert str(path) in second.line
    assert path.read_text(encoding="utf-8") == text


def test_init_refuses_what_is_unknown_and_writes_nothing(tmp_path: Path) -> None:
    for arguments in (("--language", "xx"), ("--language", "it", "--backbone", "no-such-model")):
        answer = command("init", *arguments, "--out", tmp_path / "new.yaml")
        assert (answer.code, answer.out) == (2, "")
        assert arguments[-1] in answer.line
    assert list(tmp_path.iterdir()) == []


# What cannot be run

WRONG = """\
name: wrong
language: xx
backbone: smollm2-135m-instruct
sed: 3
data: {instructions: "starter:instructions.it.json"}
models:
  base: {}
  trained: {instructions: -1}
training: {batch: 0}
evaluation:
  benchmarks:
    - {benchmark: xquaad, files: [a.json]}
compare: [[trained, bse]]
"""


def test_a_wrong_experiment_is_told_everything_that_is_wrong_and_nothing_is_started(tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(WRONG, encoding="utf-8")
    for name in ("run", "plan"):
        answer = command(name, path, "--store", tmp_path / "store")
        assert (answer.code, answer.out) == (2, "")
        told = answer.err.splitlines()
        hints = {2: "'xx'", 4: "did you mean seed?", 8: "-1", 9: "batch", 12: "did you mean xquad?", 13: "base?"}
        for number, hint in hints.items():
            assert [line for line in told if line.startswith(f"{path}:{number}: ") and hint in line], (number, told)
        assert all(line.startswith(tuple(f"{path}:{number}: " for number in hints)) for line in told)
    assert not (tmp_path / "store").exists()


def test_missing_data_is_named(tmp_path: Path, experiment_text: str) -> None:
    path, store = tmp_path / "tiny.yaml", tmp_path / "store"
    path.write_text(experiment_text.replace("starter:sentences", "nowhere/sentences"), encoding="utf-8")
    answer = command("run", path, "--store", store)
    assert (answer.code, answer.out) == (2, "")
    assert str(tmp_path / "nowhere/sentences.en-it.jsonl") in answer.line
    assert not store.exists()


def test_an_experiment_that_is_not_there_is_named(tmp_path: Path) -> None:
    answer = command("run", "quickstrat", "--store", tmp_path / "store")
    assert (answer.code, answer.out) == (2, "")
    assert "did you mean quickstart?" in answer.line
    assert not (tmp_path / "store").exists()


def test_a_hub_model_without_a_network_is_told_in_a_line_and_in_time(
    tiny_backbone: Path, experiment_text: str, tmp_path: Path
) -> None:
    path, nowhere = tmp_path / "hub.yaml", "http://127.0.0.1:9"
    path.write_text(experiment_text.replace(str(tiny_backbone), "nobody/no-such-model"), encoding="utf-8")
    answer = command(
        *("run", path, "--store", tmp_path / "store"),
        timeout=30,
        HF_HUB_OFFLINE="0",
        HF_ENDPOINT=nowhere,
        HTTP_PROXY=nowhere,
        HTTPS_PROXY=nowhere,
        HF_HOME=str(tmp_path / "hub"),
    )
    assert (answer.code, answer.out) == (1, "")
    assert [line.split(" ")[1] for line in announced(answer.err)] == ["audit", "audit", "evaluate"]
    told = answer.err.splitlines()
    assert len(told) == 6
    assert "backbone nobody/no-such-model: the model hub does not give it" in told[-1]


# Several processes, signals, full disks


def begin(*arguments: str | Path) -> subprocess.Popen[str]:
    command = [*COMMAND, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    return process.stderr.readline()


def ended(process: subprocess.Popen[str]) -> Answer:
    out, err = process.communicate(timeout=TIMEOUT)
    return without_traceback(Answer(process.returncode, out, err))


def test_two_runs_of_one_store_share_the_work_and_end_as_one(tiny_run: TinyRun, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    with store.lock(tiny_run.steps[0], lambda _: None):  # so that both meet a step that another process makes
        processes = [begin("run", tiny_run.experiment, "--store", store.root) for _ in range(2)]
        for process in processes:
            line = first_line(process)
            assert line.startswith(f"{tiny_run.steps[0].title}: waits for process {os.getpid()} on "), line
    answers = [ended(process) for process in processes]
    assert [answer.code for answer in answers] == [0, 0]
    assert sorted(announced(answers[0].err) + announced(answers[1].err)) == sorted(titles(tiny_run))  # each step once
    assert answers[0].out == answers[1].out == tiny_run.answer.out.replace(str(tiny_run.store), str(store.root))
    for kind in ("artefacts", "reports"):
        assert contents(store.root / kind) == contents(tiny_run.store / kind)


def test_an_interrupted_run_says_how_to_go_on(tiny_run: TinyRun, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    with store.lock(tiny_run.steps[0], lambda _: None):
        process = begin("run", tiny_run.experiment, "--store", store.root)
        first_line(process)
        process.send_signal(signal.SIGINT)
        answer = ended(process)
    assert (answer.code, answer.out) == (130, "")
    assert answer.line == "crossalpaca: stopped; the same command goes on from here"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder with a disk of its own, which `resize` makes larger."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(folder)], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no small disk can be mounted: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def resize(disk: Path, size: str) -> None:
    subprocess.run(["mount", "-o", f"remount,size={size}", str(disk)], check=True)


@pytest.mark.skipif(shutil.which("mount") is None, reason="there is no mount command")
def test_a_full_disk_is_told_in_a_line_and_a_larger_one_is_enough_to_go_on(tiny_run: TinyRun, small_disk: Path) -> None:
    store = small_disk / "store"
    for size in ("12k", "152k"):  # full before the first answers, and while a checkpoint is written
        resize(small_disk, size)
        answer = command("run", tiny_run.experiment, "--store", store)
        assert (answer.code, answer.out) == (1, "")
        told = [line for line in answer.err.splitlines() if line.startswith("crossalpaca: ")]
        assert told == [f"crossalpaca: {store}: the disk is full; free some space and run the same command again"]
        assert answer.err.splitlines()[-1] == told[0]
    resize(small_disk, "64m")
    answer = command("run", tiny_run.experiment, "--store", store)
    assert answer.code == 0
    assert command("store", "verify", "--store", store).code == 0
    assert contents(store / "artefacts") == contents(tiny_run.store / "artefacts")


# The library


SCRIPT = """
import sys
from crossalpaca import Grid, plan, run
grid = Grid.load(sys.argv[1])
print(len(plan(grid)))
print(run(grid, store=sys.argv[2]))
"""


def test_the_library_gives_what_the_command_line_gives(tiny_run: TinyRun) -> None:
    arguments = [sys.executable, "-c", SCRIPT, str(tiny_run.experiment), str(tiny_run.store)]
    done = subprocess.run(arguments, capture_output=True, encoding="utf-8", timeout=TIMEOUT, check=True)
    assert done.stdout.splitlines() == [str(len(tiny_run.steps)), str(tiny_run.store / "reports" / "tiny")]
    assert done.stderr == ""


def test_the_package_says_that_it_is_typed() -> None:
    assert resources.files("crossalpaca").joinpath("py.typed").is_file()
