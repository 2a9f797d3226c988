"""Four-choice questions: MMLU's headerless CSV, CSVs with a header, and JSON lines.

Known headers, in any order and case, whatever other columns there are: question, A, B, C, D, answer and Subject, as in
MMMLU (dataset openai/MMMLU); and question, option_a, option_b, option_c, option_d, answer, subject and sample_id, as in
Global-MMLU (dataset CohereLabs/Global-MMLU, by its card). In JSON lines the options may also be a list `choices`, and
the answer an index into it, counted from 0, as in the dataset cais/mmlu.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from crossalpaca.benchmarks.forms.cells import by_name, by_position, is_word, read_cells
from crossalpaca.benchmarks.forms.files import file_type, read_objects, read_text
from crossalpaca.benchmarks.forms.rows import Row, Table, named_by_id
from crossalpaca.errors import DataError

COLUMNS = ("question", "A", "B", "C", "D", "key")
LETTERS = ("A", "B", "C", "D")
MOST = 26  # options: there are no more letters
_OPTIONS = (("a", "b", "c", "d"), ("option_a", "option_b", "option_c", "option_d"))


def read(path: Path, task: str) -> Table:
    """The questions of a file; those whose row names no subject are of `task`.

    Raises:
        DataError: it is in none of the forms, or holds no question.
    """
    text = read_text(path)
    type = file_type(path, text)
    header = ""
    if type == "json":
        raise DataError(f"{path}: is JSON; MMLU is read from CSV ({', '.join(COLUMNS)}) or from JSON lines")
    if type == "json lines":
        rows = _named(_value_row(_folded(value), f"{path}:{line}", task) for line, value in read_objects(path, text))
    else:
        cells = read_cells(path, text)
        columns = {name.strip().casefold() for name in cells[0]}
        if {"question", "answer"} <= columns and any(columns >= set(options) for options in _OPTIONS):
            values = enumerate(by_name(path, cells), start=1)
            rows = _named(_value_row(value, f"{path}: row {number}", task) for number, value in values)
        else:
            rows, header = _cell_rows(path, cells, task)
    if not rows:
        raise DataError(f"{path}: holds no item; get the file again")
    return Table(path, type, task, tuple(rows), header)


def _cell_rows(path: Path, cells: list[list[str]], task: str) -> tuple[list[Row], str]:
    cells = by_position(path, cells, COLUMNS, range(4, 9))
    header = ""
    if _is_header(cells):
        header = f"has a header {','.join(cells[0])[:60]!r}, the original has none"
        cells = cells[1:]
    rows = [
        _row(Row("", number, task=task), row[0], row[1:-1], row[-1] if row[1:] else "")
        for number, row in enumerate(cells, start=1)
    ]
    return _named(rows), header


def _row(row: Row, question: str, options: Sequence[str], gold: str) -> Row:
    """The row with its texts; options beyond the letters cannot be asked for, so that none is kept."""
    if len(options) > MOST:
        return replace(row, question=question, problem=f"{len(options)} options, and {MOST} letters to name them")
    return replace(row, question=question, options=tuple(options), gold=gold)


def _is_header(cells: list[list[str]]) -> bool:
    """Options called A to D, or a word in place of the key while most other rows have a key."""
    if tuple(cell.strip() for cell in cells[0][1:-1]) == LETTERS and cells[0][-1].strip() not in LETTERS:
        return True
    keys = sum(row[-1].strip() in LETTERS for row in cells[1:])
    first = cells[0]
    return 2 * keys > len(cells[1:]) and len(first[-1].strip()) > 1 and all(is_word(cell) for cell in first)


def _folded(value: Mapping[str, Any]) -> dict[str, Any]:
    return {name.casefold(): each for name, each in value.items()}


def _value_row(value: Mapping[str, Any], where: str, task: str) -> Row:
    """A row of values by name; it has no number and name yet.

    Raises:
        DataError: question, options or answer are missing, or no texts.
    """
    options = value.get("choices")
    if options is None:
        names = next((names for names in _OPTIONS if names[0] in value), _OPTIONS[0])
        options = [value.get(name) for name in names]
    answer = value.get("answer")
    if isinstance(answer, int) and not isinstance(answer, bool) and 0 <= answer < len(LETTERS):
        answer = LETTERS[answer]
    texts = [value.get("question"), answer, *(options if isinstance(options, list) else [None])]
    if not all(isinstance(text, str) for text in texts):
        raise DataError(
            f"{where}: needs texts 'question' and options ('choices', or 'A' to 'D'), and 'answer', "
            "a letter or an index from 0 to 3"
        )
    # Some of MMMLU's languages call their subjects after the file: anatomy_test.csv_sw-KE.csv.
    subject = str(value.get("subject") or "").strip().partition("_test.csv")[0]
    id = str(value.get("sample_id") or "")
    return _row(Row("", 0, id=id, task=subject or task), texts[0], texts[2:], texts[1])


def _named(rows: Iterable[Row]) -> list[Row]:
    """Rows called by their ids, or by subject and number within it, as the original files count them."""
    counted: Counter[str] = Counter()
    named = []
    for number, row in enumerate(rows, start=1):
        counted[row.task] += 1
        name = f"{row.task}:{counted[row.task]}"
        named.append(replace(row, name=name, number=number, passage=name))
    return named_by_id(named) if any(row.id for row in named) else named
