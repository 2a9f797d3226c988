"""The store: keys that depend on what matters alone, and artefacts that are whole or do not count."""

from __future__ import annotations

import errno
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import crossalpaca
from crossalpaca.errors import RunError, StoreError
from crossalpaca.records import SourceFile, Step, StepRun
from crossalpaca.store import MANIFEST, Store, artefact_name, canonical, file_sha256, is_done, read_manifest, step_key


def shown(value: object) -> str:
    """A value as the name of a test: the same in every process."""
    return re.sub(" at 0x[0-9a-f]+", "", repr(value))


FILES: Mapping[str, bytes] = {"losses.txt": b"1.5 1.25\n", "adapter/weights.bin": bytes(range(48)), "empty": b""}


def nothing(run: StepRun) -> None:
    """Stands for a step's function."""


def other_function(run: StepRun) -> None:
    """Stands for another one."""


STEP = Step(
    name="train",
    version=1,
    function=nothing,
    arguments={"seed": 1, "rate": 0.5, "names": ("a", "b"), "nested": {"x": 1, "y": None}},
    inputs={"demonstrations": "0123456789abcdef", "other": "fedcba9876543210"},
    title="train a model",
    size="3 steps",
)
OTHER = replace(STEP, version=2)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def write(folder: Path, files: Mapping[str, bytes] = FILES) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def make(store: Store, step: Step = STEP, files: Mapping[str, bytes] = FILES) -> Path:
    work = store.work(step)
    write(work.output, files)
    return store.commit(step, work, seed=1, seconds=0.5, device="cpu")


@dataclass(frozen=True)
class Settings:
    rate: float
    rank: int = 4


@dataclass(frozen=True)
class OtherSettings:
    rate: float
    rank: int = 4


# What has a deterministic form


@pytest.mark.parametrize(
    "value",
    [
        {1, 2},
        frozenset({"a"}),
        float("nan"),
        float("inf"),
        -float("inf"),
        nothing,
        lambda: None,
        print,
        object(),
        b"bytes",
        Path("/a/path"),
        {1: "a key that is no text"},
        iter([1]),
        1j,
        Settings,
        SourceFile,
    ],
    ids=shown,
)
@pytest.mark.parametrize("depth", ["alone", "in a list", "in a mapping", "in a dataclass"])
def test_a_value_without_a_deterministic_form_is_refused(value: Any, depth: str) -> None:
    wrapped = {
        "alone": value,
        "in a list": ["a", [value]],
        "in a mapping": {"a": {"b": value}},
        "in a dataclass": Settings(rate=value),
    }[depth]
    with pytest.raises(StoreError, match="has no deterministic form") as raised:
        canonical(wrapped)
    assert "\n" not in str(raised.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(value=JSON)
def test_json_values_are_their_own_canonical_form(value: Any) -> None:
    assert canonical(value) == value


def reordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: reordered(value[key]) for key in reversed(value)}
    return [reordered(item) for item in value] if isinstance(value, list) else value


@given(value=JSON.map(lambda value: {"value": value}))
def test_the_order_of_mappings_is_no_part_of_a_key(value: dict[str, Any]) -> None:
    assert step_key(replace(STEP, arguments=value)) == step_key(replace(STEP, arguments=reordered(value)))


@given(first=JSON, second=JSON)
def test_keys_are_equal_where_values_are_and_nowhere_else(first: Any, second: Any) -> None:
    one, two = (step_key(replace(STEP, arguments={"value": value})) for value in (first, second))
    assert (one == two) == (json.dumps(first, sort_keys=True) == json.dumps(second, sort_keys=True))


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (1, True),
        (0, False),
        (0, None),
        (1, 1.0),
        (1, "1"),
        ("", None),
        ([], {}),
        ([1, [2]], [[1], 2]),
        ("a", ["a"]),
        (Settings(1.0), OtherSettings(1.0)),
        (Settings(1.0), Settings(2.0)),
        (["ab", "c"], ["a", "bc"]),
    ],
)
def test_values_that_look_alike_have_different_keys(one: Any, two: Any) -> None:
    assert step_key(replace(STEP, arguments={"value": one})) != step_key(replace(STEP, arguments={"value": two}))


def test_lists_and_tuples_are_alike() -> None:
    one, two = (replace(STEP, arguments={"value": value}) for value in ([1, [2]], (1, (2,))))
    assert step_key(one) == step_key(two)


def test_keys_never_change() -> None:
    assert step_key(STEP) == "7bea6fe54f16a516"
    assert artefact_name(STEP) == "train-7bea6fe54f16a516"


