"""A result cannot take the place of the folder that a command runs in; it is refused before anything is done."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from crossalpaca.cli import main
from crossalpaca.errors import InputError
from crossalpaca.records import Step, StepRun
from crossalpaca.runner import Silent, follow_alone, run_alone


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "empty"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize("out", [".", "./"])
@pytest.mark.parametrize("command", ["demonstrations", "train"])
def test_a_command_says_so_in_one_line(
    command: str,
    out: str,
    empty: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    source = tmp_path / "demonstrations.jsonl"
    source.write_text('[{"instruction": "Nenne eine Zahl.", "input": "", "output": "Drei."}]', encoding="utf-8")
    words = {
        "demonstrations": ["demonstrations", "-l", "de", "--instructions", str(source)],
        "train": ["train", "--demonstrations", str(tmp_path)],
    }
    monkeypatch.setattr(sys, "argv", ["crossalpaca", *words[command], "--out", out])
    with pytest.raises(SystemExit) as left:
        main()
    (line,) = capsys.readouterr().err.splitlines()
    assert left.value.code == 2
    assert line.startswith("crossalpaca: .: is there already")
    assert sorted(tmp_path.rglob("*")) == [source, empty]


def test_no_process_runs_a_step_there(empty: Path, tmp_path: Path) -> None:
    ran: list[StepRun] = []
    step = Step("probe", 1, ran.append, {}, {}, "probe")
    for run in (lambda: run_alone(step, Path(), Silent()), lambda: follow_alone(step, Path())):
        with pytest.raises(InputError, match=r"^\.: is there already"):
            run()
    assert ran == []
    assert list(tmp_path.rglob("*")) == [empty]
