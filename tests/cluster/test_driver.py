"""A run on a cluster ends with the bytes of a run on one machine, whatever nodes are lost on the way."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import losing
import pytest
from filelock import FileLock

from crossalpaca.cluster import driver
from crossalpaca.errors import DataError, InputError
from crossalpaca.grid import Grid
from crossalpaca.planning import plan
from crossalpaca.records import Shown, Step
from crossalpaca.resources import Resources
from crossalpaca.store import Store

if TYPE_CHECKING:
    from ray.cluster_utils import Cluster

pytestmark = pytest.mark.integration


class Watching:
    """Notes what an observer is told."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.done: list[str] = []
        self.units: set[str] = set()

    def started(self, step: Step, number: int, total: int) -> Callable[[int, int, str, Shown], None]:
        assert 1 <= number <= total
        self.begun.append(step.title)
        return lambda done, of, unit, shown: self.units.add(unit)

    def finished(self, step: Step, seconds: float) -> None:
        assert step.title in self.begun
        assert seconds > 0
        self.done.append(step.title)

    def waiting(self, step: Step, holder: str) -> None: ...


def changed(text: str, *changes: tuple[str, str]) -> Grid:
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return Grid.parse(text)


def titles(experiment: Grid, store: Path) -> set[str]:
    """Titles of the steps that are done."""
    return {step.title for step in plan(experiment) if Store(store).has(step)}


def test_a_step_that_fails_lets_the_others_under_way_finish_and_says_why_in_one_line(
    cluster: Cluster, experiment_text: str, tmp_path: Path
) -> None:
    experiment = changed(experiment_text, ("steps: 10", "steps: 10, cutoff: 8"))
    with pytest.raises(DataError, match=r"^train .*0 demonstrations fit the cutoff of 8 .*\(on node .*\)$") as raised:
        driver.run(experiment, tmp_path)
    assert "\n" not in str(raised.value)
    planned = plan(experiment)
    independent = {step.title for step in planned if step.name in ("audit", "demonstrations")}
    independent |= {step.title for step in planned if step.name == "evaluate" and "adapter" not in step.inputs}
    assert titles(experiment, tmp_path) == independent


def test_what_no_node_has_is_said_before_anything_starts(
    cluster: Cluster, experiment_text: str, tmp_path: Path
) -> None:
    experiment = Grid.parse(experiment_text)
    asked = {"train": Resources(cpus=64, memory=2)}
    with pytest.raises(InputError, match=r"asks for 64 CPUs, 2.0 GiB, and no node has that .*lower resources\.train"):
        driver.run(experiment, tmp_path, resources=asked)
    assert titles(experiment, tmp_path) == set()


class Interrupting(Watching):
    """Presses Ctrl-C in the middle of a training."""

    def started(self, step: Step, number: int, total: int) -> Callable[[int, int, str, Shown], None]:
        progress = super().started(step, number, total)
        if step.name == "train":
            return lambda *_: signal.raise_signal(signal.SIGINT)
        return progress


def test_ctrl_c_frees_every_lock_and_leaves_whole_artefacts_and_the_checkpoints(
    cluster: Cluster, experiment_text: str, tmp_path: Path
) -> None:
    experiment = changed(experiment_text, ("steps: 10", "steps: 400"))
    # What starts the tests may have let them ignore it, as shells do for commands in the background.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            driver.run(experiment, tmp_path, Interrupting())
    finally:
        signal.signal(signal.SIGINT, before)
    for lock in (tmp_path / "locks").glob("*.lock"):
        with FileLock(lock, timeout=0):
            pass
    store = Store(tmp_path)
    assert store.verify() == []
    assert len(list(store.manifests())) == len(list((tmp_path / "artefacts").iterdir()))
    assert [path.name.split("-")[0] for path in (tmp_path / "work").iterdir()].count("train") == 1
    (train,) = (step for step in plan(experiment) if step.name == "train")
    assert "finished" not in store.log_path(train).read_text(encoding="utf-8")
    assert store.scratch(train).is_dir()


def test_with_a_node_lost_in_training_and_one_in_evaluation_the_artefacts_are_those_of_a_local_run(
    cluster: Cluster, experiment_text: str, tmp_path: Path
) -> None:
    # Longer than the tiny experiment, so that there is a middle in which to lose a node.
    experiment = changed(experiment_text, ("steps: 10", "steps: 40"), ("fp32, batch: 8", "fp32, batch: 2"))
    moments = ["train-*/scratch/checkpoint-*/optimizer.pt", "evaluate-*/scratch/predictions.jsonl"]
    here, there = tmp_path / "here", tmp_path / "there"
    losses = losing.Losses(cluster, there, moments)
    losses.start()
    watching = Watching()
    report = driver.run(experiment, there, watching)
    losses.over.set()
    losses.join()
    assert report == there / "reports" / "tiny"
    assert sorted(name.split("-")[0] for name in losses.lost) == ["evaluate", "train"]
    for name in losses.lost:
        assert (there / "logs" / f"{name}.log").read_text(encoding="utf-8").count("begins: ") == 2
    assert len(watching.done) == len(set(watching.done))
    assert watching.units >= {"question"}

    losing.assert_as_one_machine_makes_it(experiment, there, here)
