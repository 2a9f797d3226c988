"""A store from somebody else may hold links and odd names: nothing outside it is written or removed."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from crossalpaca.errors import StoreError
from crossalpaca.records import Step, StepRun
from crossalpaca.store import MANIFEST, Store, artefact_name


def nothing(run: StepRun) -> None:
    """Stands for a step's function."""


STEP = Step("train", 1, nothing, {"seed": 1}, {}, "train a model")
NAME = artefact_name(STEP)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder that somebody cares for."""
    folder = tmp_path / "outside"
    folder.mkdir()
    for name in ("thesis.txt", MANIFEST):
        (folder / name).write_text("years of work", encoding="utf-8")
    return folder


def held(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in folder.iterdir() if path.is_file()}


def work(store: Store) -> None:
    made = store.work(STEP)
    (made.output / "losses.txt").write_text("1.5", encoding="utf-8")
    store.commit(STEP, made, seed=1, seconds=0.0, device="cpu")


def hold(store: Store) -> None:
    with store.lock(STEP, print):
        pass


@pytest.mark.parametrize("kind", ["artefacts", "work"])
def test_pruning_removes_a_link_and_not_what_it_leads_to(store: Store, outside: Path, kind: str) -> None:
    (store.root / kind / NAME).symlink_to(outside)
    before = held(outside)
    assert store.prune(()) == [f"{kind}/{NAME}"]
    assert held(outside) == before
    assert not (store.root / kind / NAME).is_symlink()


def test_pruning_removes_a_log_that_is_a_link_alone(store: Store, outside: Path) -> None:
    store.log_path(STEP).symlink_to(outside / "thesis.txt")
    store.prune(())
    assert held(outside)["thesis.txt"] == "years of work"


def test_a_commit_takes_the_place_of_a_link(store: Store, outside: Path) -> None:
    store.path(STEP).symlink_to(outside)
    before = held(outside)
    work(store)
    assert held(outside) == before
    assert not store.path(STEP).is_symlink()
    assert store.verify() == []


@pytest.mark.parametrize(
    ("place", "act"),
    [
        (f"work/{NAME}", work),
        (f"work/{NAME}/output", work),
        (f"work/{NAME}/scratch", work),
        (f"logs/{NAME}.log", work),
        (f"locks/{NAME}.lock", hold),
        (f"locks/{NAME}.holder", hold),
    ],
)
def test_nothing_is_written_through_a_link(
    store: Store, outside: Path, place: str, act: Callable[[Store], None]
) -> None:
    link = store.root / place
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(outside if place.startswith("work") else outside / "thesis.txt")
    before = held(outside)
    with pytest.raises(StoreError, match=r"is a link, .* remove it and run again") as raised:
        act(store)
    assert "\n" not in str(raised.value)
    assert held(outside) == before
    assert sorted(path.name for path in outside.iterdir()) == sorted(before)


@pytest.mark.parametrize("name", ["../../../outside/thesis.txt", "/etc/hostname", "a\0b", "n" * 5000])
def test_a_manifest_that_names_what_is_not_in_its_folder_is_damage(store: Store, outside: Path, name: str) -> None:
    folder = store.root / "artefacts" / NAME
    folder.mkdir()
    (folder / MANIFEST).write_text(json.dumps({"outputs": {name: {"sha256": "0" * 64, "bytes": 1}}}), encoding="utf-8")
    assert [damage.file for damage in store.verify()] == [name]


def test_links_are_damage(store: Store, outside: Path) -> None:
    work(store)
    (store.path(STEP) / "losses.txt").unlink()
    (store.path(STEP) / "losses.txt").symlink_to(outside / "thesis.txt")
    (store.root / "artefacts" / "other-0").symlink_to(outside)
    assert {(damage.artefact, damage.what) for damage in store.verify()} == {
        (NAME, "is a link"),
        ("other-0", "is a link"),
    }


def test_a_manifest_that_is_a_pipe_is_damage_and_is_not_waited_for(store: Store) -> None:
    folder = store.root / "artefacts" / NAME
    folder.mkdir()
    os.mkfifo(folder / MANIFEST)
    assert [damage.file for damage in store.verify()] == [MANIFEST]
    assert list(store.manifests()) == []


def test_no_key_of_the_environment_is_in_a_manifest(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HF_TOKEN", "DEEPL_AUTH_KEY", "LIBRETRANSLATE_API_KEY", "OPENAI_API_KEY"):
        monkeypatch.setenv(name, f"very-{name}-secret")
    work(store)
    for path in store.root.rglob("*"):
        if path.is_file():
            assert b"secret" not in path.read_bytes()
