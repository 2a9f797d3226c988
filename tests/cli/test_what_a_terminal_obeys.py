"""What files hold reaches a terminal as text: nothing in it is obeyed."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from crossalpaca.cli import main
from grids import ONE, changed


def printed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    monkeypatch.setattr(sys, "argv", ["crossalpaca", *words])
    with pytest.raises(SystemExit) as left:
        main()
    assert not left.value.code
    out = capsys.readouterr().out
    assert all(character.isprintable() or character == "\n" for character in out)
    return out


def test_scores_by_line_are_json_of_what_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [{"language": "de", "prediction": text, "references": ["Rom"]} for text in ("r\x9b31mom", "ro\u202em")]
    path = tmp_path / "answers.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    lines = printed(monkeypatch, capsys, "score", str(path), "--json").splitlines()
    found = [json.loads(line)["mlqa"]["normalized"] for line in lines]
    assert found == [row["prediction"] for row in rows]


def test_a_plan_names_missing_files_with_what_is_in_their_names_written_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(changed(("i.json", '"\\e]0;title\\a.json"'), text=ONE), encoding="utf-8")
    out = printed(monkeypatch, capsys, "plan", str(path), "--store", str(tmp_path / "store"))
    assert "Before it can run: missing data: " in out
    assert r"\x1b]0;title\x07.json" in out
