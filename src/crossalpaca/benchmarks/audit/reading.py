"""Reading each benchmark's forms into tables, row by row, so that one bad row hides no other."""

from __future__ import annotations

import ast
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from crossalpaca.benchmarks.audit.tables import (
    Answer,
    Row,
    Table,
    header_problem,
    is_json,
    is_word,
    read_cells,
    read_text,
)
from crossalpaca.errors import DataError
from crossalpaca.sources.files import parse_json

EXTRACTIVE_COLUMNS = ("id", "context", "question", "answers")
CHOICE_COLUMNS = ("question", "A", "B", "C", "D", "key")
REASONING_COLUMNS = ("input", "target")
ANSWER_KEYS = ("text", "answer_start")
LETTERS = ("A", "B", "C", "D")
MAX_CELL = 20_000  # characters of an answers cell; the longest published one has 500


def read_table(path: Path, benchmark: str, task: str) -> Table:
    """The rows of one file.

    Args:
        path: plain or gzipped.
        benchmark: xquad, mlqa, mmlu or bbh.
        task: subject or task; empty for xquad and mlqa.

    Raises:
        DataError: it is not a file of that benchmark in any form.
    """
    text = read_text(path)
    json = parse_json(text, str(path)) if is_json(path, text) else None
    if benchmark == "mmlu":
        if json is not None:
            raise DataError(f"{path}: is JSON; MMLU is read from CSV: {', '.join(CHOICE_COLUMNS)}")
        rows, header = _choice_rows(path, text, task)
    elif benchmark == "bbh":
        rows, header = _reasoning_json(path, json, task) if json is not None else _reasoning_rows(path, text, task)
    else:
        rows, header = (_squad(path, json), "") if json is not None else _extractive_rows(path, text)
        rows = _named_by_id(rows)
    if not rows:
        raise DataError(f"{path}: holds no item; get the file again")
    return Table(path, task, tuple(rows), header)


# Extractive questions


def _named_by_id(rows: list[Row]) -> list[Row]:
    """Rows called by their id where it is theirs alone, else by their number."""
    uses = Counter(row.id for row in rows)
    return [replace(row, name=row.id if row.id.strip() and uses[row.id] == 1 else f"row {row.number}") for row in rows]


def _extractive_rows(path: Path, text: str) -> tuple[list[Row], str]:
    width = len(EXTRACTIVE_COLUMNS)
    cells = read_cells(path, text, EXTRACTIVE_COLUMNS, range(width, width + 1))
    # A first row whose last cell reads as answers is an item, so the file has lost its header.
    if len(cells[0]) == width and not isinstance(_cell_answers(cells[0][3]), str):
        return [_extractive_row(row, number) for number, row in enumerate(cells, start=1)], "has no header"
    header = header_problem(cells[0], EXTRACTIVE_COLUMNS)
    return [_extractive_row(row, number) for number, row in enumerate(cells[1:], start=1)], header


def _extractive_row(cells: list[str], number: int) -> Row:
    row = Row("", number, id=cells[0])
    if len(cells) != len(EXTRACTIVE_COLUMNS):
        return replace(row, problem=f"{len(cells)} columns, expected {len(EXTRACTIVE_COLUMNS)}")
    answers = _cell_answers(cells[3])
    if isinstance(answers, str):
        return replace(row, context=cells[1], question=cells[2], problem=answers)
    return replace(
        row, context=cells[1], question=cells[2], answers=answers[0], keys=answers[1], gold=_first(answers[0])
    )


def _first(answers: tuple[Answer, ...]) -> str:
    return answers[0].text if answers else ""


def _cell_answers(cell: str) -> tuple[tuple[Answer, ...], tuple[str, ...]] | str:
    """Answers and their keys from a cell that holds a Python literal, or why it does not read.

    The first value is the text and the second the offset, whatever their keys; of lists, element by element.
    """
    if len(cell) > MAX_CELL:
        return f"answers cell of {len(cell)} characters"
    try:
        with warnings.catch_warnings(action="ignore"):  # of the compiler, about escapes such as \d
            value = ast.literal_eval(cell.strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError) as error:
        return f"answers cell does not read: {type(error).__name__} in {cell[:60]!r}"
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(each, dict) and len(each) >= 2 for each in values):
        return f"answers cell is no dictionary of text and offset: {cell[:60]!r}"
    answers: list[Answer] = []
    for each in values:
        text, start = list(each.values())[:2]
        texts, starts = (text, start) if isinstance(text, list | tuple) else ([text], [start])
        if not isinstance(starts, list | tuple) or len(texts) != len(starts):
            return f"not as many texts as offsets: {cell[:60]!r}"
        for pair in zip(texts, starts, strict=True):
            if (answer := _answer(*pair)) is None:
                return f"an answer is not a text and a whole number: {cell[:60]!r}"
            answers.append(answer)
    keys = tuple(str(key) for each in values[:1] for key in list(each)[:2])
    return tuple(answers), keys or ANSWER_KEYS


