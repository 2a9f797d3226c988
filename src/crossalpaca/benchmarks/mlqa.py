"""MLQA (Lewis et al. 2020): extractive questions in seven languages, with context and question in any pair of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from crossalpaca.benchmarks.forms.rows import Table
from crossalpaca.errors import DataError

COUNTS: Mapping[str, Mapping[str, int]] = {
    "dev": {"en": 1148, "de": 512, "es": 500, "ar": 517, "zh": 504, "vi": 511, "hi": 507},
    "test": {"en": 11590, "de": 4517, "es": 5253, "ar": 5335, "zh": 5137, "vi": 5495, "hi": 4918},
}
"""Questions by split and language, as MLQA's README gives them; but the Spanish test set has 5253, not its 5254."""

_NAME = re.compile(r"(dev|test)-context-([a-z]{2})-question-([a-z]{2})\.")


def check(tables: Sequence[Table]) -> None:
    """Refuses files of other counts than their official names say.

    Every question exists in English, so that a language paired with English has all of its own; for pairs of two other
    languages no counts are published with the data, and none are asked.

    Raises:
        DataError: a count is not the published one.
    """
    for table in tables:
        expected = _expected(table.name)
        if expected is not None and len(table.rows) != expected:
            raise DataError(
                f"{table.path}: {len(table.rows)} questions, MLQA has {expected} in this file; "
                "get the file again, or use the benchmark 'squad' for a file of your own"
            )


def _expected(name: str) -> int | None:
    found = _NAME.match(name)
    if found is None:
        return None
    split, *pair = found.groups()
    languages = set(pair) - {"en"} or {"en"}
    return COUNTS[split].get(languages.pop()) if len(languages) == 1 else None
