"""Runs an experiment on a Ray cluster: each missing step becomes a task, started as soon as its inputs are done.

The nodes share the store's folder, and nothing but a step's key, a line of progress and samples of large bitext goes
over Ray. A step holds the store's own lock on the node that runs it, so several runs and machines may work in one
store.
"""

from __future__ import annotations

import logging
import os
import pickle
import socket
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from crossalpaca import errors
from crossalpaca.cluster.aside import aside
from crossalpaca.cluster.board import Begun, Board, Held, News
from crossalpaca.cluster.placement import asked, described, fits
from crossalpaca.cluster.worker import Outcome, Task, appears, holder, work
from crossalpaca.errors import InputError, RunError
from crossalpaca.grid import Grid
from crossalpaca.planning import plan
from crossalpaca.records import Progress, Step
from crossalpaca.resources import Resources
from crossalpaca.runner import DEFAULT_STORE, Observer, Silent, publish_report
from crossalpaca.store import Store, step_key
from crossalpaca.version import package_versions

if TYPE_CHECKING:
    from ray import ObjectRef

LOCAL = "local"
"""The address of a cluster that is this machine, for as long as the run takes."""
TRIES = 5  # of one step, where its process or its node dies
_LOOK = 0.5  # seconds between looks at what nodes tell
_STOPPING = 60.0  # seconds in which a step that is told to stop may end by itself
_REACHED = 10.0  # seconds in which a cluster's head answers
_OBJECTS = 100 << 20  # bytes for Ray's object store on this machine: keys and lines of progress need no more
_LOSSES = ("NodeDiedError", "WorkerCrashedError", "LocalRayletDiedError", "OutOfMemoryError")
"""Errors of Ray after which a step goes on elsewhere, or later; out of memory, its neighbours may have been."""
_log = logging.getLogger("crossalpaca.cluster")


def run(
    grid: Grid,
    store: str | Path = DEFAULT_STORE,
    observer: Observer | None = None,
    *,
    address: str = LOCAL,
    resources: Mapping[str, Resources] = MappingProxyType({}),
) -> Path:
    """Runs what is missing of a grid on a cluster; returns its report's folder, as `runner.run`.

    Args:
        grid: what to run; every node must find its data files under the same paths.
        store: in a folder that all nodes share.
        observer: told how the run goes; several steps may be under way at a time.
        address: of the cluster: `local` starts one on this machine, `auto` finds the one that runs here, or HOST:PORT.
            Where the process is connected to a cluster already, that one is used.
        resources: name of a step to what it asks of a node.

    Raises:
        InputError: data files are missing or wrong, or no node has what a step asks for.
        RunError: there is no cluster, or a step failed. Steps under way then go on to their end, no new one starts, and
            the error is that of the first that failed; the same call goes on from there.
    """
    steps = plan(grid)
    opened = Store(Path(store).absolute())
    if any(not opened.has(step) for step in steps):
        with (
            aside(opened.root / "logs"),
            connected(address) as ray,
            _Walk(ray, grid, steps, opened, observer or Silent(), resources) as walk,
        ):
            walk.go()
    return publish_report(opened, grid.name, steps[-1])


