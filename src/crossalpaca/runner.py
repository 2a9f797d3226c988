"""Walks a plan: skips what the store holds, runs the rest, and says in one line what went wrong."""

from __future__ import annotations

import ctypes
import gc
import logging
import shutil
import tempfile
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from crossalpaca import processes
from crossalpaca.backbones import Backbone
from crossalpaca.errors import CrossAlpacaError, InputError, RunError, StoreError
from crossalpaca.grid import Grid
from crossalpaca.planning import plan
from crossalpaca.records import Progress, Shown, Step, StepRun
from crossalpaca.store import Store, artefact_name, step_key, writable

DEFAULT_STORE = "crossalpaca-store"
TOGETHER = frozenset({"train"})
"""Names of the steps that several processes compute together."""
_FULL = 2**20  # bytes: a disk with less left counts as full


class Observer(Protocol):
    """Told how a run goes."""

    def started(self, step: Step, number: int, total: int) -> Progress:
        """A step begins; returns what is told of its progress."""

    def finished(self, step: Step, seconds: float) -> None:
        """A step is done."""

    def waiting(self, step: Step, holder: str) -> None:
        """Another process holds the step; the run waits for it."""


class Silent:
    """An observer that shows nothing."""

    def started(self, step: Step, number: int, total: int) -> Progress:
        """Shows nothing."""
        return _ignore

    def finished(self, step: Step, seconds: float) -> None:
        """Shows nothing."""

    def waiting(self, step: Step, holder: str) -> None:
        """Shows nothing."""


def _ignore(done: int, total: int, unit: str, shown: Shown) -> None:
    return None


def run(grid: Grid, store: str | Path = DEFAULT_STORE, observer: Observer | None = None) -> Path:
    """Runs what is missing of a grid; returns the folder of its report (`report.html`, `report.json`).

    Raises:
        InputError: data files are missing or wrong.
        RunError: a step failed; what is finished is kept, and the same call goes on from there.
    """
    steps = plan(grid)
    opened = Store(Path(store))
    walk(steps, opened, observer or Silent())
    return publish_report(opened, grid.name, steps[-1])


def publish_report(store: Store, name: str, step: Step) -> Path:
    """Copies a report's files to `reports/NAME/` in the store, where people find them, and returns that folder.

    Raises:
        StoreError: the report is not what was written.
    """
    store.require_whole(step)
    folder = store.root / "reports" / name
    with writable(store.root):
        folder.mkdir(parents=True, exist_ok=True)
        for file in sorted(store.path(step).glob("report.*")):
            target = folder / file.name
            if not target.is_file() or target.read_bytes() != file.read_bytes():
                shutil.copyfile(file, target)
    return folder


def walk(
    steps: Sequence[Step], store: Store, observer: Observer, outside: Mapping[str, Path] = MappingProxyType({})
) -> None:
    """Runs the missing steps of a plan in order; `outside` has the folders of inputs that no step of it makes.

    Raises:
        StoreError: what a step needs is not what was written.
    """
    by_key = {step_key(step): step for step in steps}
    paths = dict(outside) | {key: store.path(step) for key, step in by_key.items()}
    unchecked = dict(by_key)
    for number, step in enumerate(steps, start=1):
        if store.has(step):
            continue
        with store.lock(step, lambda holder, step=step: observer.waiting(step, holder)):  # type: ignore[misc]
            if store.has(step):
                continue
            for key in step.inputs.values():
                if key in unchecked:  # once a run is enough, and before anything rests on it
                    store.require_whole(unchecked.pop(key))
            began = time.monotonic()
            if step.name in TOGETHER:
                processes.call(step_key(step))
            progress = observer.started(step, number, len(steps))
            _run_one(step, store, {role: paths[key] for role, key in step.inputs.items()}, progress)
            _give_back_memory()
            observer.finished(step, time.monotonic() - began)
    processes.call(None)


def _give_back_memory() -> None:
    """A model that is no longer needed sits in reference cycles, and the C library keeps what is freed in pieces; the
    next step needs both."""
    gc.collect()
    with suppress(OSError, AttributeError, TypeError):  # other systems have no malloc_trim
        ctypes.CDLL(None).malloc_trim(0)


def follow(steps: Sequence[Step], store: Store, outside: Mapping[str, Path] = MappingProxyType({})) -> None:
    """What every process but the first does: computes its share of the steps that the first one calls it to.

    What it writes besides the shared checkpoints is dropped. Where it fails, its launcher ends the others.
    """
    paths = dict(outside) | {step_key(step): store.path(step) for step in steps}
    by_key = {step_key(step): step for step in steps}
    for key in processes.calls():
        step = by_key[key]
        inputs = {role: paths[needed] for role, needed in step.inputs.items()}
        with tempfile.TemporaryDirectory() as output:
            log = logging.getLogger(f"crossalpaca.follow.{artefact_name(step)}")
            step.function(StepRun(step.arguments, inputs, Path(output), store.scratch(step), _ignore, log))
        _give_back_memory()