@pytest.mark.parametrize(
    "change",
    [
        {"name": "evaluate"},
        {"version": 2},
        {"arguments": {**STEP.arguments, "seed": 2}},
        {"arguments": {**STEP.arguments, "more": None}},
        {"arguments": {**STEP.arguments, "names": ("b", "a")}},
        {"arguments": {**STEP.arguments, "nested": {"x": 1, "y": 0}}},
        {"arguments": {}},
        {"inputs": {**STEP.inputs, "other": "0000000000000000"}},
        {"inputs": {"demonstrations": STEP.inputs["other"], "other": STEP.inputs["demonstrations"]}},
        {"inputs": {}},
    ],
    ids=shown,
)
def test_a_key_changes_with_all_that_results_depend_on(change: dict[str, Any]) -> None:
    assert step_key(replace(STEP, **change)) != step_key(STEP)


@pytest.mark.parametrize("change", [{"title": "another"}, {"size": "9 steps"}, {"function": other_function}], ids=shown)
def test_a_key_does_not_change_with_what_is_for_people(change: dict[str, Any]) -> None:
    assert step_key(replace(STEP, **change)) == step_key(STEP)


def test_a_source_file_counts_by_its_content_and_not_by_its_path() -> None:
    def key(path: str, sha256: str) -> str:
        return step_key(replace(STEP, arguments={"files": [SourceFile(Path(path), sha256)]}))

    assert key("/here/a.json", "0" * 64) == key("/there/b.json", "0" * 64)
    assert key("/here/a.json", "0" * 64) != key("/here/a.json", "1" * 64)


# Whole or not at all


def test_what_is_committed_is_there(store: Store) -> None:
    assert not store.has(STEP)
    folder = make(store)
    assert store.has(STEP)
    assert folder == store.path(STEP)
    assert {name: (folder / name).read_bytes() for name in FILES} == FILES
    assert not store.has(OTHER)


def test_a_manifest_says_what_was_made_from_what(store: Store) -> None:
    manifest = read_manifest(make(store))
    assert manifest["key"] == step_key(STEP)
    assert manifest["arguments"] == canonical(STEP.arguments)
    assert manifest["inputs"] == STEP.inputs
    assert set(manifest["outputs"]) == set(FILES)
    assert manifest["outputs"]["adapter/weights.bin"]["bytes"] == 48
    assert manifest["outputs"]["adapter/weights.bin"]["sha256"] == file_sha256(store.path(STEP) / "adapter/weights.bin")
    assert (manifest["seed"], manifest["seconds"], manifest["device"]) == (1, 0.5, "cpu")
    assert {"python", "numpy"} <= set(manifest["versions"])
    assert [folder for folder, _ in store.manifests()] == [store.path(STEP)]


def test_two_stores_in_one_folder_see_the_same(store: Store) -> None:
    make(store)
    assert Store(store.root).has(STEP)


def test_a_store_whose_name_is_too_long_is_refused_in_one_line(tmp_path: Path) -> None:
    folder = tmp_path / ("x" * 300)
    with pytest.raises(StoreError, match=r"x: cannot be written \(File name too long\); choose another folder with"):
        Store(folder)
    with pytest.raises(StoreError, match=r"x: cannot be read \(File name too long\); choose another folder with"):
        is_done(folder, STEP)


def test_a_half_written_artefact_never_counts(store: Store) -> None:
    folder = store.path(STEP)
    write(folder)
    (folder / f"{MANIFEST}.tmp").write_text("{}", encoding="utf-8")
    assert not store.has(STEP)
    make(store)
    assert store.has(STEP)
    assert store.verify() == []


class Killed(BaseException):
    """Stands for the end of the process."""


@contextmanager
def killed_at(number: int, owner: Any, function: str) -> Iterator[None]:
    """The process ends when `function` is called for the `number`th time."""
    with pytest.MonkeyPatch.context() as patch:
        real, calls = getattr(owner, function), iter(range(1, 10**9))

        def dying(*arguments: Any, **options: Any) -> Any:
            if next(calls) >= number:
                raise Killed
            return real(*arguments, **options)

        patch.setattr(owner, function, dying)
        yield


@pytest.mark.parametrize("call", [1, 2])
def test_a_commit_that_is_killed_leaves_nothing_that_counts(store: Store, call: int) -> None:
    with killed_at(call, os, "replace"), pytest.raises(Killed):
        make(store)
    assert not store.has(STEP)
    assert store.verify() == []
    make(store)
    assert store.has(STEP)
    assert store.verify() == []


@pytest.mark.parametrize("call", range(1, 9))
def test_a_removal_that_is_killed_leaves_nothing_that_counts(store: Store, call: int) -> None:
    make(store, STEP, {f"part-{number}.bin": b"content" for number in range(8)})
    with killed_at(call + 1, os, "unlink"), pytest.raises(Killed):
        store.prune(keep=())
    assert not store.has(STEP)


