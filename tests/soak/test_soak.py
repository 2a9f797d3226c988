"""An experiment that is killed at random moments, again and again, ends with the bytes of one that never was.

A run is killed at a moment drawn evenly from the time that an uninterrupted one takes, alone or beside a second run on
the same store that has a moment of its own. Where a run reaches its end, the store is compared and a new one is begun,
until enough kills have landed.
"""

from __future__ import annotations

import random
import shutil
import signal
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from soak.forks import Forks, Run
from soak.small_runs import hashes, small

pytestmark = pytest.mark.integration

SEED = 20261125
SIGNALS = (signal.SIGKILL, signal.SIGTERM)


@dataclass(slots=True)
class Soak:
    """An experiment under fire.

    Attributes:
        forks: what runs it.
        command: a run of it, all but the store's folder.
        folder: for the stores.
        expected: what an uninterrupted run leaves.
        seconds: how long that takes.
        told: what happened, to be shown where something went wrong.
        kills: how many of each signal landed, alone and beside another run.
        ended: how many stores were finished.
    """

    forks: Forks
    command: Sequence[str]
    folder: Path
    expected: dict[str, str]
    seconds: float
    told: list[str] = field(default_factory=list)
    kills: dict[tuple[int, int], int] = field(default_factory=dict)
    ended: int = 0

    @classmethod
    def of(cls, forks: Forks, experiment: Path, options: Sequence[str], folder: Path) -> Soak:
        """Runs it once, uninterrupted."""
        command = ["run", str(experiment), *options, "--store"]
        (end,) = forks.run(Run([*command, str(folder / "straight")]))
        assert end.code == 0, end.err
        return cls(forks, command, folder, hashes(folder / "straight"), end.seconds)

    def attempt(self, store: Path, kills: Sequence[tuple[float, int]]) -> bool:
        """Runs it as often at once as there are kills; whether one of the runs came to the end."""
        self.told.append(f"{store.name}: " + ", ".join(f"signal {which} at {at:.3f} s" for at, which in kills))
        ends = self.forks.run(*(Run([*self.command, str(store)], kill=kill) for kill in kills))
        for end, (_, which) in zip(ends, kills, strict=True):
            self.told[-1] += f"; ended with {end.code}"
            assert end.code in (0, -which), "\n".join([*self.told, end.err])
            if end.code:
                place = (which, len(kills))
                self.kills[place] = self.kills.get(place, 0) + 1
        return any(end.code == 0 for end in ends)

    def compare(self, store: Path) -> None:
        """The store is that of the uninterrupted run, and nothing unfinished is left in it."""
        found = hashes(store)
        unlike = sorted(
            name for name in found.keys() | self.expected.keys() if found.get(name) != self.expected.get(name)
        )
        assert unlike == [], "\n".join(self.told)
        assert list((store / "work").iterdir()) == [], "\n".join(self.told)
        self.ended += 1
        shutil.rmtree(store)

    def soak(self, wanted: int) -> None:
        """Kills until as many kills as wanted have landed, and lets the last store be finished."""
        draw = random.Random(SEED)
        self.told.append(f"seed {SEED}, {self.seconds:.3f} s uninterrupted")
        while sum(self.kills.values()) < wanted:
            store = self.folder / f"store-{self.ended}"
            many = draw.choice((1, 2))
            if self.attempt(store, [(draw.uniform(0, self.seconds), draw.choice(SIGNALS)) for _ in range(many)]):
                self.compare(store)
        store = self.folder / f"store-{self.ended}"
        (end,) = self.forks.run(Run([*self.command, str(store)]))
        assert end.code == 0, "\n".join([*self.told, end.err])
        self.compare(store)


def test_the_quickstart_killed_at_six_moments_ends_as_uninterrupted(
    forks: Forks, random_backbone: Path, tmp_path: Path
) -> None:
    experiment = small("quickstart", random_backbone, tmp_path / "small.yaml", languages=1)
    soak = Soak.of(forks, experiment, (), tmp_path)
    soak.soak(6)
    assert soak.ended >= 1
    assert {many for _, many in soak.kills} == {1, 2}, soak.told


@pytest.mark.full
def test_german_small_killed_at_fifty_moments_ends_as_uninterrupted(
    forks: Forks, random_backbone: Path, data_folder: Path, tmp_path: Path
) -> None:
    experiment = small("german-small", random_backbone, tmp_path / "small.yaml", languages=2)
    soak = Soak.of(forks, experiment, ("--data", str(data_folder)), tmp_path)
    soak.soak(50)
    print("\n".join(soak.told))
    assert soak.kills.keys() == {(which, many) for which in SIGNALS for many in (1, 2)}, soak.told
    assert soak.ended >= 5, soak.told
