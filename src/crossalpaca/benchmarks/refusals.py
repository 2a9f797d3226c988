"""What no benchmark can be made of; everything less is for the audit to say, item by item."""

from __future__ import annotations

from collections.abc import Sequence

from crossalpaca.benchmarks.forms.rows import Table
from crossalpaca.errors import DataError
from crossalpaca.sources.files import beginning


def check_askable(tables: Sequence[Table]) -> None:
    """Refuses JSON with other keys, and items without a question.

    Translators change the header of a CSV, which is then read by position; keys of JSON have no position.

    Raises:
        DataError: there is no file, or one is not as it should be; the message names file and item.
    """
    if not tables:
        raise DataError("no file of the benchmark; name at least one")
    for table in tables:
        if table.header and table.type != "csv":
            raise DataError(f"{table.path}: {table.header}; restore the original keys")
        for row in table.rows:
            if not row.question.strip():
                wrong = row.problem or "has no question"
                raise DataError(
                    f"{table.path}: item {beginning(row.name)}: {wrong}; mend the item or get the file again"
                )


def check_ids(tables: Sequence[Table]) -> None:
    """Refuses two items of one id; where a file has an id twice, its reader has called both by their numbers.

    Raises:
        DataError: there are such items; the message names the id and both files.
    """
    seen: dict[str, Table] = {}
    for table in tables:
        for row in table.rows:
            if row.name in seen:
                raise DataError(
                    f"{table.path}: item {row.name!r} has the id of another in {seen[row.name].path}; "
                    "give each item an id of its own, or leave one of the files out"
                )
            seen[row.name] = table


def check_golds(tables: Sequence[Table], english: Sequence[Table], same_tasks: bool) -> None:
    """Refuses English originals whose rows are not those of the files.

    Args:
        tables: the files.
        english: their English originals, in the same order.
        same_tasks: tasks are known by name, so they must agree; own files may be called as one likes.

    Raises:
        DataError: their numbers, or those of their rows, or tasks or ids differ.
    """
    if len(tables) != len(english):
        raise DataError(f"{len(english)} files of golds for {len(tables)} files; name one for each file, in order")
    for table, original in zip(tables, english, strict=True):
        where = f"{original.path}: cannot give golds by row to {table.name}"
        if len(original.rows) != len(table.rows):
            raise DataError(f"{where}: {len(original.rows)} rows for {len(table.rows)}; name its English original")
        for row, other in zip(table.rows, original.rows, strict=True):
            if same_tasks and row.task != other.task:
                raise DataError(
                    f"{where}: row {row.number} is of {other.task}, not of {row.task}; "
                    "name the golds in the order of the files"
                )
            if row.id and other.id and row.id != other.id:
                raise DataError(f"{where}: row {row.number} has the id {other.id!r}, not {row.id!r}; sort them alike")