def _answer(text: object, start: object) -> Answer | None:
    if not isinstance(text, str) or not isinstance(start, int) or isinstance(start, bool):
        return None
    return Answer(text, start) if text.isascii() or not any("\ud800" <= c <= "\udfff" for c in text) else None


def _squad(path: Path, document: Any) -> list[Row]:
    """The questions of a file in SQuAD v1.1 form."""
    if not isinstance(document, dict) or not isinstance(document.get("data"), list):
        keys = ", ".join(document)[:80] if isinstance(document, dict) else type(document).__name__
        raise DataError(f"{path}: not in SQuAD v1.1 form: no list under 'data' (found: {keys})")
    rows: list[Row] = []
    for number, paragraph in enumerate(_paragraphs(path, document["data"]), start=1):
        context, questions = paragraph.get("context"), paragraph.get("qas")
        if not isinstance(context, str) or not isinstance(questions, list):
            raise DataError(f"{path}: paragraph {number}: not in SQuAD v1.1 form: has no 'context' and 'qas'")
        for question in questions:
            rows.append(_squad_row(question, context, len(rows) + 1))
    return rows


def _paragraphs(path: Path, data: list[Any]) -> Iterator[dict[str, Any]]:
    for number, article in enumerate(data, start=1):
        paragraphs = article.get("paragraphs") if isinstance(article, dict) else None
        if not isinstance(paragraphs, list) or not all(isinstance(each, dict) for each in paragraphs):
            raise DataError(f"{path}: article {number}: not in SQuAD v1.1 form: has no list of 'paragraphs'")
        yield from paragraphs


def _squad_row(question: Any, context: str, number: int) -> Row:
    if not isinstance(question, dict):
        return Row("", number, problem="the question is no object")
    id = question.get("id")
    row = Row("", number, id="" if id is None else str(id), context=context)
    asked, answers = question.get("question"), question.get("answers")
    if not isinstance(asked, str) or not isinstance(answers, list):
        return replace(row, problem="has no 'question' and list of 'answers'")
    read: list[Answer] = []
    for each in answers:
        answer = _answer(each.get("text"), each.get("answer_start")) if isinstance(each, dict) else None
        if answer is None:
            return replace(row, question=asked, problem="an answer has no 'text' and whole number 'answer_start'")
        read.append(answer)
    return replace(row, question=asked, answers=tuple(read), gold=_first(tuple(read)), keys=ANSWER_KEYS)


# Multiple choice


def _choice_rows(path: Path, text: str, task: str) -> tuple[list[Row], str]:
    cells = read_cells(path, text, CHOICE_COLUMNS, range(4, 9))
    header = ""
    if _is_choice_header(cells):
        header = f"has a header {','.join(cells[0])[:60]!r}, the original has none"
        cells = cells[1:]
    return [
        Row(f"{task}:{number}", number, question=row[0], options=tuple(row[1:-1]), gold=row[-1] if row[1:] else "")
        for number, row in enumerate(cells, start=1)
    ], header


def _is_choice_header(cells: list[list[str]]) -> bool:
    """Options called A to D, or a word in place of the key while most other rows have a key."""
    if tuple(cell.strip() for cell in cells[0][1:-1]) == LETTERS and cells[0][-1].strip() not in LETTERS:
        return True
    keys = sum(row[-1].strip() in LETTERS for row in cells[1:])
    first = cells[0]
    return 2 * keys > len(cells[1:]) and len(first[-1].strip()) > 1 and all(is_word(cell) for cell in first)


# Reasoning tasks


def _reasoning_rows(path: Path, text: str, task: str) -> tuple[list[Row], str]:
    cells = read_cells(path, text, REASONING_COLUMNS, range(2, 3))
    header = "has no header"
    if len(cells[0]) == 2 and all(is_word(cell) for cell in cells[0]):
        header = header_problem(cells[0], REASONING_COLUMNS)
        cells = cells[1:]
    rows = []
    for number, row in enumerate(cells, start=1):
        name = f"{task}:{number}"
        if len(row) == 2:
            rows.append(Row(name, number, question=row[0], gold=row[1]))
        else:
            rows.append(Row(name, number, problem=f"{len(row)} columns, expected 2"))
    return rows, header


def _reasoning_json(path: Path, document: Any, task: str) -> tuple[list[Row], str]:
    items = document.get("examples") if isinstance(document, dict) else None
    if not isinstance(items, list):
        raise DataError(f"{path}: not in BIG-Bench Hard's form: no list under 'examples'")
    rows, header = [], ""
    for number, item in enumerate(items, start=1):
        name = f"{task}:{number}"
        values = list(item.values()) if isinstance(item, dict) and len(item) == 2 else []
        if isinstance(item, dict) and set(REASONING_COLUMNS) <= set(item):
            values = [item[key] for key in REASONING_COLUMNS]
        elif values:
            header = header_problem(list(item), REASONING_COLUMNS)
        if values and all(isinstance(value, str) for value in values):
            rows.append(Row(name, number, question=values[0], gold=values[1]))
        else:
            rows.append(Row(name, number, problem="has no texts 'input' and 'target'"))
    return rows, header
