"""`crossalpaca translate`, called in this process with an engine that answers at once, and once with a real one."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from crossalpaca.benchmarks.audit import audited
from crossalpaca.benchmarks.published import published
from crossalpaca.cli import translating
from crossalpaca.errors import InputError
from crossalpaca.sources.instructions import read_instructions
from crossalpaca.translation import steps
from crossalpaca.translation.limits import Limits

Command = Callable[..., str]
NAVIGATE = {
    "canary": "not for training",
    "examples": [
        {"input": "Turn left. Take 3 steps.\nOptions:\n- Yes\n- No", "target": "No"},
        {"input": "Turn left.\nOptions:\n- Yes\n- No", "target": "Maybe"},
    ],
}
ROWS = [
    {"instruction": "Name 3 dogs.", "input": "", "output": "`Otto`, Anna"},
    {"instruction": "Give a synonym of big.", "input": "", "output": "large"},
]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    """The command from the folder of its files, with what it prints."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "navigate.json").write_text(json.dumps(NAVIGATE), encoding="utf-8")
    (tmp_path / "rows.json").write_text(json.dumps(ROWS), encoding="utf-8")

    def call(*arguments: str) -> str:
        translating.app([*arguments, "--memory", "memory.sqlite"], standalone_mode=False)
        return capsys.readouterr().out

    return call


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """In place of every engine one that answers at once; what it was asked."""
    asked: list[str] = []

    class Longer:
        """Every word gets an `o` at its end."""

        name, price, keeps_markup, one_sentence = "longer", 20.0, True, False
        limits = Limits(texts=50, size=50_000)

        def version(self, source: str, target: str) -> str:
            return "1"

        def translate(self, texts: Sequence[str], source: str, target: str, *, markup: bool = False) -> list[str]:
            asked.extend(texts)
            return [re.sub(r"<[^>]*>|[a-zA-Z]+", lambda m: m[0] if m[0][0] == "<" else f"{m[0]}o", t) for t in texts]

    monkeypatch.setattr(steps, "engine", lambda spec: Longer())
    return asked


TASKS = ("benchmark", "tasks", "navigate.json", "--engine", "apertium", "--to", "es", "--out", "out")
SET = ("instructions", "rows.json", "--engine", "apertium", "--to", "es", "--out", "out")


def test_a_benchmark_in_its_form_with_a_report(command: Command, quick: list[str], tmp_path: Path) -> None:
    report = json.loads(command(*TASKS, "--json"))
    written = json.loads((tmp_path / "out/navigate.json").read_text(encoding="utf-8"))
    question = "Turno lefto. Takeo 3 stepso.\nOpciones:\n- Sí\n- No"
    assert written == NAVIGATE | {"examples": [{"input": question, "target": "No"}]}
    assert report["quarantine"] == [
        {
            "item": "navigate:2",
            "reason": "vocabulary-mixed",
            "detail": "vocabulary-mixed: gold 'Maybe', options 'Sí', 'No'",
        }
    ]
    kept = {
        key: report[key] for key in ("engine", "engine_version", "source", "target", "items", "published", "read_as")
    }
    assert kept == {
        "engine": "apertium",
        "engine_version": "1",
        "source": "en",
        "target": "es",
        "items": 2,
        "published": 1,
        "read_as": "tasks",
    }
    assert report["audit"]["errors"] == 0
    read = published(tmp_path / "out")
    assert (read.benchmark, [path.name for path in (*read.files, *read.originals)]) == ("tasks", ["navigate.json"] * 2)
    assert len(json.loads(read.originals[0].read_text(encoding="utf-8"))["examples"]) == 1


def test_a_file_of_which_nothing_is_left_is_not_published(command: Command, quick: list[str], tmp_path: Path) -> None:
    broken = NAVIGATE | {"examples": NAVIGATE["examples"][1:]}
    (tmp_path / "navigate.json").write_text(json.dumps(broken), encoding="utf-8")
    report = json.loads(command(*TASKS, "--json"))
    assert (report["published"], report["published_files"]) == (0, [])
    assert not list((tmp_path / "out").glob("**/navigate.json"))


def test_people_are_told_the_counts(command: Command, quick: list[str]) -> None:
    assert command(*TASKS) == (
        "1 of 2 published, by apertium from en to es\n       1 vocabulary-mixed\nWritten to out\n"
    )


def test_an_instruction_set_keeps_its_ids(command: Command, quick: list[str], tmp_path: Path) -> None:
    report = json.loads(command(*SET, "--json"))
    path = tmp_path / "out/instructions.es.json"
    assert json.loads(path.read_text(encoding="utf-8")) == [
        {"id": "rows.json:1", "instruction": "Nameo 3 dogso.", "input": "", "output": "`Otto`, Annao"}
    ]
    assert (report["read"], report["kept"], report["left_out"]) == (2, 1, {"about words": 1})
    assert [row.output for row in read_instructions(path, "es")] == ["`Otto`, Annao"]


def test_a_dry_run_sends_nothing_and_says_what_it_would_cost(
    command: Command, quick: list[str], tmp_path: Path
) -> None:
    told = json.loads(command(*SET, "--dry-run"))
    assert (told["segments"], told["remembered"]) == (1, 0)
    assert told["cost"] == pytest.approx(told["characters"] * 20 / 1e6)
    assert (quick, (tmp_path / "out").exists()) == ([], False)


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"tasks": "task"}, "unknown benchmark 'task'"),
        ({"navigate.json": "none.json"}, "none.json: is not there"),
        ({"es": "xx"}, "unknown language 'xx'"),
        ({"es": "en"}, "--from en --to en: are one language"),
        ({"apertium": "apertum"}, "unknown engine 'apertum' (did you mean apertium?)"),
    ],
)
def test_what_cannot_be_used_is_one_line(command: Command, changed: dict[str, str], complaint: str) -> None:
    with pytest.raises(InputError) as raised:
        command(*(changed.get(word, word) for word in TASKS))
    assert complaint in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_result_is_not_written_over(command: Command, quick: list[str]) -> None:
    command(*TASKS)
    with pytest.raises(InputError, match="is there already"):
        command(*TASKS)


def test_what_is_remembered_is_not_sent_again(command: Command, quick: list[str]) -> None:
    first = json.loads(command(*TASKS, "--json"))
    sent = list(quick)
    assert len(sent) == len(set(sent)) > 0
    again = json.loads(command(*TASKS[:-1], "again", "--json"))
    assert quick == sent
    assert again | {"out": "out"} == first
    assert json.loads(command(*TASKS[:-1], "other", "--dry-run"))["characters"] == 0


def test_nothing_is_sent_beyond_the_budget(command: Command, quick: list[str], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="would cost"):
        command(*TASKS, "--max-cost", "0.0001")
    assert (quick, (tmp_path / "out").exists()) == ([], False)


@pytest.mark.skipif(shutil.which("apertium") is None, reason="apertium is not installed")
def test_published_tasks_by_apertium_have_no_error(command: Command, data_folder: Path, tmp_path: Path) -> None:
    names = ("navigate", "word_sorting", "geometric_shapes", "logical_deduction_three_objects")
    files = [str(data_folder / f"bbh/{name}.json") for name in names]
    report = json.loads(
        command("benchmark", "bbh", *files, "--engine", "apertium", "--to", "es", "--out", "o", "--json")
    )
    assert report["audit"]["errors"] == 0
    assert report["published"] > 0.9 * report["items"] == 900
    for name in names:
        audit = audited(tmp_path / f"o/{name}.json", "bbh", "es", reference=tmp_path / f"o/originals/{name}.json")
        assert audit.sound
