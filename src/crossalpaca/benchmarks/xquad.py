"""XQuAD (Artetxe et al. 2020): professional translations of a part of SQuAD, parallel by id."""

from __future__ import annotations

from collections.abc import Sequence

from crossalpaca.benchmarks.forms.rows import Table
from crossalpaca.errors import DataError

QUESTIONS, PASSAGES = 1190, 240


def check(tables: Sequence[Table]) -> None:
    """Refuses files of other counts. Passages count in SQuAD's JSON alone: other forms repeat them, not always alike.

    Raises:
        DataError: the counts are not the published ones.
    """
    for table in tables:
        questions, passages = len(table.rows), len({row.passage for row in table.rows})
        if questions != QUESTIONS or (table.type == "json" and passages != PASSAGES):
            raise DataError(
                f"{table.path}: {questions} questions on {passages} passages, XQuAD has {QUESTIONS} on {PASSAGES}; "
                "get the file again, or use the benchmark 'squad' for a file of your own"
            )
