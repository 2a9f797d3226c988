"""Extractive questions: SQuAD v1.1 JSON, the CSVs made of it (id, context, question, answers), and JSON lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from crossalpaca.benchmarks.forms import answers
from crossalpaca.benchmarks.forms.cells import by_name, by_position, header_problem, read_cells
from crossalpaca.benchmarks.forms.files import file_type, read_objects, read_text
from crossalpaca.benchmarks.forms.rows import Row, Table, named_by_id
from crossalpaca.benchmarks.forms.squad import squad_rows
from crossalpaca.errors import DataError
from crossalpaca.sources.files import parse_json

COLUMNS = ("id", "context", "question", "answers")

ReadCell = Callable[[str], answers.Read | str]


def read_published(path: Path, task: str) -> Table:
    """The questions of a published file, or of a CSV made of one, whose answers cell is a Python literal.

    Raises:
        DataError: it is in none of the forms, or holds no question.
    """
    return _read(path, task, answers.cell_answers)


def read_own(path: Path, task: str) -> Table:
    """The questions of a user's own file, whose answers may also be JSON, or texts without offsets.

    Raises:
        DataError: it is in none of the forms, or holds no question.
    """
    return _read(path, task, answers.own_cell_answers)


def _read(path: Path, task: str, read_cell: ReadCell) -> Table:
    text = read_text(path)
    type = file_type(path, text)
    header = ""
    if type == "json":
        rows = squad_rows(path, parse_json(text, str(path)))
    elif type == "json lines":
        rows = [
            _object_row(path, line, number, value)
            for number, (line, value) in enumerate(read_objects(path, text), start=1)
        ]
    else:
        rows, header = _cell_rows(path, text, read_cell)
    if not rows:
        raise DataError(f"{path}: holds no item; get the file again")
    return Table(path, type, task, tuple(named_by_id(rows)), header)


def _object_row(path: Path, line: int, number: int, value: dict[str, Any]) -> Row:
    context, question = value.get("context"), value.get("question")
    if not isinstance(context, str) or not isinstance(question, str) or "answers" not in value:
        raise DataError(f"{path}:{line}: has no texts 'context' and 'question' with 'answers'; name them so")
    id = value.get("id")
    row = Row("", number, id="" if id is None else str(id), passage=context, context=context, question=question)
    return _with_answers(row, answers.own_answers(value["answers"]))


def _with_answers(row: Row, read: answers.Read | str) -> Row:
    if isinstance(read, str):
        return replace(row, problem=read)
    golds, keys = read
    return replace(row, answers=golds, keys=keys, gold=golds[0].text if golds else "")


def _cell_rows(path: Path, text: str, read: ReadCell) -> tuple[list[Row], str]:
    cells = read_cells(path, text)
    names = [name.strip().casefold() for name in cells[0]]
    if set(COLUMNS) <= set(names) and tuple(names[-len(COLUMNS) :]) != COLUMNS:  # in another order
        picked = [[value[name] for name in COLUMNS] for value in by_name(path, cells)]
        return [_cell_row(row, number, read) for number, row in enumerate(picked, start=1)], ""
    width = len(COLUMNS)
    cells = by_position(path, cells, COLUMNS, range(width, width + 1))
    # A first row whose last cell reads as answers is an item, so the file has lost its header.
    if len(cells[0]) == width and not isinstance(answers.cell_answers(cells[0][3]), str):
        return [_cell_row(row, number, read) for number, row in enumerate(cells, start=1)], "has no header"
    rows = [_cell_row(row, number, read) for number, row in enumerate(cells[1:], start=1)]
    return rows, header_problem(cells[0], COLUMNS)


def _cell_row(cells: list[str], number: int, read: ReadCell) -> Row:
    row = Row("", number, id=cells[0])
    if len(cells) != len(COLUMNS):
        return replace(row, problem=f"{len(cells)} columns, expected {len(COLUMNS)}")
    return _with_answers(replace(row, passage=cells[1], context=cells[1], question=cells[2]), read(cells[3]))
