"""Parquet: a column for each language, or a struct `translation` with a field for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import polars as pl

from crossalpaca.errors import DataError
from crossalpaca.sources.codes import find_code
from crossalpaca.sources.files import beginning, require_file
from crossalpaca.sources.pairs import BATCH, PairBatch, Reading

_TROUBLE = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError)


def read(path: Path, reading: Reading) -> Iterator[PairBatch]:
    """Pairs of a file, a few row groups in memory at a time.

    Raises:
        DataError: it is not Parquet or damaged, has no column of texts for a language, or a row without one.
    """
    start = 1
    for table in scan(path, lambda schema: _texts(schema, path, reading)):
        for name in ("en", "x"):
            if table[name].null_count():
                row = start + table[name].is_null().arg_true()[0]
                raise DataError(f"{path}: row {row} has no text for {reading.names}; leave the row out of the file")
        yield reading.batch(path.stem, start, table["en"], table["x"])
        start += len(table)


def scan(path: Path, choose: Callable[[pl.Schema], Sequence[str | pl.Expr]]) -> Iterator[pl.DataFrame]:
    """The chosen columns of a file, in batches.

    Raises:
        DataError: it is not there, not Parquet, or damaged.
    """
    require_file(path)
    try:
        file = pl.scan_parquet(path, glob=False)
        columns = choose(file.collect_schema())
        yield from file.select(columns).collect_batches(chunk_size=BATCH, maintain_order=True)
    except _TROUBLE as error:
        reason = str(error).strip().partition("\n")[0][:120]
        raise DataError(f"{path}: not Parquet that can be read ({reason}); get the file again") from None


def _texts(schema: pl.Schema, path: Path, reading: Reading) -> list[pl.Expr]:
    """The English and the other text, as columns `en` and `x`."""
    nested = schema.get("translation")
    kinds = {each.name: each.dtype for each in nested.fields} if isinstance(nested, pl.Struct) else dict(schema)
    texts = [name for name, kind in kinds.items() if kind == pl.String]
    english, other = (find_code(texts, language) for language in reading.languages)
    if english is None or other is None:
        raise DataError(f"{path}: no column of texts for each of {reading.names}; it has {beginning(', '.join(kinds))}")
    if isinstance(nested, pl.Struct):
        fields = pl.col("translation").struct
        return [fields.field(english).alias("en"), fields.field(other).alias("x")]
    return [pl.col(english).alias("en"), pl.col(other).alias("x")]
