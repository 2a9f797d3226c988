"""Parquet: a column for each language, or a struct `translation` with a field for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import polars as pl

from crossalpaca.errors import DataError
from crossalpaca.sources.codes import find_code
from crossalpaca.sources.files import beginning, require_file
from crossalpaca.sources.forms.lines import LONGEST
from crossalpaca.sources.forms.parquet_pages import BrokenPages, unpacked_size
from crossalpaca.sources.pairs import BATCH, PairBatch, Reading
from crossalpaca.sources.streams import FREE

MAX_RATIO = 50  # text packs to a third or a twentieth, and what is unpacked stays in memory for a while
_MOST_TEXT = 64 << 20  # bytes of a batch
_TROUBLE = (pl.exceptions.PolarsError, pl.exceptions.PanicException, BrokenPages, OSError)


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
    """The chosen columns of a file, in batches of some 64 MiB of text at most.

    Raises:
        DataError: it is not there, not Parquet, or damaged; it would take far more memory than text does.
    """
    require_file(path)
    size = path.stat().st_size
    read = 0
    try:
        unpacked_size(path, ())  # its footer is whole, before polars trusts it
        file = pl.scan_parquet(path, glob=False)
        columns = choose(file.collect_schema())
        _refuse_beyond(unpacked_size(path, _roots(columns)), size, path)
        for table in file.select(columns).collect_batches(chunk_size=BATCH, maintain_order=True):
            lengths = _lengths(table)
            read += int(lengths.sum())
            _refuse_beyond(read, size, path)
            yield from _cut(table, lengths, path)
    except _TROUBLE as error:
        reason = str(error).strip().partition("\n")[0][:120]
        raise DataError(f"{path}: not Parquet that can be read ({reason}); get the file again") from None


def _roots(columns: Sequence[str | pl.Expr]) -> set[str]:
    """Names of the columns in the file that some columns are made of."""
    return {name for each in columns for name in ([each] if isinstance(each, str) else each.meta.root_names())}


def _refuse_beyond(unpacked: int, packed: int, path: Path) -> None:
    if unpacked > FREE and unpacked > MAX_RATIO * packed:
        raise DataError(
            f"{path}: may take {unpacked:,} bytes of memory, over {MAX_RATIO} times its size, so it is no text; "
            "if it is, give it as JSON lines"
        )


def _lengths(table: pl.DataFrame) -> pl.Series:
    """Bytes of text of each row."""
    texts = [pl.col(name).str.len_bytes().cast(pl.Int64) for name, kind in table.schema.items() if kind == pl.String]
    return table.select(pl.sum_horizontal(pl.lit(0, pl.Int64), *texts).alias("length"))["length"]


def _cut(table: pl.DataFrame, lengths: pl.Series, path: Path) -> Iterator[pl.DataFrame]:
    """A table in pieces: rows may share their texts in it, and each has one of its own in what is made of them."""
    if len(table) and lengths.max() > 2 * LONGEST:  # type: ignore[operator]
        raise DataError(f"{path}: a row has over {2 * LONGEST >> 20} MiB of text; give sentences")
    start = held = 0
    if lengths.sum() > _MOST_TEXT:
        for row, length in enumerate(lengths):
            if held + length > _MOST_TEXT and row > start:
                yield table.slice(start, row - start)
                start, held = row, 0
            held += length
    yield table.slice(start)


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
