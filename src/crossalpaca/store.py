"""The store: artefacts addressed by what they are made from, written whole or not at all.

ROOT/artefacts/NAME-KEY/   outputs and manifest.json; appears by one rename, so a half-written one never counts
ROOT/work/NAME-KEY/        output/ and scratch/ of a step under way; survives a kill, and the next run goes on from it
ROOT/locks/NAME-KEY.lock   held by the process that makes the artefact; the system frees it when the process dies
ROOT/logs/NAME-KEY.log     what the step logged

ROOT and its four folders may be links, to other disks; what is in these may not: nothing is written or removed through
a link, wherever a store comes from.
"""

from __future__ import annotations

import errno
import hashlib
import json
import math
import os
import shutil
import socket
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from crossalpaca.errors import StoreError
from crossalpaca.records import Step
from crossalpaca.version import package_versions, source_commit

MANIFEST = "manifest.json"


def canonical(value: object) -> Any:
    """A JSON value that is equal for equal inputs on every machine.

    Accepts None, bool, int, str, finite float, list and tuple, mappings with text keys, dataclasses (class name and
    fields), and objects that state their `identity` (a file its content hash, a backbone its id and revision).

    Raises:
        StoreError: the value has no deterministic form, such as a set, a function or NaN.
    """
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise StoreError(f"{value} has no deterministic form and cannot be an argument of a step")
        return value
    if isinstance(identity := getattr(value, "identity", None), str):
        return {"identity": identity}
    if isinstance(value, list | tuple):
        return [canonical(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {"type": type(value).__name__} | {f.name: canonical(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {key: canonical(value[key]) for key in sorted(value)}
    raise StoreError(f"a {type(value).__name__} has no deterministic form and cannot be an argument of a step")


def step_key(step: Step) -> str:
    """Hash of a step's name, version, arguments and inputs: 16 hexadecimal digits."""
    content = [step.name, step.version, canonical(step.arguments), canonical(step.inputs)]
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True, slots=True)
class Work:
    """The folders of a step under way: `output` becomes the artefact, `scratch` is for resuming."""

    output: Path
    scratch: Path


@dataclass(frozen=True, slots=True)
class Damage:
    """What `Store.verify` found wrong: the artefact's folder, the file in it, and in words what is wrong."""

    artefact: str
    file: str
    what: str


class Store:
    """Artefacts in one folder; several processes may use it at once.

    Raises:
        StoreError: the folder cannot be made or written.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        with writable(root):
            for folder in ("artefacts", "work", "locks", "logs"):
                (root / folder).mkdir(parents=True, exist_ok=True)

    def path(self, step: Step) -> Path:
        """Where the step's artefact is, or will be."""
        return self.root / "artefacts" / artefact_name(step)

    def log_path(self, step: Step) -> Path:
        """Where the step's log is."""
        return self.root / "logs" / f"{artefact_name(step)}.log"

    def has(self, step: Step) -> bool:
        """True if the step's artefact is there, whole."""
        return is_done(self.root, step)

    def require_whole(self, step: Step) -> None:
        """Checks that the step's artefact is to the byte what was written: a result must not rest on anything else.

        What people put beside its files is left alone.

        Raises:
            StoreError: a file of it is missing or differs, or its manifest is not that of the step.
        """
        folder = self.path(step)
        manifest = read_manifest(folder)
        expected = _made_from(step) | {"seed": step.arguments.get("seed")}
        if any(manifest.get(key) != value for key, value in expected.items()):
            raise StoreError(f"{folder / MANIFEST}: differs from what was written; remove the folder and run again")
        for name, recorded in manifest["outputs"].items():
            if what := _damage(folder, name, recorded["sha256"]):
                raise StoreError(f"{folder / name}: {what}; remove the folder {folder.name} and run again")

    def scratch(self, step: Step) -> Path:
        """Where a step keeps what survives a kill."""
        return self.root / "work" / artefact_name(step) / "scratch"

    def work(self, step: Step) -> Work:
        """The folders for working on a step: `scratch` as an earlier, killed run left it, `output` empty."""
        scratch = self.scratch(step)
        work = Work(scratch.with_name("output"), scratch)
        _refuse_links(scratch.parent, work.output, scratch, self.log_path(step))
        with writable(self.root):
            if work.output.exists():
                shutil.rmtree(work.output)
            work.output.mkdir(parents=True)
            work.scratch.mkdir(exist_ok=True)
        return work

    def commit(self, step: Step, work: Work, *, seed: int | None, seconds: float, device: str) -> Path:
        """Makes the work an artefact: the manifest is written last, then everything is moved into place at once."""
        with writable(self.root):
            manifest = _manifest(step, work.output, seed=seed, seconds=seconds, device=device)
            write_synced(work.output / MANIFEST, json.dumps(manifest, indent=1, ensure_ascii=False) + "\n")
            target = self.path(step)
            if target.exists() or target.is_symlink():  # a damaged or half-deleted one, since `has` was asked before
                _remove(target)
            work.output.replace(target)
            shutil.rmtree(work.output.parent)
        return target

    @contextmanager
    def lock(self, step: Step, waiting: Callable[[str], None]) -> Iterator[None]:
        """Holds the step for this process; while another holds it, tells `waiting` once who does, and waits."""
        path = self.root / "locks" / f"{artefact_name(step)}.lock"
        holder = path.with_suffix(".holder")
        lock = FileLock(path)
        _refuse_links(path, holder)
        with writable(self.root):
            try:
                lock.acquire(timeout=0)
            except Timeout:
                with suppress(OSError):
                    waiting(holder.read_text(encoding="utf-8"))
                lock.acquire()
        try:
            with writable(self.root):
                holder.write_text(f"process {os.getpid()} on {socket.gethostname()}", encoding="utf-8")
            yield
        finally:
            lock.release()

    def manifests(self) -> Iterator[tuple[Path, dict[str, Any]]]:
        """Folder and manifest of every whole artefact, by name."""
        for folder in sorted((self.root / "artefacts").iterdir()):
            if (folder / MANIFEST).is_file():
                manifest = read_manifest(folder)
                if not all(key in manifest for key in _TOLD):
                    raise StoreError(f"{folder / MANIFEST}: is not a manifest; remove the folder and run again")
                yield folder, manifest

    def verify(self) -> list[Damage]:
        """Reads every artefact and compares it with its manifest."""
        found: list[Damage] = []
        for folder in sorted((self.root / "artefacts").iterdir()):
            if folder.is_symlink():
                found.append(Damage(folder.name, "", "is a link"))
                continue
            try:
                outputs = read_manifest(folder)["outputs"]
            except StoreError as error:
                found.append(Damage(folder.name, MANIFEST, str(error)))
                continue
            found.extend(_damages(folder, outputs))
        return found

    def prune(self, keep: Collection[str]) -> list[str]:
        """Removes artefacts, work and logs whose `NAME-KEY` is not in `keep`; returns what was removed."""
        removed: list[str] = []
        with writable(self.root):
            for kind in ("artefacts", "work"):
                for folder in sorted((self.root / kind).iterdir()):
                    if folder.name not in keep:
                        _remove(folder)
                        removed.append(f"{kind}/{folder.name}")
            for log in (self.root / "logs").iterdir():
                if log.stem not in keep:
                    _remove(log)
        return removed


def _remove(folder: Path) -> None:
    """Removes an artefact; its manifest first, so that a half-removed one does not count. Of a link, the link alone.

    What is no folder, and so no artefact, goes too.
    """
    if folder.is_symlink() or not folder.is_dir():
        folder.unlink()
        return
    (folder / MANIFEST).unlink(missing_ok=True)
    shutil.rmtree(folder)


def artefact_named(root: Path, name: object) -> Path:
    """The folder of an artefact whose name a report or a manifest gives.

    Raises:
        StoreError: it is no name of a folder in the store.
    """
    if not isinstance(name, str) or name in ("", ".", "..") or Path(name).name != name or "\0" in name:
        raise StoreError(f"{root}: {name!r} is not the name of an artefact; was the report changed by hand?")
    return root / "artefacts" / name


def _refuse_links(*paths: Path) -> None:
    """Raises StoreError for a path that is a link: what is written there would land elsewhere."""
    for path in paths:
        if path.is_symlink():
            raise StoreError(f"{path}: is a link, and a store writes through none; remove it and run again")


def artefact_name(step: Step) -> str:
    """`NAME-KEY`, the folder name of a step's artefact."""
    return f"{step.name}-{step_key(step)}"


def is_done(root: Path, step: Step) -> bool:
    """True if the store in `root` holds the step's artefact, whole; makes no store where there is none.

    Raises:
        StoreError: the folder cannot be looked into.
    """
    try:
        return (root / "artefacts" / artefact_name(step) / MANIFEST).is_file()
    except OSError as error:  # its name is too long, or it may not be read
        raise StoreError(f"{root}: cannot be read ({error.strerror}); choose another folder with --store") from None


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of an artefact.

    Raises:
        StoreError: it is missing or not readable.
    """
    path = folder / MANIFEST
    try:
        if path.exists() and not path.is_file():  # opening a pipe would wait for its writer
            raise OSError(errno.EINVAL, "it is no file")
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise StoreError(f"{path}: cannot be read ({error}); remove the folder and run again") from None
    if not _is_manifest(manifest):
        raise StoreError(f"{path}: is not a manifest; remove the folder and run again")
    whole: dict[str, Any] = manifest
    return whole


_KINDS: Mapping[str, Any] = {"title": str, "finished": str, "seconds": (int, float), "inputs": dict, "arguments": dict}
_TOLD = ("title", "seconds", "finished")


def _is_manifest(value: object) -> bool:
    """Whether a value has the outputs of a manifest, and nothing of another kind than a manifest has it."""
    if not isinstance(value, dict) or not isinstance(outputs := value.get("outputs"), dict):
        return False
    return all(isinstance(value[key], kind) for key, kind in _KINDS.items() if key in value) and all(
        isinstance(each, dict) and isinstance(each.get("sha256"), str) and isinstance(each.get("bytes"), int)
        for each in outputs.values()
    )


def _damages(folder: Path, outputs: Mapping[str, Mapping[str, Any]]) -> Iterator[Damage]:
    for name, recorded in outputs.items():
        if what := _damage(folder, name, recorded["sha256"]):
            yield Damage(folder.name, name, what)
    present = {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()} - {MANIFEST}
    for name in sorted(present - set(outputs)):
        yield Damage(folder.name, name, "was added later")


def _damage(folder: Path, name: str, sha256: str) -> str:
    """What is wrong with an output of an artefact; empty where nothing is."""
    path = folder / name
    if ".." in path.parts or not path.is_relative_to(folder):
        return "is no name of a file in it"
    try:
        if path.is_symlink():
            return "is a link"
        if path.is_file():
            return "" if file_sha256(path) == sha256 else "differs from what was written"
    except OSError as error:  # a name that is too long, or a disk that does not give the file
        return f"cannot be read ({error.strerror})"
    return "is missing"


def _made_from(step: Step) -> dict[str, Any]:
    """The part of a step's manifest that its key stands for."""
    return {
        "key": step_key(step),
        "name": step.name,
        "version": step.version,
        "arguments": canonical(step.arguments),
        "inputs": canonical(step.inputs),
    }


def _manifest(step: Step, output: Path, *, seed: int | None, seconds: float, device: str) -> dict[str, Any]:
    files = sorted(path for path in output.rglob("*") if path.is_file())
    return _made_from(step) | {
        "title": step.title,
        "outputs": {
            str(path.relative_to(output)): {"sha256": file_sha256(path), "bytes": path.stat().st_size} for path in files
        },
        "seed": seed,
        "versions": package_versions(),
        "device": device,
        "commit": source_commit(),
        "seconds": round(seconds, 3),
        "finished": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


def write_synced(path: Path, text: str) -> None:
    """Writes a small file so that it is on the disk, whole, when this returns."""
    temporary = path.with_name(path.name + ".tmp")
    with temporary.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


_OUT_OF_SPACE = (errno.ENOSPC, errno.EDQUOT)
_NOT_ALLOWED = (errno.EROFS, errno.EACCES, errno.EPERM, errno.EFBIG, errno.ENAMETOOLONG)


@contextmanager
def writable(folder: Path) -> Iterator[None]:
    """Turns the system's refusals to write below `folder` into one line that says what to do."""
    try:
        yield
    except OSError as error:
        if error.errno in _OUT_OF_SPACE:
            raise StoreError(f"{folder}: the disk is full; free some space and run the same command again") from error
        if error.errno in _NOT_ALLOWED or isinstance(error, NotADirectoryError | FileExistsError):
            raise StoreError(
                f"{folder}: cannot be written ({error.strerror}); choose another folder with --store"
            ) from error
        if isinstance(error, FileNotFoundError) and not folder.is_dir():
            raise StoreError(
                f"{folder}: was removed under way; if its disk is there, run the same command again"
            ) from error
        raise
