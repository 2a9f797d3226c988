"""A store that is gone in the middle of a run, as where its disk is pulled out: one line says so, and the same call
makes it anew."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from crossalpaca.errors import CrossAlpacaError, StoreError
from crossalpaca.records import Progress, Step, StepRun
from crossalpaca.runner import Silent, walk
from crossalpaca.store import Store, step_key

MOMENTS = ("begins", "scratch", "output", "progress", "log", "ends", "between")


class Vanishing(Silent):
    """Takes the store away at a moment, once."""

    def __init__(self, root: Path, moment: str) -> None:
        self.root, self.moment = root, moment

    def at(self, moment: str) -> None:
        if moment == self.moment:
            self.moment = ""
            shutil.rmtree(self.root)

    def started(self, step: Step, number: int, total: int) -> Progress:
        if number == 2:
            self.at("begins")
        return lambda *told: self.at("progress") if number == 2 else None

    def finished(self, step: Step, seconds: float) -> None:
        self.at("between")


def first(run: StepRun) -> None:
    (run.output / "first.txt").write_text("first", encoding="utf-8")


def plan(watching: Vanishing) -> list[Step]:
    def second(run: StepRun) -> None:
        watching.at("scratch")
        (run.scratch / "checkpoint.txt").write_text("half", encoding="utf-8")
        watching.at("output")
        (run.output / "second.txt").write_text((run.inputs["first"] / "first.txt").read_text("utf-8"), encoding="utf-8")
        run.progress(1, 1, "step", {})
        watching.at("log")
        run.log.info("done")
        watching.at("ends")

    one = Step("audit", 1, first, {"seed": 1}, {}, "the first step")
    return [one, Step("evaluate", 1, second, {"seed": 1}, {"first": step_key(one)}, "the second step")]


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_store_that_is_gone_under_way_is_told_in_a_line_and_made_anew(tmp_path: Path, moment: str) -> None:
    root = tmp_path / "store"
    watching = Vanishing(root, moment)
    steps = plan(watching)
    with pytest.raises(CrossAlpacaError) as raised:
        walk(steps, Store(root), watching)
    assert watching.moment == ""
    assert isinstance(raised.value, StoreError)
    assert str(root) in str(raised.value)
    assert "\n" not in str(raised.value)
    assert "again" in str(raised.value)  # what to do
    store = Store(root)
    walk(steps, store, watching)
    assert all(store.has(step) for step in steps)
    assert (store.path(steps[1]) / "second.txt").read_text("utf-8") == "first"
    assert list((root / "work").iterdir()) == []
