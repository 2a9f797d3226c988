"""Where there is no terminal, a step says in whole lines how far it is."""

from __future__ import annotations

import pytest

from crossalpaca.cli import display
from crossalpaca.records import Step


def nothing(run: object) -> None:
    """Is never run."""


def test_a_line_has_the_figures_that_there_are(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(display, "_PLAIN_INTERVAL", 0.0)
    lines = display.Lines()
    progress = lines.started(Step("demonstrations", 1, nothing, {}, {}, "demonstrations for it"), 2, 9)
    progress(0, 4, "file", {})
    progress(1, 4, "file", {})
    progress(2, 4, "file", {"loss": 1.25, "step": "last"})
    progress(4, 4, "file", {})
    assert capsys.readouterr().err.splitlines() == [
        "[2/9] demonstrations for it",
        "    1/4 files, about 0 s left",
        "    2/4 files, loss 1.25, step last, about 0 s left",
    ]
