"""How much of memory a Parquet file would take, from what its pages say of themselves, before any of them is unpacked.

A file of a few bytes can stand for any number of values (runs of one value, words of a dictionary) and bytes (pages
that are compressed), and may lie. A page is unpacked into as many bytes as its own header says, so the headers, and the
largest of the counts that the file gives, are a bound for what reading it can take.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, BinaryIO

_MAGIC = b"PAR1"
_MOST_FOOTER = 64 << 20  # bytes
_HEADER = 1 << 12  # bytes that are read for the header of a page; where it has long statistics, more
_VALUE = 32  # bytes of memory a value, besides its text
_MOST_DEPTH = 32
_DATA, _DICTIONARY, _DATA_2 = 0, 2, 3  # kinds of pages
_HEADS = {_DATA: 5, _DICTIONARY: 7, _DATA_2: 8}
_DELTA = 7  # an encoding: each text repeats any part of the one before it


class BrokenPages(Exception):
    """The file is not as Parquet is."""


def unpacked_size(path: Path, columns: Collection[str]) -> int:
    """The most bytes that reading columns of a file takes.

    Args:
        path: of the file.
        columns: names of columns, of nested ones the outermost.

    Raises:
        BrokenPages: it is not Parquet, is damaged or is encrypted.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        try:
            footer = _footer(file, size)
            groups = footer.get(4, [])
            if footer[3] != sum(group[3] for group in groups):
                raise BrokenPages("its parts have other rows than it says")
            chosen = [
                (column[3], group[3]) for group in groups for column in group[1] if column[3][3][0].decode() in columns
            ]
            if sum(column[7] for column, _ in chosen) > size:  # else many columns could stand on the same pages
                raise BrokenPages("its parts are more than it is")
            return sum(_column_size(file, column, rows, size) for column, rows in chosen)
        except (IndexError, KeyError, TypeError, AttributeError, ValueError, struct.error) as error:
            raise BrokenPages(f"its footer or a page is damaged: {type(error).__name__}") from None


def _footer(file: BinaryIO, size: int) -> dict[int, Any]:
    file.seek(max(size - 8, 0))
    tail = file.read(8)
    if size < 12 or tail[4:] != _MAGIC:
        raise BrokenPages("it does not end as Parquet does")
    length = int.from_bytes(tail[:4], "little")
    if length > min(size - 12, _MOST_FOOTER):
        raise BrokenPages("its footer is longer than can be")
    file.seek(size - 8 - length)
    return Compact(file.read(length)).structure()


def _column_size(file: BinaryIO, column: dict[int, Any], rows: int, size: int) -> int:
    """The most bytes that a column of a group of rows takes."""
    start = column.get(11) or column[9]
    end = start + column[7]
    if not 0 < start <= end <= size:
        raise BrokenPages("pages are outside of it")
    texts = values = 0
    for page in _pages(file, start, end):
        kind, unpacked = page[1], page[2]
        head = page[_HEADS[kind]] if kind in _HEADS else {1: 0}
        count, encoding = head[1], head.get(4 if kind == _DATA_2 else 2)
        if unpacked < 0 or count < 0:
            raise BrokenPages("a page has fewer than no values")
        values += count
        texts += unpacked * (max(count, 1) if encoding == _DELTA and kind != _DICTIONARY else 1)
    most = texts + _VALUE * max(values, column[5], rows)
    return int(most)


def _pages(file: BinaryIO, start: int, end: int) -> Iterator[dict[int, Any]]:
    """Headers of the pages between two places."""
    while start < end:
        length = _HEADER
        while True:
            file.seek(start)
            compact = Compact(file.read(min(length, end - start)))
            try:
                page = compact.structure()
                break
            except IndexError:
                if length >= end - start:
                    raise
                length *= 16
        if page[3] < 0:
            raise BrokenPages("a page is shorter than nothing")
        yield page
        start += compact.at + page[3]


class Compact:
    """Values in the compact protocol of Thrift, which Parquet describes itself in: structures as field to value.

    Raises:
        IndexError: the bytes end in the middle of a value.
        ValueError: they are no such values.
    """

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def structure(self, depth: int = 0) -> dict[int, Any]:
        """The structure that begins here."""
        if depth > _MOST_DEPTH:
            raise ValueError("nested too deeply")
        found: dict[int, Any] = {}
        field = 0
        while head := self._byte():
            step = head >> 4
            field = field + step if step else self._signed()
            found[field] = head & 15 == 1 if head & 15 in (1, 2) else self._value(head & 15, depth + 1)
        return found

    def _value(self, kind: int, depth: int) -> Any:
        if kind == 12:
            return self.structure(depth)
        if kind in (9, 10, 11):
            return self._many(kind, depth)
        if kind in (7, 8):
            return self._bytes(8 if kind == 7 else self._unsigned())
        if 0 < kind < 7:  # in a list, a truth value is a byte too
            return self._signed() if kind > 3 else self._byte()
        raise ValueError(f"no kind of value: {kind}")

    def _many(self, kind: int, depth: int) -> list[Any]:
        """A list or set, or the keys and values of a map in turn."""
        if depth > _MOST_DEPTH:
            raise ValueError("nested too deeply")
        kinds: tuple[int, ...] = ()
        if kind == 11:
            if count := self._unsigned():
                kinds = divmod(self._byte(), 16)
        else:
            count, within = divmod(self._byte(), 16)
            count, kinds = self._unsigned() if count == 15 else count, (within,)
        if count > len(self.data) - self.at:  # each takes a byte at least
            raise IndexError(count)
        return [self._value(each, depth + 1) for _ in range(count) for each in kinds]

    def _byte(self) -> int:
        byte = self.data[self.at]
        self.at += 1
        return byte

    def _bytes(self, count: int) -> bytes:
        if count > len(self.data) - self.at:
            raise IndexError(count)
        self.at += count
        return self.data[self.at - count : self.at]

    def _unsigned(self) -> int:
        found = shift = 0
        while shift < 70:
            byte = self._byte()
            found |= (byte & 127) << shift
            if byte < 128:
                return found
            shift += 7
        raise ValueError("a number without end")

    def _signed(self) -> int:
        found = self._unsigned()
        return found >> 1 ^ -(found & 1)
