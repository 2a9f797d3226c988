"""Compressed streams and blocks of lines: however the bytes come, the lines are the same."""

from __future__ import annotations

import gzip
import lzma
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from small_bitext import PACKERS

from crossalpaca.errors import DataError
from crossalpaca.sources import streams
from crossalpaca.sources.files import read_lines
from crossalpaca.sources.forms.lines import columns
from crossalpaca.sources.streams import line_blocks, read_chunks


def joined(blocks: list[bytes]) -> bytes:
    return b"\n".join(blocks)


@given(content=st.binary(max_size=60).map(lambda raw: raw.replace(b"\xef", b"\n")), sizes=st.lists(st.integers(1, 9)))
def test_blocks_are_whole_lines_however_the_bytes_come(content: bytes, sizes: list[int]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(streams, "BLOCK", 8)
        chunks, rest = [], content
        for size in sizes:
            chunks.append(rest[:size])
            rest = rest[size:]
        blocks = list(line_blocks(iter([*chunks, rest])))
    assert joined(blocks) == content.removesuffix(b"\n")
    assert bool(blocks) == bool(content)


@pytest.mark.parametrize("suffix", PACKERS)
def test_several_streams_in_one_file_and_padding_are_read(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.txt{suffix}"
    packed = PACKERS[suffix]
    path.write_bytes(packed(b"one\ntw") + packed(b"o\n") + packed(b"three\n") + b"\0" * 8)
    assert list(read_lines(path)) == ["one", "two", "three"]


@pytest.mark.parametrize("suffix", PACKERS)
@pytest.mark.parametrize("kept", [0, 1, 5, 50, -5, -1])
def test_a_stream_cut_off_is_refused_with_the_line(tmp_path: Path, suffix: str, kept: int) -> None:
    path = tmp_path / f"a.txt{suffix}"
    content = "".join(f"line {number * 7919}\n" for number in range(500)).encode()
    path.write_bytes(PACKERS[suffix](content)[:kept])
    read = []
    with pytest.raises(DataError, match=r"broken (gzip|xz|zstd) after line") as raised:
        for line in read_lines(path):
            read.append(line)
    assert f"after line {len(read)} " in str(raised.value)


def bomb_of_zlib() -> bytes:
    packer = zlib.compressobj(wbits=31)
    block = bytes(1 << 20)
    return b"".join(packer.compress(block) for _ in range(300)) + packer.flush()


BOMBS: dict[str, Callable[[], bytes]] = {
    ".gz": bomb_of_zlib,
    ".xz": lambda: lzma.compress(bytes(300 << 20), preset=0),
    ".zst": lambda: zstandard.compress(bytes(300 << 20)),
}


@pytest.mark.parametrize("suffix", BOMBS)
def test_a_file_made_to_unpack_to_any_size_is_stopped_in_little_memory(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(BOMBS[suffix]())
    tracemalloc.start()
    with pytest.raises(DataError, match=r"over 200 times its size|no lines of text after line 0"):
        list(columns(read_chunks(path), str(path), "error"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 160 << 20


def test_a_ratio_that_no_text_has_is_refused_beyond_the_free_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(b"line\n" * 400_000))
    assert sum(1 for _ in read_lines(path)) == 400_000
    monkeypatch.setattr(streams, "FREE", 1 << 20)
    with pytest.raises(DataError, match="stopped after line"):
        list(read_lines(path))
