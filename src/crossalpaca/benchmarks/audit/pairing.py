"""Which English row a row is the translation of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crossalpaca.benchmarks.forms.rows import Row, Table


@dataclass(frozen=True, slots=True)
class Pair:
    """A row and its English row; None where there is no English file, or no such row in it."""

    row: Row
    english: Row | None


def paired(table: Table, english: Table | None) -> list[Pair]:
    """The rows in order, each with its English row.

    By id where the form has ids, so that the order of rows does not matter. A row whose id is not among the English
    ones (a translated id) is paired by its number, if the files have equally many rows and no other row has that
    English row's id. Without ids, by number.
    """
    if english is None:
        return [Pair(row, None) for row in table.rows]
    if not has_ids(english.rows):
        return [Pair(row, _at(english.rows, row.number)) for row in table.rows]
    by_id: dict[str, Row] = {}
    for row in english.rows:
        by_id.setdefault(row.id, row)
    taken = {row.id for row in table.rows}
    same_length = len(table.rows) == len(english.rows)
    pairs = []
    for row in table.rows:
        other = by_id.get(row.id)
        if other is None and same_length:
            other = _at(english.rows, row.number)
            other = None if other is None or other.id in taken else other
        pairs.append(Pair(row, other))
    return pairs


def has_ids(rows: Sequence[Row]) -> bool:
    """Whether the form has ids."""
    return any(row.id for row in rows)


def _at(rows: Sequence[Row], number: int) -> Row | None:
    return rows[number - 1] if number <= len(rows) else None
