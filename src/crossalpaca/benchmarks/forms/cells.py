"""The cells of a CSV, by position or by the names of its columns."""

from __future__ import annotations

import csv
import unicodedata
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from crossalpaca.errors import DataError


def read_cells(path: Path, text: str) -> list[list[str]]:
    """The rows of a CSV as they are, at least one; blank lines are left out.

    Raises:
        DataError: it is not CSV.
    """
    reader = csv.reader((line + "\n" for line in text.split("\n")), strict=True)
    try:
        rows = [row for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise DataError(f"{path}:{reader.line_num}: not CSV ({error}); mend the quotes") from None
    if not rows:
        raise DataError(f"{path}: holds no row; get the file again")
    return rows


def by_position(path: Path, rows: list[list[str]], columns: Sequence[str], widths: range) -> list[list[str]]:
    """The rows without the index columns that stand before the expected ones.

    Args:
        path: for messages.
        rows: from `read_cells`.
        columns: names of the columns that the form has.
        widths: how many columns most rows may have, once index columns are gone.

    Raises:
        DataError: most rows have another number of columns.
    """
    width = Counter(len(row) for row in rows).most_common(1)[0][0]
    while width > len(columns) and _is_index([row[0] for row in rows]):
        rows = [row[1:] or [""] for row in rows]
        width -= 1
    if width not in widths:
        raise DataError(f"{path}: rows of {width} columns, expected {len(columns)}: {', '.join(columns)}")
    return rows


def _is_index(cells: list[str]) -> bool:
    """Whether a column numbers the rows, as pandas writes it: unnamed, or whole numbers one after another."""
    if cells[0].strip().casefold().split(".")[0] in ("", "unnamed: 0", "index", "level_0"):
        return True
    if not all(cell.strip().isdecimal() and len(cell) < 9 for cell in cells[1:]):
        return False
    numbers = [int(cell) for cell in cells[1:]]
    return len(numbers) > 1 and numbers[0] in (0, 1, 2) and all(b - a == 1 for a, b in pairwise(numbers))


def by_name(path: Path, rows: list[list[str]]) -> list[dict[str, str]]:
    """The rows after the first as values by its names, which are stripped and in lower case.

    Raises:
        DataError: a row has another number of columns than the first; the message names it.
    """
    header = [name.strip().casefold() for name in rows[0]]
    for number, row in enumerate(rows[1:], start=1):
        if len(row) != len(header):
            raise DataError(f"{path}: row {number}: {len(row)} columns, the header has {len(header)}; mend the quotes")
    return [dict(zip(header, row, strict=True)) for row in rows[1:]]


def header_problem(header: Sequence[str], expected: Sequence[str]) -> str:
    """What is wrong with a header; empty where it is the expected one."""
    if [cell.strip() for cell in header] == list(expected):
        return ""
    return f"header reads {','.join(header)[:80]!r}, expected {','.join(expected)!r}"


def is_word(cell: str) -> bool:
    """Whether a cell may be the name of a column: one or two short words of letters, marks and digits."""
    words = cell.replace("_", " ").split()
    return 0 < len(words) <= 2 and len(cell) <= 24 and all(unicodedata.category(c)[0] in "LMN" for c in "".join(words))
