"""What a node does: plans the same experiment, and runs one step of it as `crossalpaca run --step KEY` does."""

from __future__ import annotations

import os
import pickle
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from crossalpaca import runner
from crossalpaca.cluster.board import Tell, Telling
from crossalpaca.errors import CrossAlpacaError, InputError, RunError
from crossalpaca.grid import Grid
from crossalpaca.planning import plan
from crossalpaca.records import Step
from crossalpaca.store import Store, step_key
from crossalpaca.version import package_versions

PATIENCE = 90.0  # seconds in which a shared folder shows every node what one of them wrote: NFS looks again within 60
DEAD = 120.0  # seconds after which a lock of a lost node is broken: NFS 4 frees it in 90, and Ray ends what is cut off


@dataclass(frozen=True, slots=True)
class Task:
    """One step, as it travels to a node.

    Attributes:
        grid: pickled, so that it is read after the versions are compared.
        key, title: of the step.
        store: absolute path.
        folder: where the run was started; relative paths are relative to it.
        versions: of the packages there.
        lost: who held the step's lock when its node was lost; empty where no node was.
    """

    grid: bytes
    key: str
    title: str
    store: Path
    folder: Path
    versions: Mapping[str, str]
    lost: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a task ended: seconds (None where the step was done already), or the kind and the text of its error."""

    seconds: float | None = None
    kind: str = ""
    message: str = ""


def work(task: Task, tell: Tell) -> Outcome:
    """Runs the step of a task. The project's own errors become part of the outcome."""
    try:
        return Outcome(_run(task, tell))
    except CrossAlpacaError as error:
        return Outcome(kind=type(error).__name__, message=f"{error} (on node {socket.gethostname()})")


def _run(task: Task, tell: Tell) -> float | None:
    same_versions(task.versions)
    if not task.store.is_dir():
        raise InputError(f"{task.store}: is not there; --store must be in a folder that all nodes share")
    if task.folder.is_dir():
        os.chdir(task.folder)
    grid: Grid = pickle.loads(task.grid)  # noqa: S301  (from the process that started the run)
    steps = {step_key(step): step for step in plan(grid)}
    if task.key not in steps:
        raise RunError(f"{task.title}: this node plans other steps; its data files are not those of the run's start")
    store = Store(task.store)
    step = steps[task.key]
    for needed in step.inputs.values():
        if not appears(store, steps[needed]):
            raise RunError(
                f"{task.title}: needs first: {steps[needed].title}, which is not in {task.store}; "
                "--store must be in a folder that all nodes share"
            )
    with _Breaking(lock_path(store, step), task.lost) as breaking:
        observer = Telling(task.key, socket.gethostname(), tell, breaking.waits)
        runner.run_step(list(steps.values()), task.key, store, observer)
    return observer.seconds


def same_versions(versions: Mapping[str, str]) -> None:
    """Checks that packages have the versions here that they have where the run was started.

    Raises:
        InputError: one has another.
    """
    here = package_versions()
    for name, there in versions.items():
        if here.get(name) != there:
            raise InputError(
                f"{name} is {here.get(name, 'not installed')} here and {there} where the run was started; "
                "install the same on every node"
            )


def appears(store: Store, step: Step, patience: float | None = None) -> bool:
    """True once the store shows the step's artefact; other nodes see what one wrote a little later."""
    until = time.monotonic() + (PATIENCE if patience is None else patience)
    while not store.has(step):
        if time.monotonic() > until:
            return False
        time.sleep(0.2)
    return True


def lock_path(store: Store, step: Step) -> Path:
    """The file that is locked while the step is made; beside it, `.holder` names who made or makes it."""
    return store.root / "locks" / f"{store.path(step).name}.lock"


def holder(store: Store, step: Step) -> str:
    """Who holds, or last held, the step's lock; empty where nobody did."""
    path = lock_path(store, step).with_suffix(".holder")
    return path.read_text(encoding="utf-8") if path.is_file() else ""


class _Breaking:
    """Breaks the lock of a process that is gone with its node, where the file system does not free it by itself."""

    def __init__(self, lock: Path, lost: str) -> None:
        self.lock, self.lost = lock, lost
        self._timer: threading.Timer | None = None

    def __enter__(self) -> _Breaking:
        return self

    def waits(self, holder: str) -> None:
        """The step waits for a holder."""
        if self.lost and holder == self.lost:
            self._timer = threading.Timer(DEAD, self._break)
            self._timer.daemon = True
            self._timer.start()

    def _break(self) -> None:
        if self.lock.with_suffix(".holder").read_text(encoding="utf-8") == self.lost:
            self.lock.unlink(missing_ok=True)  # who waits opens the path anew at each try

    def __exit__(self, *_: object) -> None:
        if self._timer is not None:
            self._timer.cancel()
