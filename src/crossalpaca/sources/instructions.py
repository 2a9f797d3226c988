"""Reader of instruction sets in Alpaca form: a JSON list, JSON lines or Parquet of instruction, input and output."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from crossalpaca.errors import DataError
from crossalpaca.records import Demonstration
from crossalpaca.sources.files import beginning, parse_json, read_json, read_lines
from crossalpaca.sources.streams import plain_name

_FIELDS = ("instruction", "input", "output")


def read_instructions(path: Path, language: str) -> Iterator[Demonstration]:
    """Instruction demonstrations of a file, in its order, with ids `NAME:ROW`, the row counted from 1.

    JSON and JSON lines may be compressed (.gz, .xz, .zst).

    Raises:
        DataError: the file is not in Alpaca form; the message names the row.
    """
    name = plain_name(path)
    for number, row in enumerate(_read_rows(path, name), start=1):
        values = [row.get(field, "") for field in _FIELDS] if isinstance(row, dict) else []
        if not values or "instruction" not in row or not all(isinstance(value, str) for value in values):
            raise DataError(f"{path}: row {number} is not in Alpaca form: it needs {', '.join(_FIELDS)} as texts")
        yield Demonstration(f"{name}:{number}", "instruction", values[0], values[1], values[2], language, None, name)


def _read_rows(path: Path, name: str) -> Iterator[Any]:
    if name.endswith((".jsonl", ".ndjson")):
        for number, line in enumerate(read_lines(path), start=1):
            yield parse_json(line, str(path), number)
        return
    if path.suffix == ".parquet":
        yield from _parquet_rows(path)
        return
    rows = read_json(path)
    if not isinstance(rows, list):
        raise DataError(f"{path}: is not a JSON list of demonstrations")
    yield from rows


def _parquet_rows(path: Path) -> Iterator[dict[str, Any]]:
    from crossalpaca.sources.forms.parquet import scan  # polars is not needed for the other forms

    def fields(columns: Collection[str]) -> list[str]:
        if "instruction" not in columns:
            raise DataError(
                f"{path}: is not in Alpaca form: it has no column 'instruction' but {beginning(', '.join(columns))}"
            )
        return [field for field in _FIELDS if field in columns]

    for table in scan(path, fields):
        yield from table.iter_rows(named=True)
