"""Bytes of outside files, plain or compressed (gzip, xz, zstd), in chunks and in blocks of whole lines.

Decompression goes a little at a time, so that a file made to unpack to any size costs no memory, and is stopped.
"""

from __future__ import annotations

import lzma
import os
import stat
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Protocol

import zstandard

from crossalpaca.errors import DataError

BLOCK = 4 << 20  # bytes
MAX_RATIO, FREE = 200, 256 << 20  # text packs to a third or a twentieth; below FREE bytes any ratio will do
_BOM = b"\xef\xbb\xbf"


class BrokenStream(Exception):
    """What is wrong with a stream of bytes, and why; who reads its lines says where."""

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(f"{what} ({reason})")
        self.what, self.reason = what, reason

    def after(self, line: int, name: str) -> DataError:
        """The error for people: the stream of a name breaks off after a line."""
        return DataError(f"{name}: {self.what} after line {line} ({self.reason}); get the file again")


class Decompressor(Protocol):
    """What the decompressors of zlib, lzma and zstandard have in common."""

    def decompress(self, data: bytes, /) -> bytes:
        """What the data unpacks to."""

    @property
    def eof(self) -> bool:
        """The stream has come to its end."""

    @property
    def unused_data(self) -> bytes:
        """What follows the end."""


COMPRESSIONS: Mapping[str, tuple[str, Callable[[], Decompressor]]] = {
    ".gz": ("gzip", lambda: zlib.decompressobj(wbits=31)),
    ".xz": ("xz", lambda: lzma.LZMADecompressor(memlimit=256 << 20)),
    ".zst": ("zstd", lambda: zstandard.ZstdDecompressor().decompressobj()),
}
"""Suffix to name and decompressor."""


def plain_name(path: Path) -> str:
    """A file's name without the suffix of its compression."""
    return path.stem if path.suffix in COMPRESSIONS else path.name


def read_chunks(path: Path) -> Iterator[bytes]:
    """A file's bytes, unpacked by its suffix.

    Raises:
        DataError: it cannot be opened or read, is a pipe or a device, or grows meanwhile.
        BrokenStream: what is compressed is cut off or damaged, or unpacks to far more than text does.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode) and not path.is_dir():  # opening a pipe would wait for its writer
            raise DataError(f"{path}: is a pipe or a device, not a file; write what it gives to a file")
        with path.open("rb") as file:
            packed, size = path.suffix in COMPRESSIONS, os.fstat(file.fileno()).st_size
            chunks = _within(iter(lambda: file.read(1 << 12 if packed else 1 << 20), b""), size, path)
            yield from limited(_unpacked(chunks, path.suffix), size) if packed else chunks
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from None
    except ValueError:  # a NUL in the path
        raise DataError(f"{path}: no file can have this name; mend the path") from None


def _within(chunks: Iterator[bytes], size: int, path: Path) -> Iterator[bytes]:
    """The chunks of a file that had `size` bytes when it was opened: one that grows might never come to its end."""
    read = 0
    for chunk in chunks:
        read += len(chunk)
        if read > size:
            raise DataError(f"{path}: grew while it was read; wait until it is written whole")
        yield chunk


def _unpacked(chunks: Iterator[bytes], suffix: str) -> Iterator[bytes]:
    """One stream after another, as gzip, xz and zstd files may hold."""
    name, new = COMPRESSIONS[suffix]
    stream = new()
    try:
        for chunk in chunks:
            rest = chunk
            while rest:
                if stream.eof:
                    rest = rest.lstrip(b"\0")  # padding
                    if not rest:
                        break
                    stream = new()
                yield stream.decompress(rest)
                rest = stream.unused_data
    except (zlib.error, lzma.LZMAError, zstandard.ZstdError, EOFError) as error:
        raise BrokenStream(f"broken {name}", str(error)) from None
    if not stream.eof:
        raise BrokenStream(f"broken {name}", "it is cut off")


def limited(chunks: Iterator[bytes], packed: int) -> Iterator[bytes]:
    """The chunks, as long as they are not far more than `packed` bytes of compressed text unpack to.

    Raises:
        BrokenStream: they are.
    """
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > FREE and size > MAX_RATIO * packed:
            raise BrokenStream("stopped", f"it unpacks to over {MAX_RATIO} times its size, so it is no text")
        yield chunk


def line_blocks(chunks: Iterator[bytes], longest: int | None = None) -> Iterator[bytes]:
    """Blocks of about 4 MiB of whole lines, split at LF alone, each without its last LF; a byte order mark is dropped.

    Args:
        chunks: the file's bytes.
        longest: how many bytes a line may have; None: any number.

    Raises:
        BrokenStream: from `chunks`, once the whole lines before it are given; or a line is too long.
    """
    held: list[bytes] = []
    size = 0
    start = _BOM
    try:
        for chunk in chunks:
            held.append(chunk)
            size += len(chunk)
            if size >= BLOCK and b"\n" in chunk:
                block, _, rest = b"".join(held).rpartition(b"\n")
                yield block.removeprefix(start)
                held, size, start = [rest], len(rest), b""
            if longest is not None and size > max(longest, BLOCK):
                raise BrokenStream("no lines of text", f"the next has over {longest >> 20} MiB")
    except BrokenStream:
        block, end, _ = b"".join(held).rpartition(b"\n")
        if end:
            yield block.removeprefix(start)
        raise
    if rest := b"".join(held):
        yield rest.removesuffix(b"\n").removeprefix(start)
