"""Lines of text as columns: split and decoded a block at a time, so that millions a second go through."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import polars as pl

from crossalpaca.errors import DataError
from crossalpaca.sources.files import not_utf8
from crossalpaca.sources.pairs import Reading
from crossalpaca.sources.streams import BrokenStream, line_blocks, read_chunks

LONGEST = 16 << 20  # bytes of a line
_KINDS = (
    (b"\x1f\x8b", "is gzip", "name it .gz"),
    (b"\xfd7zXZ", "is xz", "name it .xz"),
    (b"\x28\xb5\x2f\xfd", "is zstd", "name it .zst"),
    (b"PK\x03\x04", "is a zip", "name it .zip"),
    (b"PAR1", "is Parquet", "name it .parquet"),
    (b"%PDF", "is a PDF", "give its text"),
    (b"version https://git-lfs", "is a pointer to a file that git-lfs keeps", "fetch it with git lfs pull"),
    (b"<!doctype html", "is a web page", "download the raw file"),
    (b"<html", "is a web page", "download the raw file"),
    (b"<head", "is a web page", "download the raw file"),
    (b"<?xml", "is XML", "name it .tmx if it is a translation memory"),
    (b"<tmx", "is TMX", "name it .tmx"),
)


def read_columns(path: Path, reading: Reading) -> Iterator[pl.Series]:
    """A file's lines in blocks, as `columns` gives them."""
    return columns(read_chunks(path), str(path), reading.broken)


def columns(chunks: Iterator[bytes], name: str, broken: Literal["error", "skip"]) -> Iterator[pl.Series]:
    """Lines in blocks of about 4 MiB, without line ends; with "skip", lines that are not UTF-8 text are null.

    Only LF ends a line, and CR before it is dropped. A line that holds a NUL is not text.

    Raises:
        DataError: a line is not UTF-8 text, the stream is broken, or the file is evidently something else.
    """
    number = 1
    try:
        for block in line_blocks(chunks, LONGEST):
            if number == 1:
                _refuse_other_kinds(block, name)
            lines = _split(block, name, number, broken)
            number += len(lines)
            yield lines.str.strip_suffix("\r") if b"\r" in block else lines
    except BrokenStream as error:
        raise error.after(number - 1, name) from None


def _refuse_other_kinds(block: bytes, name: str) -> None:
    start = block[:200].lstrip().lower()
    for magic, what, remedy in _KINDS:
        if start.startswith(magic.lower()):
            raise DataError(f"{name}: {what}, not lines of text; {remedy}")


def _split(block: bytes, name: str, number: int, broken: Literal["error", "skip"]) -> pl.Series:
    try:
        text = pl.Series([block], dtype=pl.Binary).cast(pl.String)
    except pl.exceptions.ComputeError:  # it does not say where
        text = None
    if text is not None and b"\0" not in block:
        return text.str.split("\n").explode()
    raw = enumerate(block.split(b"\n"), start=number)
    return pl.Series([_text(line, name, at, broken) for at, line in raw], dtype=pl.String)


def _text(raw: bytes, name: str, number: int, broken: Literal["error", "skip"]) -> str | None:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        if broken == "skip":
            return None
        raise not_utf8(name, number, error) from None
    if "\0" not in text:
        return text
    if broken == "skip":
        return None
    raise DataError(f"{name}:{number}: holds a NUL, so it is damaged or UTF-16; convert the file or remove the line")
