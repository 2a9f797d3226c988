"""What demonstrations are checked against: benchmark files, and FLORES, which is never trained on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from crossalpaca.benchmarks import BENCHMARKS, find_benchmark, read_examples
from crossalpaca.benchmarks.flores import read_sentences
from crossalpaca.demonstrations.leaks import FLORES, Leak, LeakIndex, Policy
from crossalpaca.errors import DataError, InputError, nearest
from crossalpaca.languages import language, languages
from crossalpaca.records import Demonstration, Example, SourceFile
from crossalpaca.sources.files import source_file

_FLORES_NAMES = re.compile(r"flores|(^|[^a-z])[a-z]{3}_[a-z]{4}\.(dev|devtest)\b", re.IGNORECASE)
_PARTS = re.compile(r"[._]|-(?!Han)")


def leak_index(against: Sequence[Mapping[str, Any]]) -> LeakIndex | None:
    """The texts of benchmarks, each `benchmark`, `language` and `files`; None where there are none.

    Raises:
        DataError: a file is not the benchmark's.
    """
    return LeakIndex(example for entry in against for example in _examples(entry)) if against else None


def _examples(entry: Mapping[str, Any]) -> Iterator[Example]:
    files, code = [file.path for file in entry["files"]], entry["language"]
    if entry["benchmark"] != FLORES:
        yield from read_examples(find_benchmark(entry["benchmark"]), files, language(code), entry["benchmark"])
        return
    for path in files:
        for number, text in enumerate(read_sentences(path), start=1):
            yield Example(str(number), FLORES, "", "", code, "", text, "text", (), (), (), path.name)


def named(entry: str, default: str) -> dict[str, Any]:
    """An entry of what to check against from `BENCHMARK=FILE`, or a folder of files; its language is that in the name.

    Raises:
        InputError: it is not of that form, or there is no such benchmark.
        DataError: there is no such file.
    """
    known = (*BENCHMARKS, FLORES)
    benchmark, equals, name = entry.partition("=")
    if not equals or benchmark not in known:
        hint = nearest(benchmark, known)
        raise InputError(f"--against {entry}: is not BENCHMARK=FILE{hint}; the benchmarks are {', '.join(known)}")
    path = Path(name)
    paths = sorted(file for file in path.iterdir() if file.is_file()) if path.is_dir() else [path]
    if not paths:
        raise DataError(f"{path}: holds no files to check against; name the folder that does")
    return {"benchmark": benchmark, "language": _language(path, default), "files": [source_file(p) for p in paths]}


def _language(path: Path, default: str) -> str:
    """The last language code that a file's name has, such as `xquad.de.json.gz`."""
    codes = {alias: each.code for each in languages().values() for alias in (each.code, *each.aliases)}
    found = [codes[part] for part in _PARTS.split(path.name) if part in codes]
    return found[-1] if found else default


def refuse_named_flores(files: Iterable[SourceFile]) -> None:
    """Refuses files of FLORES by their names.

    Raises:
        DataError: a file's name is one of FLORES.
    """
    for file in files:
        if _FLORES_NAMES.search(file.name):
            raise DataError(f"{file.path}: is FLORES, which measures and is never trained on; leave it out")


def sift(
    candidates: Sequence[Demonstration], count: int, index: LeakIndex | None, policy: Policy
) -> tuple[list[Demonstration], list[Leak]]:
    """The first `count` demonstrations, without those that leak where they are to be removed, and the leaks met.

    Raises:
        DataError: one holds a whole sentence of FLORES.
    """
    met = index.leaks(candidates) if index else []
    _refuse_flores(met)
    leaking = {leak.demonstration for leak in met} if policy == "remove" else set()
    kept = [each for each in candidates if each.id not in leaking][:count]
    if len(kept) == count:  # what comes after the last one was not going to be used
        passed = {each.id for each in candidates[: candidates.index(kept[-1]) + 1]} if kept else set()
        met = [leak for leak in met if leak.demonstration in passed]
    return kept, met


def _refuse_flores(leaks: Iterable[Leak]) -> None:
    whole = [leak for leak in leaks if leak.benchmark == FLORES and leak.whole]
    if whole:
        first, more = whole[0], f", and so are {len(whole) - 1} more" if len(whole) > 1 else ""
        raise DataError(
            f"{first.demonstration}: is sentence {first.item} of FLORES ({first.origin}){more}; FLORES measures and is "
            "never trained on, so leave these out"
        )
