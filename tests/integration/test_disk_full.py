"""A disk that fills or refuses, a clock that jumps, a store that is damaged: the end is the uninterrupted result, or
one line that says what to do, and nothing that was finished is lost."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from soak.faults import BALLAST
from soak.forks import End, Forks, Run
from soak.small_runs import hashes

pytestmark = pytest.mark.integration

YEARS = 5 * 365 * 86_400.0
PAGE = 4096  # what a small disk gives at a time


@dataclass(frozen=True, slots=True)
class Tiny:
    """The tiny experiment, run once: its file, the store, and what is in it."""

    forks: Forks
    experiment: Path
    store: Path
    expected: dict[str, str]

    def run(self, store: Path, *fault: Any) -> End:
        return self.forks.run(Run(["run", str(self.experiment), "--store", str(store)], fault=fault))[0]

    def copy(self, folder: Path) -> Path:
        return Path(shutil.copytree(self.store, folder / "store"))

    def ends_well(self, store: Path) -> None:
        """The same command again ends with what the uninterrupted run gave."""
        end = self.run(store)
        assert end.code == 0, end.err
        assert hashes(store) == self.expected
        assert list((store / "work").iterdir()) == []

    def artefact(self, store: Path, name: str) -> Path:
        """The first artefact of a name."""
        return sorted((store / "artefacts").glob(f"{name}-*"))[0]


@pytest.fixture(scope="module")
def tiny(experiment_text: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tiny]:
    folder = tmp_path_factory.mktemp("refusals")
    experiment, store = folder / "tiny.yaml", folder / "store"
    experiment.write_text(experiment_text, encoding="utf-8")
    with Forks() as forks:
        (end,) = forks.run(Run(["run", str(experiment), "--store", str(store)]))
        assert end.code == 0, end.err
        yield Tiny(forks, experiment, store, hashes(store))


def refusal(end: End) -> str:
    """The one line that a run which could not go on ends with."""
    lines = [line for line in end.err.splitlines() if line.startswith("crossalpaca: ")]
    assert (end.code, end.out) == (1, ""), end
    assert lines == end.err.splitlines()[-1:], end.err
    return lines[0].removeprefix("crossalpaca: ")


# A disk that fills


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A folder with a disk of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=16m", "none", folder]
    try:
        subprocess.run(command, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no small disk can be mounted: {error}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


def finished(store: Path) -> set[str]:
    return {path.parent.name for path in (store / "artefacts").glob("*/manifest.json")}


# In the order in which a run comes to them; each is met by the attempt that goes on from the one before.
FILLED = [
    ("crossalpaca.store:Store.lock", 1, 0),  # before anything is made
    ("crossalpaca.decoding.local:LocalEngine.decode", 2, 0),  # answers, batch by batch
    ("crossalpaca.evaluation.predict:write_jsonl", 1, PAGE),  # the examples of an evaluation, cut off
    ("crossalpaca.store:write_synced", 2, 0),  # a manifest
    ("crossalpaca.demonstrations.build:write_jsonl", 1, PAGE),
    ("torch:save", 1, 2 * PAGE),  # the optimiser's state, cut off
    ("torch:save", 2, PAGE),  # a later checkpoint
    ("crossalpaca.training.trainer:seal", 2, 0),
    ("crossalpaca.training.finetune:_save", 1, 0),
    ("crossalpaca.report.step:render", 1, PAGE),  # the page, cut off
    ("crossalpaca.runner:publish_report", 1, 2 * PAGE),  # a copy of the page, cut off
]


def test_a_disk_that_fills_at_any_moment_is_told_in_a_line_and_loses_nothing(tiny: Tiny, disk: Path) -> None:
    store, before = disk / "store", set[str]()
    told = f"{store}: the disk is full; free some space and run the same command again"
    for moment, count, left in FILLED:
        end = tiny.run(store, "full", moment, count, str(disk), left)
        assert (disk / BALLAST).exists(), f"{moment}: it did not come to this"
        assert refusal(end) == told, moment
        assert finished(store) >= before, moment
        before = finished(store)
        (disk / BALLAST).unlink()
    assert len(before) == len(finished(tiny.store))
    tiny.ends_well(store)


def test_where_no_file_may_be_long_a_line_says_so(tiny: Tiny, tmp_path: Path) -> None:
    store = tmp_path / "store"
    for size in (1500, 22_000, 100_000):  # shorter than the examples, than a checkpoint or the report, than the page
        assert str(store) in refusal(tiny.run(store, "short_files", size))
    tiny.ends_well(store)


# A store that becomes read-only

CLOSED = [
    ("crossalpaca.store:Store.lock", 3),
    ("crossalpaca.decoding.local:LocalEngine.decode", 2),
    ("crossalpaca.store:Store.commit", 2),
    ("transformers:Trainer._save_optimizer_and_scheduler", 2),
    ("crossalpaca.report.step:render", 1),
    ("crossalpaca.runner:publish_report", 1),
]


def test_a_store_that_becomes_read_only_at_any_moment_is_told_in_a_line(tiny: Tiny, tmp_path: Path) -> None:
    store, before = tmp_path / "store", set[str]()
    for moment, count in CLOSED:
        line = refusal(tiny.run(store, "read_only", moment, count, str(store)))
        for path in (store, *store.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        assert str(store) in line, moment
        assert finished(store) >= before, moment
        before = finished(store)
    tiny.ends_well(store)


def test_on_a_read_only_disk_a_finished_store_is_shown_and_no_other_is_begun(tiny: Tiny, disk: Path) -> None:
    whole, fresh = tiny.copy(disk), disk / "fresh"
    shutil.copytree(tiny.artefact(whole, "audit"), fresh / "artefacts" / tiny.artefact(whole, "audit").name)
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    assert tiny.run(whole).code == 0
    line = refusal(tiny.run(fresh))
    assert line == f"{fresh}: cannot be written (Read-only file system); choose another folder with --store"
    subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
    tiny.ends_well(fresh)


# A clock that jumps


def test_clocks_that_jump_by_years_change_no_result(tiny: Tiny, tmp_path: Path) -> None:
    store = tmp_path / "store"
    end = tiny.run(store, "jumping_clock", YEARS, 3)
    assert end.code == 0, end.err
    assert hashes(store) == tiny.expected


# A store that is damaged


def flipped(path: Path, drawn: random.Random) -> None:
    content = bytearray(path.read_bytes())
    content[drawn.randrange(len(content))] ^= 1 << drawn.randrange(8)
    path.write_bytes(content)


def test_a_flipped_byte_of_any_artefact_never_reaches_a_report(tiny: Tiny, tmp_path: Path) -> None:
    store, drawn = tiny.copy(tmp_path), random.Random(7)
    shutil.rmtree(tiny.artefact(store, "report"))
    files = [path for path in sorted((store / "artefacts").rglob("*")) if path.is_file()]
    for path in (path for path in files if path.name != "manifest.json"):
        whole = path.read_bytes()
        flipped(path, drawn)
        name = path.relative_to(store / "artefacts").parts[0]
        told = f"{path}: differs from what was written; remove the folder {name} and run again"
        assert refusal(tiny.run(store)) == told
        path.write_bytes(whole)
    assert len(files) >= 20
    tiny.ends_well(store)


@pytest.mark.parametrize("name", ["train", "report"])
def test_a_damaged_artefact_that_is_removed_is_made_again(tiny: Tiny, tmp_path: Path, name: str) -> None:
    store = tiny.copy(tmp_path)
    damaged = tiny.artefact(store, name)
    flipped(damaged / "report.json", random.Random(3))
    if name != "report":
        shutil.rmtree(tiny.artefact(store, "report"))
    assert f"remove the folder {damaged.name} and run again" in refusal(tiny.run(store))
    shutil.rmtree(damaged)
    tiny.ends_well(store)


@pytest.mark.parametrize("change", [{"seed": 43}, {"version": 99}, {"key": "0" * 16}, {"inputs": {}}, {"outputs": 1}])
def test_a_changed_manifest_never_reaches_a_report(tiny: Tiny, tmp_path: Path, change: dict[str, Any]) -> None:
    store = tiny.copy(tmp_path)
    shutil.rmtree(tiny.artefact(store, "report"))
    path = tiny.artefact(store, "train") / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | change), encoding="utf-8")
    assert refusal(tiny.run(store)).startswith(f"{path}: ")


def without(*patterns: str) -> Callable[[Path], None]:
    def remove(store: Path) -> None:
        for path in (path for pattern in patterns for path in sorted(store.glob(pattern))):
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    return remove


def stray(store: Path) -> None:
    without("artefacts/report-*")(store)
    for kind in ("artefacts", "work", "locks", "logs", "reports"):
        (store / kind / "stray").write_text("no artefact", encoding="utf-8")


GOES_ON: dict[str, Callable[[Path], None]] = {
    "no manifests": without("artefacts/evaluate-*/manifest.json", "artefacts/report-*/manifest.json"),
    "no work, locks and logs": without("work", "locks", "logs", "artefacts/report-*"),
    "no artefacts": without("artefacts"),
    "no reports": without("reports"),
    "a report without its page": without("reports/*/report.html"),
}


@pytest.mark.parametrize("left", GOES_ON)
def test_what_is_missing_of_a_store_is_made_again(tiny: Tiny, tmp_path: Path, left: str) -> None:
    store = tiny.copy(tmp_path)
    GOES_ON[left](store)
    tiny.ends_well(store)


@pytest.mark.parametrize("name", ["train-*/adapter", "evaluate-*/predictions.jsonl", "audit-*/audit.json"])
def test_a_manifest_without_its_files_is_told_in_a_line(tiny: Tiny, tmp_path: Path, name: str) -> None:
    store = tiny.copy(tmp_path)
    without("artefacts/report-*", f"artefacts/{name}")(store)
    assert "is missing; remove the folder " in refusal(tiny.run(store))


def test_what_is_no_artefact_disturbs_no_run_and_is_pruned(tiny: Tiny, tmp_path: Path) -> None:
    store = tiny.copy(tmp_path)
    stray(store)
    end = tiny.run(store)
    assert end.code == 0, end.err
    pruned = ["store", "prune", "--keep", str(tiny.experiment), "--yes", "--store", str(store)]
    (end,) = tiny.forks.run(Run(pruned))
    assert (end.code, sorted(end.out.splitlines())) == (0, ["removed artefacts/stray", "removed work/stray"]), end


# In this order, each still lies ahead of a run that goes on from what the one before has left.
GONE = [
    ("crossalpaca.decoding.local:LocalEngine.decode", 2, "work"),
    ("crossalpaca.store:Store.commit", 2, "work"),
    ("transformers:Trainer._save_optimizer_and_scheduler", 1, "."),
    ("crossalpaca.store:Store.commit", 3, "artefacts"),
    ("crossalpaca.runner:publish_report", 1, "artefacts"),
]


def test_a_store_that_loses_a_folder_under_way_is_told_in_a_line(tiny: Tiny, tmp_path: Path) -> None:
    store = tmp_path / "store"
    for moment, count, folder in GONE:
        end = tiny.run(store, "removed", moment, count, str(store / folder))
        assert str(store) in refusal(end), moment
    # Locks are made again at once: what they keep apart is other runs.
    end = tiny.run(store, "removed", "crossalpaca.decoding.local:LocalEngine.decode", 2, str(store / "locks"))
    assert end.code == 0, end.err
    assert hashes(store) == tiny.expected
