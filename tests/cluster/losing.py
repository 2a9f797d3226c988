"""A node that is lost: its raylet and the process of a step die at once."""

from __future__ import annotations

import json
import os
import re
import signal
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from crossalpaca import runner
from crossalpaca.grid import Grid

if TYPE_CHECKING:
    from ray.cluster_utils import Cluster


class Losses(threading.Thread):
    """Waits for one file after another in the store's work folder, and takes away the node that makes its step.

    `moments` are patterns below `STORE/work`: a file of a step's scratch says that the step is in the middle.
    """

    def __init__(self, cluster: Cluster, store: Path, moments: Sequence[str]) -> None:
        super().__init__(daemon=True)
        self.cluster, self.store, self.moments = cluster, store, moments
        self.lost: list[str] = []  # names of the steps whose node died
        self.killed: list[int] = []
        self.over = threading.Event()

    def run(self) -> None:
        for moment in self.moments:
            while not (found := self._found(moment)):
                if self.over.wait(0.005):
                    return
            self._lose(found)

    def _found(self, moment: str) -> str:
        with suppress(OSError):  # what is looked at may be moved away
            for path in sorted((self.store / "work").glob(moment)):
                step = path.relative_to(self.store / "work").parts[0]
                if path.stat().st_size and self._process(step) not in self.killed:
                    return step
        return ""

    def _process(self, step: str) -> int:
        text = (self.store / "locks" / f"{step}.holder").read_text(encoding="utf-8")
        found = re.match(r"process (\d+) on ", text)
        if found is None:
            raise OSError(f"{step}: its holder is being written")
        return int(found[1])

    def _lose(self, step: str) -> None:
        process = self._process(step)
        parent = int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
        (node,) = (
            each
            for each in self.cluster.list_all_nodes()
            if any(kept.process.pid == parent for kept in each.all_processes.get("raylet", []))
        )
        os.kill(parent, signal.SIGKILL)
        os.kill(process, signal.SIGKILL)
        self.killed.append(process)
        self.lost.append(step)
        self.cluster.remove_node(node, allow_graceful=False)


def artefacts(store: Path) -> dict[str, bytes]:
    """Every file of every artefact, and of the report; of manifests what does not tell the time."""
    found: dict[str, bytes] = {}
    for path in sorted(p for part in ("artefacts", "reports") for p in (store / part).rglob("*") if p.is_file()):
        content = path.read_bytes()
        if path.name == "manifest.json":
            manifest = json.loads(content)
            content = json.dumps({k: v for k, v in manifest.items() if k not in ("seconds", "finished")}).encode()
        found[str(path.relative_to(store))] = content
    return found


def assert_as_one_machine_makes_it(experiment: Grid, there: Path, here: Path) -> None:
    """The artefacts in `there` are, to the byte, those of a run on this machine, which is made in `here`."""
    runner.run(experiment, here)
    expected, found = artefacts(here), artefacts(there)
    unlike = sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))
    assert not unlike, f"missing, too many or other than here: {unlike}"
    left = [path.name for path in (there / "work").iterdir()]
    assert not left, f"work that is left: {left}"
