"""Bytes of outside files, plain or compressed (gzip, xz, zstd), in chunks and in blocks of whole lines.

Decompression goes a little at a time, so that a file made to unpack to any size costs no memory, and is stopped.
"""

from __future__ import annotations

import lzma
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, Protocol

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
        DataError: it cannot be opened or read.
        BrokenStream: what is compressed is cut off or damaged, or unpacks to far more than text does.
    """
    try:
        with path.open("rb") as file:
            if path.suffix in COMPRESSIONS:
                yield from limited(_unpacked(file, path.suffix), path.stat().st_size)
            else:
                yield from iter(lambda: file.read(1 << 20), b"")
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from None


def _unpacked(file: BinaryIO, suffix: str) -> Iterator[bytes]:
    """One stream after another, as gzip, xz and zstd files may hold."""
    name, new = COMPRESSIONS[suffix]
    stream = new()
    try:
        while chunk := file.read(1 << 12):
            while chunk:
                if stream.eof:
                    chunk = chunk.lstrip(b"\0")  # padding
                    if not chunk:
                        break
                    stream = new()
                yield stream.decompress(chunk)
                chunk = stream.unused_data
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
