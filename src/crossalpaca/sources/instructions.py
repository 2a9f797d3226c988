"""Reader of instruction sets in Alpaca form: a JSON list, or JSON lines, of instruction, input and output."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from crossalpaca.errors import DataError
from crossalpaca.records import Demonstration
from crossalpaca.sources.files import parse_json, read_json, read_lines

_FIELDS = ("instruction", "input", "output")


def read_instructions(path: Path, language: str) -> Iterator[Demonstration]:
    """Instruction demonstrations of a file, in its order, with ids `NAME:ROW`, the row counted from 1.

    Raises:
        DataError: the file is not in Alpaca form; the message names the row.
    """
    name = path.name.removesuffix(".gz")
    rows = _read_rows(path, name)
    for number, row in enumerate(rows, start=1):
        values = [row.get(field, "") for field in _FIELDS] if isinstance(row, dict) else []
        if not values or "instruction" not in row or not all(isinstance(value, str) for value in values):
            raise DataError(f"{path}: row {number} is not in Alpaca form: it needs {', '.join(_FIELDS)} as texts")
        yield Demonstration(f"{name}:{number}", "instruction", values[0], values[1], values[2], language, None, name)


def _read_rows(path: Path, name: str) -> Iterator[Any]:
    if name.endswith(".jsonl"):
        for number, line in enumerate(read_lines(path), start=1):
            yield parse_json(line, str(path), number)
        return
    rows = read_json(path)
    if not isinstance(rows, list):
        raise DataError(f"{path}: is not a JSON list of demonstrations")
    yield from rows
