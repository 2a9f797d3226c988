"""Rows of a benchmark file, whatever its form: official JSON and CSV, and the CSVs that translators make of them."""

from __future__ import annotations

import csv
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from crossalpaca.errors import DataError
from crossalpaca.sources.files import read_lines

MAX_CHARACTERS = 400_000_000  # of a file, unpacked; the largest benchmark file has 4 million


@dataclass(frozen=True, slots=True)
class Answer:
    """A gold answer: its text, and where it begins in the context, in code points."""

    text: str
    start: int


@dataclass(frozen=True, slots=True)
class Row:
    """One item as the file has it.

    Attributes:
        name: what findings call it: the reader's id of the item, or `row NUMBER`.
        number: counted from 1, without the header.
        id: as in the file; empty where the form has none.
        context: the passage; empty where the form has none.
        question: the question, or BIG-Bench Hard's input.
        options: the options of a four-choice question.
        gold: the key, or BIG-Bench Hard's target; of extractive questions the first answer.
        answers: gold answers of an extractive question.
        keys: the keys that the answers were found under.
        problem: why the row does not read; empty where it does. Such a row has only a name, a number and an id.
    """

    name: str
    number: int
    id: str = ""
    context: str = ""
    question: str = ""
    options: tuple[str, ...] = ()
    gold: str = ""
    answers: tuple[Answer, ...] = ()
    keys: tuple[str, ...] = ()
    problem: str = ""

    @property
    def texts(self) -> tuple[str, ...]:
        """Every text of the row."""
        return (self.context, self.question, *self.options, self.gold, *(answer.text for answer in self.answers[1:]))


@dataclass(frozen=True, slots=True)
class Table:
    """A file's rows.

    Attributes:
        path: the file.
        task: subject or task; empty where the benchmark has none.
        rows: in the file's order.
        header: what is wrong with the names of its columns; empty where nothing is.
    """

    path: Path
    task: str
    rows: tuple[Row, ...]
    header: str

    @property
    def name(self) -> str:
        """What findings about the whole file call it."""
        return self.path.name


def read_text(path: Path) -> str:
    """A UTF-8 text file, plain or gzipped, whole.

    Raises:
        DataError: it is missing, not text, a broken gzip stream, a web page, empty, or too large to be a benchmark.
    """
    if not path.is_file():
        raise DataError(f"{path}: {'is a folder, not a file' if path.is_dir() else 'is not there'}; mend the path")
    lines: list[str] = []
    size = 0
    for line in read_lines(path):
        lines.append(line)
        size += len(line)
        if size > MAX_CHARACTERS:
            raise DataError(f"{path}: more than {MAX_CHARACTERS:,} characters; this is no benchmark file")
    text = "\n".join(lines)
    start = text[:500].lstrip().casefold()
    if not start:
        raise DataError(f"{path}: is empty; get the file again")
    if start.startswith(("<!doctype", "<html", "<head", "<?xml")):
        raise DataError(f"{path}: is a web page; download the raw file")
    return text


def is_json(path: Path, text: str) -> bool:
    """Whether a file is JSON: by its name, or else by how it begins."""
    name = path.name.casefold().removesuffix(".gz")
    return name.endswith(".json") or (not name.endswith(".csv") and text.lstrip()[:1] in ("{", "["))


def read_cells(path: Path, text: str, columns: Sequence[str], widths: range) -> list[list[str]]:
    """The rows of a CSV, by position: index columns before the expected ones are dropped, blank lines left out.

    Args:
        path: for messages.
        text: the CSV.
        columns: names of the columns that the form has.
        widths: how many columns most rows may have, once index columns are gone.

    Raises:
        DataError: it is not CSV, or most rows have another number of columns.
    """
    reader = csv.reader((line + "\n" for line in text.split("\n")), strict=True)
    try:
        rows = [row for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise DataError(f"{path}:{reader.line_num}: not CSV ({error}); mend the quotes") from None
    if not rows:
        raise DataError(f"{path}: holds no row; get the file again")
    width = _width(rows)
    while width > len(columns) and _is_index([row[0] for row in rows]):
        rows = [row[1:] for row in rows]
        width -= 1
    if width not in widths:
        raise DataError(f"{path}: rows of {width} columns, expected {len(columns)}: {', '.join(columns)}")
    return rows


def _width(rows: list[list[str]]) -> int:
    return Counter(len(row) for row in rows).most_common(1)[0][0]


def _is_index(cells: list[str]) -> bool:
    """Whether a column numbers the rows, as pandas writes it: unnamed, or whole numbers one after another."""
    if cells[0].strip().casefold().split(".")[0] in ("", "unnamed: 0", "index", "level_0"):
        return True
    if not all(cell.strip().isdecimal() and len(cell) < 9 for cell in cells[1:]):
        return False
    numbers = [int(cell) for cell in cells[1:]]
    return len(numbers) > 1 and numbers[0] in (0, 1, 2) and all(b - a == 1 for a, b in pairwise(numbers))


def header_problem(header: Sequence[str], expected: Sequence[str]) -> str:
    """What is wrong with a header; empty where it is the expected one."""
    if [cell.strip() for cell in header] == list(expected):
        return ""
    return f"header reads {','.join(header)[:80]!r}, expected {','.join(expected)!r}"


def is_word(cell: str) -> bool:
    """Whether a cell may be the name of a column: one or two short words of letters, marks and digits."""
    words = cell.replace("_", " ").split()
    return 0 < len(words) <= 2 and len(cell) <= 24 and all(unicodedata.category(c)[0] in "LMN" for c in "".join(words))
