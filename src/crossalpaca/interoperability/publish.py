"""What goes to the hub: every file that would be sent, and what must not be.

A folder is looked at as a whole before anything is sent. It must say what it is: an export of a model, demonstrations,
or a translated benchmark. Nothing in it may run when it is loaded, open anybody's account, or be FLORES.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from crossalpaca.artefacts import manifest_of, require_written
from crossalpaca.benchmarks.published import REPORT
from crossalpaca.demonstrations.against import refuse_named_flores
from crossalpaca.demonstrations.build import DEMONSTRATIONS
from crossalpaca.errors import DataError, InputError
from crossalpaca.interoperability.cards import CARD, benchmark_card
from crossalpaca.interoperability.export import PROMPT
from crossalpaca.records import Demonstration, SourceFile, read_jsonl
from crossalpaca.sources.files import read_json

Kind = Literal["model", "dataset"]

_PICKLES = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib", ".dill", ".npy", ".npz")
_KEY_NAMES = re.compile(
    r"id_(rsa|dsa|ecdsa|ed25519).*|.*\.(pem|key|p12|pfx|jks|kdbx)|.*(credential|secret|api[-_]?key|service[-_]account).*"
    r"|(.*[-_.])?token(\.txt|\.json)?",
    re.IGNORECASE,
)
_KEYS = re.compile(
    rb"-----BEGIN [A-Z ]*PRIVATE KEY-----|\bhf_[A-Za-z0-9]{30,}"
    rb"|\bsk-[A-Za-z0-9]{32,}|\bsk-(proj|ant)-[A-Za-z0-9_-]{32,}|\bAKIA[0-9A-Z]{16}\b"
    rb"|\bgh[pousr]_[A-Za-z0-9]{36,}|\bAIza[0-9A-Za-z_-]{35}\b|\bxox[abpr]-[0-9A-Za-z-]{20,}"
)
_PICKLED = re.compile(rb"\x80[\x02-\x05]|PK\x03\x04")  # how a pickle begins, and torch's archive of pickles
_WEIGHTS = (".safetensors", ".gguf")
_BLOCK = 2**20  # bytes read at once
_LONGEST_KEY = 256  # bytes that blocks have in common


@dataclass(frozen=True, slots=True)
class Publication:
    """What would be sent.

    Attributes:
        folder: where the files are.
        kind: of the repository.
        files: path in the repository to bytes, in order.
        card: its `README.md`.
        written: the card was made here and is no file of the folder.
    """

    folder: Path
    kind: Kind
    files: Mapping[str, int]
    card: str
    written: bool


def publication(folder: Path, kind: Kind | None = None) -> Publication:
    """What of a folder would be sent; reads every file of it.

    Raises:
        DataError: it is neither an export, nor demonstrations, nor a translated benchmark, or holds FLORES.
        InputError: it has no card, is of another kind, or holds what looks like a key or is not safe to load.
        StoreError: a file other than its card is not what was written.
    """
    if not folder.is_dir():
        raise DataError(f"{folder}: is not a folder; name what `crossalpaca export` or `demonstrations` wrote")
    found = _kind(folder)
    if kind not in (None, found):
        raise InputError(f"{folder}: is a {found}, not a {kind}; leave out --kind")
    paths = sorted(path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
    for path in paths:
        _require_safe(path, hidden=any(part.startswith(".") for part in path.relative_to(folder).parts))
    require_written(folder, *(name for name in manifest_of(folder).get("outputs", ()) if name != CARD))
    _refuse_flores(folder, paths)
    if found == "model" and not any(folder.glob("*.safetensors")):
        raise DataError(f"{folder}: has no weights in safetensors; export the fine-tune again")
    files = {path.relative_to(folder).as_posix(): path.stat().st_size for path in paths}
    written = CARD not in files
    card = _card(folder) if written else (folder / CARD).read_text(encoding="utf-8", errors="replace")
    if not card.startswith("---\n"):
        raise InputError(f"{folder / CARD}: does not begin with YAML between lines of ---; export the folder again")
    return Publication(folder, found, {**({CARD: len(card.encode())} if written else {}), **files}, card, written)


def _kind(folder: Path) -> Kind:
    if (folder / DEMONSTRATIONS).is_file() or _benchmark(folder):
        return "dataset"
    if (folder / PROMPT).is_file():
        return "model"
    raise DataError(
        f"{folder}: is no export of a model, no demonstrations and no translated benchmark; "
        "a fine-tune becomes one by `crossalpaca export`"
    )


def _benchmark(folder: Path) -> dict[str, Any]:
    """The report of a translated benchmark; empty where the folder is something else."""
    report = read_json(folder / REPORT) if (folder / REPORT).is_file() else {}
    return report if isinstance(report, dict) and "published_files" in report else {}


def _card(folder: Path) -> str:
    report = _benchmark(folder)
    if not report:
        raise InputError(f"{folder / CARD}: there is no card; export or build the folder again")
    return benchmark_card(report)


def _require_safe(path: Path, *, hidden: bool) -> None:
    """Raises InputError for a link, a hidden file, a pickle, or what looks like a key."""
    if path.is_symlink() or not path.is_file():
        raise InputError(f"{path}: is a link or no plain file; put the file itself there")
    if hidden and path.name != ".gitattributes":
        raise InputError(f"{path}: is hidden, as settings and passwords are; take it out of the folder")
    if _KEY_NAMES.fullmatch(path.name):
        raise InputError(f"{path}: is named like a key or a password; take it out of the folder")
    with path.open("rb") as file:
        if path.suffix.lower() in _PICKLES or _PICKLED.match(file.read(4)):
            raise InputError(f"{path}: may hold a pickle, which runs code when it is loaded; save it as safetensors")
    if path.suffix not in _WEIGHTS:
        for line in _key_lines(path):
            raise InputError(f"{path}:{line}: holds what looks like a key; take it out, and make the key invalid")


def _key_lines(path: Path) -> Iterator[int]:
    """The lines with something that looks like a key; a block at a time, since files may be of any size."""
    before, kept = 0, b""
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            text = kept + block
            for match in _KEYS.finditer(text):
                yield before + text.count(b"\n", 0, match.start()) + 1
            before += text.count(b"\n", 0, len(text) - _LONGEST_KEY) if len(text) > _LONGEST_KEY else 0
            kept = text[-_LONGEST_KEY:]


def _refuse_flores(folder: Path, paths: list[Path]) -> None:
    """By the names of files, of the corpora that demonstrations come from, and of what a benchmark was made from."""
    refuse_named_flores(SourceFile(path, "") for path in paths)
    sources = set(_benchmark(folder).get("files", ()))
    if (folder / DEMONSTRATIONS).is_file():
        sources |= {each.origin for each in read_jsonl(folder / DEMONSTRATIONS, Demonstration)}
    refuse_named_flores(SourceFile(folder / source, "") for source in sorted(sources))
