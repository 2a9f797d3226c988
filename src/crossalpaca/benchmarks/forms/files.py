"""Opening a benchmark file whole, and telling CSV, JSON and JSON lines apart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from crossalpaca.errors import DataError
from crossalpaca.sources.files import file_problem, parse_json, read_lines

FileType = Literal["csv", "json", "json lines"]

MAX_CHARACTERS = 400_000_000  # of a file, unpacked; the largest benchmark file has 30 million


def read_text(path: Path) -> str:
    """A UTF-8 text file, plain or gzipped, whole.

    Raises:
        DataError: it is missing, not text, a broken gzip stream, a web page, empty, or too large to be a benchmark.
    """
    if what := file_problem(path):
        raise DataError(f"{path}: {what}; mend the path")
    lines: list[str] = []
    size = 0
    for line in read_lines(path):
        lines.append(line)
        size += len(line) + 1  # with its end: lines may be empty
        if size > MAX_CHARACTERS:
            raise DataError(f"{path}: more than {MAX_CHARACTERS:,} characters; this is no benchmark file")
    text = "\n".join(lines)
    start = text[:500].lstrip().casefold()
    if not start:
        raise DataError(f"{path}: is empty; get the file again")
    if start.startswith(("<!doctype", "<html", "<head", "<?xml")):
        raise DataError(f"{path}: is a web page; download the raw file")
    return text


def stem(path: Path) -> str:
    """A file's name without `.gz`, `.csv`, `.json` and `.jsonl`."""
    name = path.name
    for suffix in (".gz", ".csv", ".json", ".jsonl"):
        name = name.removesuffix(suffix)
    return name


def file_type(path: Path, text: str) -> FileType:
    """What a file is: by its name, or else by how it begins; JSON is lines where the first is an object by itself."""
    name = path.name.casefold().removesuffix(".gz")
    if name.endswith(".jsonl"):
        return "json lines"
    if name.endswith(".csv") or not (name.endswith(".json") or text.lstrip()[:1] in ("{", "[")):
        return "csv"
    first, _, rest = text.strip().partition("\n")
    return "json lines" if rest and _is_object(first) else "json"


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def read_objects(path: Path, text: str) -> list[tuple[int, dict[str, Any]]]:
    """The objects of JSON lines, each with the number of its line, counted from 1; blank lines are left out.

    Raises:
        DataError: a line is not a JSON object; the message names the line.
    """
    objects = []
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            value = parse_json(line, str(path), number)
            if not isinstance(value, dict):
                raise DataError(f"{path}:{number}: not a JSON object; write one item a line")
            objects.append((number, value))
    return objects
