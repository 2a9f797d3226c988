"""Sentence pairs as tables: what every reader of bitext answers with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl

from crossalpaca.languages import Language
from crossalpaca.languages import language as known

BATCH = 50_000  # pairs; large enough for columnar work, small enough that a few of them are no memory
_SCHEMA = {"line": pl.UInt64(), "en": pl.String(), "x": pl.String()}


@dataclass(frozen=True, slots=True)
class PairBatch:
    """Sentence pairs of one corpus, as a table.

    Attributes:
        corpus: its name.
        pairs: columns `line` (UInt64, counted from 1: the line, row or unit of the file), `en` and `x` (String, without
            nulls), in the file's order.
    """

    corpus: str
    pairs: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Reading:
    """How bitext is read.

    Attributes:
        language: the language x.
        broken: what becomes of lines that are not UTF-8 text: an error, or left out with the other side's.
        first: which side comes first where neither names nor a header say.
        drops: told the reason and the place of every pair that is left out.
    """

    language: Language
    broken: Literal["error", "skip"]
    first: Literal["en", "x"]
    drops: Callable[[str, str], None]

    @property
    def languages(self) -> tuple[Language, Language]:
        """English and x."""
        return known("en"), self.language

    @property
    def names(self) -> str:
        """Both languages, for messages."""
        return f"English and {self.language.name} ({self.language.code})"

    def batch(self, corpus: str, start: int, english: pl.Series, other: pl.Series) -> PairBatch:
        """A batch of lines that follow one another from `start`; where a side is null, the pair is left out."""
        lines = pl.int_range(start, start + len(english), dtype=pl.UInt64, eager=True)
        pairs = pl.DataFrame([lines.alias("line"), english.alias("en"), other.alias("x")])
        if english.null_count() or other.null_count():
            whole = pl.col("en").is_not_null() & pl.col("x").is_not_null()
            for line in pairs.filter(~whole)["line"]:
                self.drops("not-utf8", f"{corpus}:{line}")
            pairs = pairs.filter(whole)
        return PairBatch(corpus, pairs)


def batched(corpus: str, rows: Iterator[tuple[int, str, str]]) -> Iterator[PairBatch]:
    """Batches of rows of line, English and x."""
    held: list[tuple[int, str, str]] = []
    for row in rows:
        held.append(row)
        if len(held) == BATCH:
            yield _table(corpus, held)
            held = []
    if held:
        yield _table(corpus, held)


def _table(corpus: str, rows: Sequence[tuple[int, str, str]]) -> PairBatch:
    columns = zip(*rows, strict=True)
    series = [
        pl.Series(name, values, dtype=kind) for (name, kind), values in zip(_SCHEMA.items(), columns, strict=True)
    ]
    return PairBatch(corpus, pl.DataFrame(series))
