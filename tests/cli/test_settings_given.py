"""`--set NAME=VALUE`: what is no setting is one line, before anything is made."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from crossalpaca.cli import main


@pytest.mark.parametrize(
    ("setting", "complaint"),
    [
        ("recipe=smal", "--set recipe=smal: known recipes are default, small"),
        ("recipe=[small]", "--set recipe=['small']: known recipes are default, small"),
        ("recipe={small: 1}", "known recipes are"),
        ("recipe=", "known recipes are"),
        ("targets=!!set {q_proj, v_proj}", "!!set is no kind of value here; write a list"),
        ("targets={a: 1, a: 2}", "key 'a' is given twice"),
        ("batch=0", "batch: "),
        ("stepz=3", "did you mean steps?"),
        ("steps", "is not NAME=VALUE"),
    ],
)
def test_a_setting_that_is_none_is_told_in_one_line(
    setting: str, complaint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "demonstrations.jsonl").write_text("", encoding="utf-8")
    words = ["train", "--demonstrations", str(tmp_path), "--set", setting, "--out", str(tmp_path / "out")]
    monkeypatch.setattr(sys, "argv", ["crossalpaca", *words])
    with pytest.raises(SystemExit) as left:
        main()
    (line,) = capsys.readouterr().err.splitlines()
    assert left.value.code == 2
    assert line.startswith("crossalpaca: --set")
    assert complaint in line
    assert not (tmp_path / "out").exists()
