"""Moses pairs: two files, line by line each other's translation."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import polars as pl

from crossalpaca.errors import DataError
from crossalpaca.sources.codes import closeness, looks_like_code
from crossalpaca.sources.forms.lines import read_columns
from crossalpaca.sources.pairs import BATCH, PairBatch, Reading
from crossalpaca.sources.streams import plain_name


def read(first: Path, second: Path, reading: Reading) -> Iterator[PairBatch]:
    """Pairs of two files, told apart by their endings, or else in the order that `reading` says.

    Raises:
        DataError: the files differ in length, or are named for other languages.
    """
    english, other = english_first(first, second, reading)
    corpus = plain_name(english)
    stem, _, ending = corpus.rpartition(".")
    if stem and closeness(ending, reading.languages[0]) is not None:
        corpus = stem
    sides = read_columns(english, reading), read_columns(other, reading)
    return aligned(*sides, (str(english), str(other)), corpus, reading)


def english_first(first: Path, second: Path, reading: Reading) -> tuple[Path, Path]:
    """The English file and the other.

    Raises:
        DataError: the endings name another language, or one language twice.
    """
    sides = [_side(path, reading) for path in (first, second)]
    if sides[0] == sides[1] != "":
        raise DataError(f"{first}, {second}: both are named for one language; {reading.names} are expected")
    in_order = "en" not in sides[1:] and "x" not in sides[:1]
    if sides == ["", ""]:
        in_order = reading.first == "en"
    return (first, second) if in_order else (second, first)


def _side(path: Path, reading: Reading) -> str:
    """`en`, `x`, or empty where the file's name ends in no language code."""
    _, dot, ending = plain_name(path).rpartition(".")
    for side, language in zip(("en", "x"), reading.languages, strict=True):
        if dot and closeness(ending, language) is not None:
            return side
    if dot and looks_like_code(ending):
        raise DataError(f"{path}: named for {ending!r}, where {reading.names} are expected; give two files of them")
    return ""


def aligned(
    english: Iterator[pl.Series], other: Iterator[pl.Series], names: tuple[str, str], corpus: str, reading: Reading
) -> Iterator[PairBatch]:
    """Batches of the lines of two sides.

    Raises:
        DataError: one side ends before the other; the message names it with its last line.
    """
    sides = (english, other)
    held = [pl.Series(dtype=pl.String), pl.Series(dtype=pl.String)]
    number = 1
    while True:
        held = [_filled(lines, side) for lines, side in zip(held, sides, strict=True)]
        count = min(BATCH, *map(len, held))
        if count:
            if number == 1:
                _refuse_json(held[0][0] or "", names[0])
            yield reading.batch(corpus, number, held[0].head(count), held[1].head(count))
        number += count
        held = [lines.slice(count) for lines in held]
        if count < BATCH:
            break
    if len(held[0]) != len(held[1]):
        shorter = names[0] if len(held[0]) < len(held[1]) else names[1]
        raise DataError(f"{shorter}: ends at line {number - 1}, its counterpart goes on: they are not aligned")


def _filled(lines: pl.Series, more: Iterator[pl.Series]) -> pl.Series:
    parts = [lines]
    size = len(lines)
    while size < BATCH and (block := next(more, None)) is not None:
        parts.append(block)
        size += len(block)
    return pl.concat(parts) if len(parts) > 1 else lines


def _refuse_json(line: str, name: str) -> None:
    if line.startswith("{"):
        with suppress(ValueError, RecursionError):
            if isinstance(json.loads(line), dict):
                raise DataError(f"{name}: is JSON lines, not sentences; name it .jsonl and give it alone")
