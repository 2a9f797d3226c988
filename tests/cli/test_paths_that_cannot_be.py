"""A path that no file can have is one line, whatever command it is given to."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from crossalpaca.cli import main

LONG = "n" * 300
BITEXT = ("demonstrations", "-l", "de", "--translation-count", "5", "-o", "out", "--bitext")


@pytest.mark.parametrize(
    "words",
    [
        ("report", LONG),
        ("lint", LONG),
        ("score", LONG),
        ("compare", LONG, LONG),
        ("compare", f"{LONG}:x", f"{LONG}:y"),
        ("export", LONG, "--out", "out"),
        ("export", f"{LONG}:x", "--out", "out"),
        ("publish", LONG, "--to", "owner/name"),
        ("audit", LONG, "--benchmark", "xquad", "-l", "de"),
        ("init", "-l", "de", "-o", LONG),
        ("store", "list", "--store", LONG),
        ("memory", "stats", "--memory", LONG),
        ("export-tasks", LONG, "--experiment", "quickstart"),
        ("train", "--demonstrations", LONG, "--out", "out"),
        (*BITEXT, LONG),
        (*BITEXT, LONG, LONG),
    ],
    ids=" ".join,
)
def test_a_name_that_is_too_long_is_told_in_one_line(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["crossalpaca", *words])
    with pytest.raises(SystemExit) as left:
        main()
    (line,) = capsys.readouterr().err.splitlines()
    assert left.value.code == 2
    assert line.startswith(f"crossalpaca: {LONG}")
    assert "File name too long" in line
    assert list(tmp_path.iterdir()) == []
