"""What a node makes of a task, without a cluster."""

from __future__ import annotations

import pickle
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from crossalpaca.cluster import worker
from crossalpaca.cluster.board import Begun, Board, Held, Moved, News, Telling
from crossalpaca.cluster.worker import Task, work
from crossalpaca.grid import Grid
from crossalpaca.planning import plan
from crossalpaca.records import Step
from crossalpaca.store import Store, step_key
from crossalpaca.version import package_versions

TEXT = """
name: audited
language: it
backbone: smollm2-135m-instruct
models: {base: {}}
evaluation:
  benchmarks:
    - {benchmark: squad, name: qa, files: ["qa.{language}.json"], items: 4}
"""
HOLDER = """
import sys, time
from filelock import FileLock
with FileLock(sys.argv[1]):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker goes where the run was started; the tests go back."""
    monkeypatch.chdir(Path.cwd())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Data of an experiment."""
    from crossalpaca.sources.files import starter_folder

    made = tmp_path / "data"
    made.mkdir()
    (made / "qa.it.json").write_bytes((starter_folder() / "qa.it.json").read_bytes())
    return made


@pytest.fixture
def steps(folder: Path) -> dict[str, Step]:
    """Name to step."""
    return {step.name: step for step in plan(Grid.parse(TEXT, folder=folder))}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def task(step: Step, folder: Path, store: Store) -> Task:
    packed = pickle.dumps(Grid.parse(TEXT, folder=folder))
    return Task(packed, step_key(step), step.title, store.root, folder, package_versions())


def test_the_step_of_a_task_is_run_and_told_of(steps: dict[str, Step], folder: Path, store: Store) -> None:
    told: list[News] = []
    outcome = work(task(steps["audit"], folder, store), told.append)
    assert (outcome.kind, outcome.message) == ("", "")
    assert outcome.seconds is not None and outcome.seconds > 0
    assert store.has(steps["audit"])
    assert isinstance(told[0], Begun)
    assert {each.key for each in told} == {step_key(steps["audit"])}
    assert work(task(steps["audit"], folder, store), told.append).seconds is None  # done already


def test_relative_paths_are_relative_to_where_the_run_was_started(
    steps: dict[str, Step], folder: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")
    given = replace(task(steps["audit"], Path(), store), folder=folder)
    assert work(given, lambda news: None).message == ""
    assert store.has(steps["audit"])


def test_a_node_with_other_packages_data_or_folders_says_so(
    steps: dict[str, Step], folder: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "PATIENCE", 0.0)
    good = task(steps["audit"], folder, store)

    def refused(given: Task) -> tuple[str, str]:
        outcome = work(given, lambda news: None)
        assert "\n" not in outcome.message
        assert " (on node " in outcome.message
        return outcome.kind, outcome.message

    kind, message = refused(replace(good, versions={**good.versions, "torch": "0.1"}))
    assert (kind, message[:9]) == ("InputError", "torch is ")
    kind, message = refused(replace(good, store=folder / "elsewhere"))
    assert (
        kind == "InputError" and "elsewhere: is not there; --store must be in a folder that all nodes share" in message
    )
    kind, message = refused(task(steps["report"], folder, store))
    assert kind == "RunError" and f"needs first: {steps['audit'].title}" in message
    (folder / "qa.it.json").write_text("{}", encoding="utf-8")
    kind, message = refused(good)
    assert kind == "RunError" and "plans other steps; its data files are not those" in message
    assert list((store.root / "artefacts").iterdir()) == []


def test_the_lock_of_a_lost_node_is_broken_and_no_other(
    steps: dict[str, Step], store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "DEAD", 0.3)
    step = steps["audit"]
    lock = worker.lock_path(store, step)
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(lock)], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None and other.stdout.readline() == "held\n"
        lock.with_suffix(".holder").write_text("process 7 on a-node-that-is-gone", encoding="utf-8")
        assert worker.holder(store, step) == "process 7 on a-node-that-is-gone"
        with worker._Breaking(lock, "process 8 on a-node-that-is-gone") as breaking:
            breaking.waits(worker.holder(store, step))
            time.sleep(0.6)
            assert lock.exists()
        began = time.monotonic()
        with worker._Breaking(lock, worker.holder(store, step)) as breaking, store.lock(step, breaking.waits):
            waited = time.monotonic() - began
        other.kill()
    assert 0.3 <= waited < 30


def test_the_board_keeps_the_order_and_of_progress_the_last() -> None:
    board = Board()
    for news in (Begun("a", "n1"), Moved("a", 1, 9, "step", {}), Begun("b", "n2"), Moved("a", 5, 9, "step", {})):
        board.tell(news)
    board.tell(Held("c", "process 1 on n3"))
    assert board.fetch() == [
        Begun("a", "n1"),
        Begun("b", "n2"),
        Held("c", "process 1 on n3"),
        Moved("a", 5, 9, "step", {}),
    ]
    assert board.fetch() == []


def test_progress_is_told_now_and_then_and_always_at_the_end(steps: dict[str, Step]) -> None:
    told: list[News] = []
    progress = Telling("key", "node", told.append, lambda holder: None).started(steps["audit"], 1, 1)
    for done in range(1, 1001):
        progress(done, 1000, "item", {"rate": 1.5})
    moved = [each for each in told if isinstance(each, Moved)]
    assert len(moved) < 100
    assert moved[0].done == 1
    assert moved[-1] == Moved("key", 1000, 1000, "item", {"rate": 1.5})
