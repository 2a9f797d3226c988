"""Tab-separated values: a pair a line, without quoting; two columns, or any number under a header."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from crossalpaca.errors import DataError
from crossalpaca.sources.codes import find_code, looks_like_code
from crossalpaca.sources.forms.lines import read_columns
from crossalpaca.sources.pairs import PairBatch, Reading
from crossalpaca.sources.streams import plain_name


def read(path: Path, reading: Reading) -> Iterator[PairBatch]:
    """Pairs of the columns that the header names by language, or of two columns without a header, in `first`'s order.

    Raises:
        DataError: a line has another number of tabs than the first, or the columns cannot be told apart.
    """
    corpus = plain_name(path).removesuffix(".tsv")
    number = 1
    columns: tuple[int, int] = (0, 1)
    width = 2
    for lines in read_columns(path, reading):
        start = 0
        if number == 1:
            header = (lines[0] or "").split("\t")
            found = _named(header, path, reading)
            width, start = len(header), int(found is not None)
            columns = found or _unnamed(width, path, reading)
        rows = lines.slice(start)
        _check_tabs(rows, path, number + start, width)
        fields = rows.str.split_exact("\t", width - 1).struct
        english, other = (fields.field(f"field_{column}") for column in columns)
        yield reading.batch(corpus, number + start, english, other)
        number += len(lines)


def _named(header: list[str], path: Path, reading: Reading) -> tuple[int, int] | None:
    """Positions of English and x by a header's names; None where there is no header."""
    names = [find_code(header, language) for language in reading.languages]
    if names[0] is None or names[1] is None:
        if any(names) and all(looks_like_code(cell) for cell in header):  # else it is a pair such as Hi, Ciao
            raise DataError(
                f"{path}:1: header {str(header)[:80]} has no column for each of {reading.names}; name both columns"
            )
        return None
    return header.index(names[0]), header.index(names[1])


def _unnamed(width: int, path: Path, reading: Reading) -> tuple[int, int]:
    if width != 2:
        raise DataError(
            f"{path}:1: {width} columns and no header; write one that names {reading.names}, or keep two columns"
        )
    return (0, 1) if reading.first == "en" else (1, 0)


def _check_tabs(rows: pl.Series, path: Path, start: int, width: int) -> None:
    tabs = rows.str.count_matches("\t", literal=True)
    wrong = (tabs != width - 1).fill_null(False).arg_true()
    if len(wrong):
        at = wrong[0]
        raise DataError(
            f"{path}:{start + at}: {tabs[at] + 1} columns, expected {width}; take tabs out of the texts, mend the line"
        )
