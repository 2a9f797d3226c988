"""A translated benchmark as an artefact, and what an audit or an evaluation reads: files, or such an artefact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard

from crossalpaca.benchmarks import BENCHMARKS, Benchmark
from crossalpaca.errors import DataError, InputError
from crossalpaca.sources.files import read_json

REPORT = "report.json"
ORIGINALS = "originals"
ROLE = "benchmark"
"""The input of a step that reads a translated benchmark."""


@dataclass(frozen=True, slots=True)
class Published:
    """A translated benchmark, as an evaluation reads it.

    Attributes:
        benchmark: id of the benchmark, or of the form for own files where some items are missing.
        files: in the order of the originals.
        originals: the same items before translation.
        kept_out: tasks to keep out of averages, and why.
    """

    benchmark: str
    files: tuple[Path, ...]
    originals: tuple[Path, ...]
    kept_out: Mapping[str, str]


def published(folder: Path) -> Published:
    """What a translation wrote to a folder.

    Raises:
        DataError: there is no report of it, or it is not one of a translation, or names files elsewhere.
    """
    path = folder / REPORT
    report = read_json(path)
    names, read_as, kept_out = (
        report.get(key) if isinstance(report, dict) else None for key in ("published_files", "read_as", "kept_out")
    )
    # In a list, not in the mapping: what was read may have no hash.
    if not isinstance(names, list) or read_as not in list(BENCHMARKS) or not _texts(kept_out):
        raise DataError(f"{path}: is not the report of a translated benchmark; translate it again")
    for name in names:
        if not isinstance(name, str) or Path(name).name != name or name in ("", ".."):
            raise DataError(f"{path}: {str(name)[:60]!r} is no file beside it; do not trust this folder")
    files, originals = (tuple(place / name for name in names) for place in (folder, folder / ORIGINALS))
    return Published(read_as, files, originals, kept_out)


def _texts(value: Any) -> TypeGuard[dict[str, str]]:
    return isinstance(value, dict) and all(isinstance(each, str) for each in value.values())


@dataclass(frozen=True, slots=True)
class Reading:
    """What a step reads: the benchmark, its files, and the English originals to take golds from by row."""

    benchmark: Benchmark
    files: list[Path]
    golds: list[Path]


def reading_of(arguments: Mapping[str, Any], inputs: Mapping[str, Path]) -> Reading:
    """What a step of these arguments reads: the translated benchmark among its inputs, or the files that are named.

    Raises:
        InputError: the benchmark is translated within a run, and this is outside of it.
        DataError: as for `published`.
    """
    if ROLE in inputs:
        made = published(inputs[ROLE])
        return Reading(BENCHMARKS[made.benchmark], list(made.files), [])
    files, golds = ([file.path for file in arguments[role]] for role in ("files", "golds"))
    if not files:
        raise InputError(f"benchmark {arguments['benchmark']}: is translated when the experiment runs; run it first")
    return Reading(BENCHMARKS[arguments["benchmark"]], files, golds)
