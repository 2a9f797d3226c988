"""Reasoning tasks of an input and a target: BIG-Bench Hard's JSON, the CSVs made of it, and JSON lines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from crossalpaca.benchmarks.forms.cells import by_position, header_problem, is_word, read_cells
from crossalpaca.benchmarks.forms.files import file_type, read_objects, read_text
from crossalpaca.benchmarks.forms.rows import Row, Table
from crossalpaca.errors import DataError
from crossalpaca.sources.files import parse_json

COLUMNS = ("input", "target")


def read(path: Path, task: str) -> Table:
    """The items of a file, all of one task.

    Raises:
        DataError: it is in none of the forms, or holds no item.
    """
    text = read_text(path)
    type = file_type(path, text)
    if type == "json":
        rows, header = _document_rows(path, parse_json(text, str(path)), task)
    elif type == "json lines":
        rows, header = _object_rows([value for _, value in read_objects(path, text)], task)
    else:
        rows, header = _cell_rows(path, text, task)
    if not rows:
        raise DataError(f"{path}: holds no item; get the file again")
    return Table(path, type, task, tuple(rows), header)


def _cell_rows(path: Path, text: str, task: str) -> tuple[list[Row], str]:
    cells = by_position(path, read_cells(path, text), COLUMNS, range(2, 3))
    header = "has no header"
    if len(cells[0]) == 2 and all(is_word(cell) for cell in cells[0]):
        header = header_problem(cells[0], COLUMNS)
        cells = cells[1:]
    rows = []
    for number, row in enumerate(cells, start=1):
        name = f"{task}:{number}"
        if len(row) == 2:
            rows.append(Row(name, number, task=task, passage=name, question=row[0], gold=row[1]))
        else:
            rows.append(Row(name, number, task=task, passage=name, problem=f"{len(row)} columns, expected 2"))
    return rows, header


def _document_rows(path: Path, document: Any, task: str) -> tuple[list[Row], str]:
    items = document.get("examples") if isinstance(document, dict) else None
    if not isinstance(items, list):
        raise DataError(f"{path}: not in BIG-Bench Hard's form: no list under 'examples'")
    return _object_rows(items, task)


def _object_rows(items: list[Any], task: str) -> tuple[list[Row], str]:
    """Rows of objects; keys of other names are read by position where there are two, and the first such are named."""
    rows, header = [], ""
    for number, item in enumerate(items, start=1):
        name = f"{task}:{number}"
        values = list(item.values()) if isinstance(item, dict) and len(item) == 2 else []
        if isinstance(item, dict) and set(COLUMNS) <= set(item):
            values = [item[key] for key in COLUMNS]
        elif values:
            header = header or header_problem(list(item), COLUMNS)
        if values and all(isinstance(value, str) for value in values):
            rows.append(Row(name, number, task=task, passage=name, question=values[0], gold=values[1]))
        else:
            rows.append(Row(name, number, task=task, passage=name, problem="has no texts 'input' and 'target'"))
    return rows, header