def run_alone(step: Step, out: Path, observer: Observer, outside: Mapping[str, Path] = MappingProxyType({})) -> None:
    """Runs one step outside of any plan and leaves its artefact in the folder `out`.

    Stopped and called again with the same arguments, it goes on where it was.

    Raises:
        InputError: `out` exists and is not empty, or is the folder that this runs in.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(f"{out}: is there already; name another folder with --out, or remove it")
    store = Store(_partial(out))
    try:
        walk([step], store, observer, outside)
    except InputError:  # nothing was begun that another call could go on with
        shutil.rmtree(store.root, ignore_errors=True)
        raise
    with writable(out.parent):
        out.mkdir(exist_ok=True)
        store.path(step).replace(out)
        shutil.rmtree(store.root)


def follow_alone(step: Step, out: Path, outside: Mapping[str, Path] = MappingProxyType({})) -> None:
    """What every process but the first does where they run one step outside of any plan together."""
    follow([step], Store(_partial(out)), outside)


def _partial(out: Path) -> Path:
    """The store beside a folder to come.

    Raises:
        InputError: the folder is the one that this runs in, which nothing can take the place of.
    """
    if not out.name:
        raise InputError(f"{out}: is there already; name another folder with --out")
    return out.with_name(f".{out.name}.partial")


def run_step(steps: Sequence[Step], key: str, store: Store, observer: Observer) -> Step:
    """Runs the one step of a plan whose key begins with `key`.

    Raises:
        InputError: no step, or several, have that key, or the steps before it are not done.
    """
    found = [step for step in steps if step_key(step).startswith(key) or artefact_name(step) == key]
    if len(found) != 1:
        raise InputError(f"{len(found)} steps have the key {key!r}; see `crossalpaca plan` for the keys")
    by_key = {step_key(step): step for step in steps}
    undone = [by_key[needed].title for needed in found[0].inputs.values() if not store.has(by_key[needed])]
    if undone:
        raise InputError(f"{found[0].title}: needs first: {', '.join(undone)}")
    ready = [by_key[needed] for needed in found[0].inputs.values()]
    walk([*ready, found[0]], store, observer)
    return found[0]


def _run_one(step: Step, store: Store, inputs: Mapping[str, Path], progress: Progress) -> None:
    work = store.work(step)
    began = time.monotonic()
    with _logged(store.log_path(step), step) as log, _explained(step, store.log_path(step), log):
        step.function(StepRun(step.arguments, inputs, work.output, work.scratch, progress, log))
        seconds = time.monotonic() - began
        store.commit(step, work, seed=step.arguments.get("seed"), seconds=seconds, device=_device(step))


@contextmanager
def _explained(step: Step, log_path: Path, log: logging.Logger) -> Iterator[None]:
    """Lets the project's own errors pass, and turns all others into one line; the traceback goes to the step's log."""
    try:
        with writable(log_path.parents[1]):
            yield
    except StoreError:
        raise
    except CrossAlpacaError as error:
        raise type(error)(f"{step.title}: {error}") from error
    except Exception as error:
        log.error("%s", traceback.format_exc())
        if not log_path.is_file():
            raise StoreError(
                f"{log_path.parents[1]}: was removed under way; if its disk is there, run the same command again"
            ) from error
        reason = " ".join(str(error).split())[:200]
        # torch says "iostream error" and the like where the disk is full, so the disk is asked too.
        free = shutil.disk_usage(log_path.parent).free
        if "No space left" in reason or "os error 28" in reason or free < _FULL:
            raise StoreError(
                f"{log_path.parents[1]}: the disk is full; free some space and run the same command again"
            ) from error
        raise RunError(f"{step.title}: failed: {type(error).__name__}: {reason}; details in {log_path}") from error


class _LogFile(logging.FileHandler):
    """A log whose lines are lost where the disk is full: what the step itself says of it is what counts."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Says nothing: logging would print a traceback."""

    def close(self) -> None:
        """Gives the file back, also where its last lines do not fit."""
        with suppress(OSError):
            super().close()


@contextmanager
def _logged(path: Path, step: Step) -> Iterator[logging.Logger]:
    log = logging.getLogger(f"crossalpaca.step.{artefact_name(step)}")
    log.setLevel(logging.INFO)
    log.propagate = False
    with writable(path.parent):
        handler = _LogFile(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    # What libraries warn of goes to the step's log, not to the person who runs it.
    warned = logging.getLogger("py.warnings")
    warned.propagate = False
    logging.captureWarnings(True)
    for logger in (log, warned):
        logger.addHandler(handler)
    try:
        log.info("begins: %s", step.title)
        yield log
        log.info("finished")
    finally:
        logging.captureWarnings(False)
        for logger in (log, warned):
            logger.removeHandler(handler)
        handler.close()


def _device(step: Step) -> str:
    """What a step with a model ran on; for the others it says nothing that an earlier one has loaded torch."""
    if not isinstance(step.arguments.get("backbone"), Backbone):
        return "cpu"
    import torch

    if torch.cuda.is_available():
        return str(torch.cuda.get_device_name(0))
    return f"cpu, {torch.get_num_threads()} threads"