def test_a_commit_replaces_what_was_left_of_a_damaged_artefact(store: Store) -> None:
    folder = make(store)
    (folder / MANIFEST).unlink()
    (folder / "losses.txt").write_text("damaged", encoding="utf-8")
    make(store, STEP, {"losses.txt": b"new"})
    assert store.verify() == []
    assert sorted(path.name for path in folder.iterdir()) == ["losses.txt", MANIFEST]


def test_scratch_survives_and_output_is_emptied(store: Store) -> None:
    work = store.work(STEP)
    write(work.output)
    write(work.scratch, {"checkpoint-20/state": b"half way"})
    again = store.work(STEP)
    assert again == work
    assert list(again.output.iterdir()) == []
    assert (again.scratch / "checkpoint-20/state").read_bytes() == b"half way"


def test_scratch_is_dropped_with_the_commit(store: Store) -> None:
    work = store.work(STEP)
    write(work.scratch)
    store.commit(STEP, work, seed=None, seconds=0.0, device="cpu")
    assert not work.scratch.exists()
    assert list(store.work(STEP).scratch.iterdir()) == []


# Verify


def test_verify_finds_nothing_in_what_was_just_made(store: Store) -> None:
    make(store)
    make(store, OTHER)
    assert store.verify() == []


@pytest.mark.parametrize("position", range(48))
def test_verify_finds_a_flipped_byte(store: Store, position: int) -> None:
    path = make(store) / "adapter/weights.bin"
    content, times = bytearray(path.read_bytes()), path.stat()
    content[position] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert [(d.artefact, d.file) for d in store.verify()] == [(artefact_name(STEP), "adapter/weights.bin")]


@pytest.mark.parametrize("name", FILES)
def test_verify_finds_a_missing_file(store: Store, name: str) -> None:
    (make(store) / name).unlink()
    assert [(d.file, d.what) for d in store.verify()] == [(name, "is missing")]


@pytest.mark.parametrize("name", ["more.txt", "adapter/more.txt", "new/folder/more.txt"])
def test_verify_finds_an_added_file(store: Store, name: str) -> None:
    write(make(store), {name: b""})
    assert [(d.file, d.what) for d in store.verify()] == [(name, "was added later")]


def test_verify_finds_every_damage_of_every_artefact(store: Store) -> None:
    for step in (STEP, OTHER):
        folder = make(store, step)
        (folder / "empty").write_bytes(b"full")
        (folder / "losses.txt").unlink()
    assert {(d.artefact, d.file) for d in store.verify()} == {
        (artefact_name(step), name) for step in (STEP, OTHER) for name in ("empty", "losses.txt")
    }


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"{}", b"\xff", b'{"outputs": []}', b'{"outputs": {"empty": {}}}']
)
def test_verify_finds_a_damaged_manifest(store: Store, content: bytes) -> None:
    (make(store) / MANIFEST).write_bytes(content)
    assert {d.artefact for d in store.verify()} == {artefact_name(STEP)}


def test_a_flipped_byte_in_a_manifest_never_stops_verify(store: Store) -> None:
    make(store, OTHER)
    path = make(store) / MANIFEST
    whole = path.read_bytes()
    stopped: dict[str, int] = {}
    for position in range(len(whole)):
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :])
        try:
            store.verify()
        except Exception as error:
            stopped.setdefault(repr(error), position)
    assert stopped == {}


# Prune


def test_prune_keeps_what_is_to_be_kept_and_removes_the_rest(store: Store) -> None:
    for step in (STEP, OTHER):
        make(store, step)
        store.work(step)
        store.log_path(step).write_text("log", encoding="utf-8")
    removed = store.prune(keep={artefact_name(STEP)})
    assert {f"artefacts/{artefact_name(OTHER)}", f"work/{artefact_name(OTHER)}"} <= set(removed)
    assert not any(artefact_name(STEP) in name for name in removed)
    assert store.has(STEP)
    assert not store.has(OTHER)
    assert store.log_path(STEP).exists()
    assert not store.log_path(OTHER).exists()
    assert [folder.name for folder in (store.root / "work").iterdir()] == [artefact_name(STEP)]
    assert store.verify() == []


def test_prune_of_an_empty_store_removes_nothing(store: Store) -> None:
    assert store.prune(keep=()) == []


def test_prune_removes_a_folder_that_somebody_made_among_the_logs(store: Store) -> None:
    (store.root / "logs" / "old" / "older").mkdir(parents=True)
    assert store.prune(keep=()) == []
    assert list((store.root / "logs").iterdir()) == []


# A disk that refuses


def refusing(number: int) -> Any:
    def refuse(*arguments: Any, **options: Any) -> Any:
        raise OSError(number, os.strerror(number))

    return refuse


