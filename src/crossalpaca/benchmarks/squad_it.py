"""SQuAD-it (Croce et al. 2018): SQuAD translated into Italian, half by machine; its test set."""

from __future__ import annotations

from collections.abc import Sequence

from crossalpaca.benchmarks.forms.rows import Table
from crossalpaca.errors import DataError

QUESTIONS = 7609


def check(tables: Sequence[Table]) -> None:
    """Refuses files of another count.

    Raises:
        DataError: the count is not that of the published test set.
    """
    for table in tables:
        if len(table.rows) != QUESTIONS:
            raise DataError(
                f"{table.path}: {len(table.rows)} questions, SQuAD-it's test set has {QUESTIONS}; "
                "get the file again, or use the benchmark 'squad' for a file of your own"
            )