@contextmanager
def connected(address: str) -> Iterator[Any]:
    """Ray, connected to a cluster; what was started for this is ended.

    Raises:
        InputError: Ray is not installed.
        RunError: no cluster answers.
    """
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # it would tell its makers
    if address == LOCAL:
        os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"  # without it, Ray listens on every network
    try:
        import ray
    except ImportError:
        raise InputError(
            "--ray needs Ray: install it with pip install '.[ray]' in the folder of this project"
        ) from None
    if ray.is_initialized():
        yield ray
        return
    here: dict[str, Any] = {"include_dashboard": False, "object_store_memory": _OBJECTS} if address == LOCAL else {}
    try:
        if address not in (LOCAL, "auto"):
            host, _, port = address.rpartition(":")
            socket.create_connection((host, int(port)), _REACHED).close()  # Ray itself would try for minutes
        ray.init(address, log_to_driver=False, logging_level=logging.ERROR, **here)
    except (OSError, ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise RunError(
            f"--ray {address}: no cluster answers ({reason}); give HOST:PORT of a head that `ray start --head` started"
        ) from error
    try:
        yield ray
    finally:
        ray.shutdown()


@dataclass(slots=True)
class _Walk:
    """A run under way.

    Attributes:
        steps, store, observer, resources: as `run` has them.
        missing: keys of the steps that are neither done nor under way, in the plan's order.
        running: task to the key of its step.
        progress: key to what the observer is told through, of the steps that have begun.
        losses: key to how often the step's process or node died.
        failed: the first error.
    """

    ray: Any
    grid: Grid
    steps: Sequence[Step]
    store: Store
    observer: Observer
    resources: Mapping[str, Resources]
    missing: list[str] = field(default_factory=list)
    running: dict[ObjectRef[Outcome], str] = field(default_factory=dict)
    progress: dict[str, Progress] = field(default_factory=dict)
    losses: Counter[str] = field(default_factory=Counter)
    failed: Exception | None = None
    _numbers: dict[str, int] = field(default_factory=dict)
    _board: Any = None
    _task: Any = None
    _plain: Task | None = None

    def __enter__(self) -> _Walk:
        """Looks whether every step has a node that can run it, and opens the board on this machine."""
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        self._numbers = {step_key(step): number for number, step in enumerate(self.steps)}
        self.missing = [key for key, number in self._numbers.items() if not self.store.has(self.steps[number])]
        for key in self.missing:
            if misfit := self._misfit(self._step(key)):
                raise InputError(f"{misfit}; lower resources.{self._step(key).name} or start such a node")
        here = NodeAffinitySchedulingStrategy(self.ray.get_runtime_context().get_node_id(), soft=False)
        self._board = self.ray.remote(Board).options(num_cpus=0, scheduling_strategy=here).remote()
        self._task = self.ray.remote(_on_node)
        packed = pickle.dumps(self.grid)
        self._plain = Task(packed, "", "", self.store.root, Path.cwd(), package_versions())
        return self

    def __exit__(self, *_: object) -> None:
        """Stops what still runs, as Ctrl-C does to a local run: locks are freed, checkpoints stay."""
        for ref in self.running:
            self.ray.cancel(ref)
        if self.running:
            _, deaf = self.ray.wait(list(self.running), num_returns=len(self.running), timeout=_STOPPING)
            for ref in deaf:
                self.ray.cancel(ref, force=True)
        self.ray.kill(self._board)

    def go(self) -> None:
        """Runs all that is missing.

        Raises:
            RunError, InputError: the first error of a step, once the steps under way are at their end.
        """
        while True:
            if self.failed is None:
                self._start_ready()
            if not self.running:
                break
            ended, _ = self.ray.wait(list(self.running), num_returns=1, timeout=_LOOK)
            for news in self.ray.get(self._board.fetch.remote()):
                self._hear(news)
            for ref in ended:
                self._end(ref, self.running.pop(ref))
        if self.failed is not None:
            raise self.failed

    def _step(self, key: str) -> Step:
        return self.steps[self._numbers[key]]

    def _start_ready(self) -> None:
        undone = {*self.missing, *self.running.values()}
        for key in [key for key in self.missing if undone.isdisjoint(self._step(key).inputs.values())]:
            self.missing.remove(key)
            self._start(key)

    def _start(self, key: str) -> None:
        assert self._plain is not None
        step = self._step(key)
        lost = holder(self.store, step) if self.losses[key] else ""
        wanted = asked(step, self.resources, gpus=self._gpus())
        options = {"num_cpus": wanted.get("CPU", 0), "num_gpus": wanted.get("GPU", 0), "memory": wanted.get("memory")}
        task = self._task.options(name=step.title, max_retries=0, **options)
        self.running[task.remote(replace(self._plain, key=key, title=step.title, lost=lost), self._board)] = key

    def _gpus(self) -> bool:
        return bool(self.ray.cluster_resources().get("GPU"))

    def _misfit(self, step: Step) -> str:
        """What a step asks for where no node has it, and Ray would wait for one without end; empty where one has."""
        wanted = asked(step, self.resources, gpus=self._gpus())
        nodes = [node["Resources"] for node in self.ray.nodes() if node["Alive"]]
        if fits(wanted, nodes):
            return ""
        there = "; ".join(sorted({described(node) for node in nodes}))
        return f"{step.title}: asks for {described(wanted)}, and no node has that (they have: {there})"

    def _hear(self, news: News) -> None:
        step = self._step(news.key)
        if news.key not in self.running.values():
            return  # told before its task ended, and heard after it
        if isinstance(news, Begun):
            self.progress[news.key] = self.observer.started(step, self._numbers[news.key] + 1, len(self.steps))
        elif isinstance(news, Held):
            self.observer.waiting(step, news.holder)
        elif news.key in self.progress:
            self.progress[news.key](news.done, news.total, news.unit, news.shown)

    def _end(self, ref: ObjectRef[Outcome], key: str) -> None:
        """Takes in how a task ended: done, failed, or lost with its node, and then it is started again."""
        from ray import exceptions

        step = self._step(key)
        try:
            outcome: Outcome = self.ray.get(ref)
        except tuple(getattr(exceptions, name) for name in _LOSSES) as error:
            self._lose(key, step, error)
        except exceptions.RayError as error:
            reason = " ".join(str(error).split())[-300:]
            self._fail(RunError(f"{step.title}: failed on its node: {type(error).__name__}: {reason}"))
        else:
            if outcome.kind:
                self._fail(getattr(errors, outcome.kind)(outcome.message))
            elif not appears(self.store, step):
                where = f"{self.store.root} is not the same folder there and here"
                self._fail(RunError(f"{step.title}: is done on its node, but {where}; --store must be shared"))
            elif outcome.seconds is not None:
                if key not in self.progress:  # so quick that the board tells of it later
                    self.observer.started(step, self._numbers[key] + 1, len(self.steps))
                self.observer.finished(step, outcome.seconds)

    def _fail(self, error: Exception) -> None:
        self.failed = self.failed or error

    def _lose(self, key: str, step: Step, error: Exception) -> None:
        self.losses[key] += 1
        if self.losses[key] == TRIES:
            self._fail(
                RunError(
                    f"{step.title}: its process died {TRIES} times ({type(error).__name__}); see "
                    f"{self.store.log_path(step)}, and if memory is short raise resources.{step.name}.memory"
                )
            )
            return
        _log.warning("%s: its node was lost or its process died; it goes on from where it was", step.title)
        if misfit := self._misfit(step):
            _log.warning("%s; it waits for one", misfit)
        self.missing.insert(0, key)


def _on_node(task: Task, board: Any) -> Outcome:
    """The Ray task: runs a step on a node and tells the board."""
    import ray

    from crossalpaca.cluster.spreading import over_nodes  # late, as it needs polars, which `--ray` itself does not

    with over_nodes(ray, task.versions):
        return work(task, board.tell.remote)