def refusing_writes(number: int, real: Any) -> Any:
    def opened(self: Path, mode: str = "r", *arguments: Any, **options: Any) -> IO[Any]:
        if set(mode) & set("wax+"):
            raise OSError(number, os.strerror(number))
        return real(self, mode, *arguments, **options)  # type: ignore[no-any-return]

    return opened


REFUSALS = [
    (errno.ENOSPC, "the disk is full"),
    (errno.EDQUOT, "the disk is full"),
    (errno.EROFS, "cannot be written"),
    (errno.EACCES, "cannot be written"),
    (errno.EPERM, "cannot be written"),
]


@pytest.mark.parametrize(("number", "reason"), REFUSALS)
@pytest.mark.parametrize("where", ["move", "manifest"])
def test_a_commit_that_the_disk_refuses_is_one_line_and_can_be_done_again(
    store: Store, number: int, reason: str, where: str
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        if where == "move":
            patch.setattr(os, "replace", refusing(number))
        else:
            patch.setattr(Path, "open", refusing_writes(number, Path.open))
        work = store.work(STEP)
        (work.scratch / "checkpoint").mkdir()
        with pytest.raises(StoreError) as raised:
            store.commit(STEP, work, seed=1, seconds=0.0, device="cpu")
    assert reason in str(raised.value)
    assert str(store.root) in str(raised.value)
    assert "\n" not in str(raised.value)
    assert raised.value.exit_code == RunError.exit_code == 1
    assert not store.has(STEP)
    assert (store.work(STEP).scratch / "checkpoint").is_dir()
    make(store)
    assert store.verify() == []


@pytest.mark.parametrize(("number", "reason"), REFUSALS)
def test_a_store_folder_that_cannot_be_made_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, reason: str
) -> None:
    monkeypatch.setattr(Path, "mkdir", refusing(number))
    with pytest.raises(StoreError) as raised:
        Store(tmp_path / "store")
    assert reason in str(raised.value)
    assert str(tmp_path / "store") in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(("number", "reason"), REFUSALS)
def test_work_and_lock_that_the_disk_refuses_are_one_line(
    store: Store, monkeypatch: pytest.MonkeyPatch, number: int, reason: str
) -> None:
    monkeypatch.setattr(Path, "mkdir", refusing(number))
    monkeypatch.setattr(Path, "open", refusing_writes(number, Path.open))
    with pytest.raises(StoreError, match=reason):
        store.work(STEP)
    with pytest.raises(StoreError, match=reason), store.lock(STEP, lambda holder: None):
        pass


@pytest.mark.parametrize("below", [".", "below"])
def test_a_file_where_the_store_should_be_is_one_line(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")
    with pytest.raises(StoreError, match="choose another folder with --store") as raised:
        Store(tmp_path / "file" / below)
    assert "\n" not in str(raised.value)


# Locks

HOLDER = """
import sys
from pathlib import Path
from crossalpaca.records import Step
from crossalpaca.store import Store

step = Step("train", 1, print, {}, {}, "train a model")
with Store(Path(sys.argv[1])).lock(step, lambda holder: None):
    print("held", flush=True)
    sys.stdin.readline()
    print("released", flush=True)
"""
HELD = Step("train", 1, nothing, {}, {}, "train a model")


@pytest.fixture
def holder(store: Store) -> Iterator[subprocess.Popen[str]]:
    """A second process that holds the step until a line is written to it."""
    environment = os.environ | {"PYTHONPATH": str(Path(crossalpaca.__file__).parents[1])}
    command = [sys.executable, "-c", HOLDER, str(store.root)]
    with subprocess.Popen(
        command, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=1
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_process_that_wants_a_held_step_is_told_the_holder_once_and_waits(
    store: Store, holder: subprocess.Popen[str]
) -> None:
    told: list[str] = []
    assert holder.stdin is not None
    assert holder.stdout is not None

    def waiting(who: str) -> None:
        told.append(who)
        assert holder.poll() is None
        holder.stdin.write("go on\n")  # type: ignore[union-attr]

    with store.lock(HELD, waiting):
        assert holder.stdout.readline() == "released\n"
        assert len(told) == 1
        assert f"process {holder.pid} on " in told[0]


def test_a_lock_is_freed_when_its_holder_is_killed(store: Store, holder: subprocess.Popen[str]) -> None:
    holder.kill()
    holder.wait()
    told: list[str] = []
    with store.lock(HELD, told.append):
        assert told == []


def test_another_step_is_not_held(store: Store, holder: subprocess.Popen[str]) -> None:
    told: list[str] = []
    with store.lock(OTHER, told.append):
        assert told == []
        assert holder.poll() is None


def test_a_lock_can_be_taken_again_after_an_error(store: Store) -> None:
    told: list[str] = []
    with pytest.raises(ZeroDivisionError), store.lock(STEP, told.append):
        raise ZeroDivisionError
    with store.lock(STEP, told.append):
        assert told == []
