"""Files that are none, that never end, or that become huge: refused in one line, at once."""

from __future__ import annotations

import os
import signal
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from crossalpaca.benchmarks import BENCHMARKS, read_examples
from crossalpaca.benchmarks.flores import read_sentences
from crossalpaca.errors import CrossAlpacaError, DataError, ExperimentError
from crossalpaca.grid import Grid
from crossalpaca.languages import language
from crossalpaca.records import Demonstration, read_jsonl
from crossalpaca.sources.bitext import read_batches
from crossalpaca.sources.files import read_json, read_lines, source_file
from crossalpaca.sources.instructions import read_instructions
from crossalpaca.translation.memory_tmx import read_tmx

CODE = "it"
READ: dict[str, Callable[[Path], object]] = {
    "a.txt": lambda path: list(read_lines(path)),
    "a.json": read_json,
    "b.jsonl": lambda path: list(read_instructions(path, CODE)),
    "c.jsonl": lambda path: list(read_jsonl(path, Demonstration)),
    "d.csv": lambda path: read_examples(BENCHMARKS["choices"], [path], language(CODE), "own"),
    "e.devtest": read_sentences,
    "f.tmx": lambda path: list(read_tmx(path)),
    "g.yaml": Grid.load,
    "h.bin": source_file,
} | {
    f"bitext.{suffix}": lambda path: list(read_batches([path], language(CODE)))
    for suffix in ("tsv", "jsonl", "tmx", "parquet", "zip", "po", "mo", "tsv.gz")
}


@pytest.fixture(autouse=True)
def bell() -> Iterator[None]:
    """Whoever waits for a pipe would wait for ever."""
    signal.alarm(60)
    yield
    signal.alarm(0)


def refusal(read: Callable[[], object]) -> str:
    with pytest.raises(CrossAlpacaError) as raised:
        read()
    assert "\n" not in str(raised.value)
    return str(raised.value)


@pytest.mark.parametrize("name", READ)
def test_a_pipe_is_not_waited_for(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    os.mkfifo(path)
    assert str(path) in refusal(lambda: READ[name](path))


@pytest.mark.parametrize("name", READ)
def test_a_device_without_end_is_not_read(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.symlink_to("/dev/zero")
    assert str(path) in refusal(lambda: READ[name](path))


@pytest.mark.parametrize("name", [name for name in READ if name != "g.yaml"])
@pytest.mark.parametrize("odd", ["n" * 5000, "a\0b"], ids=["long", "NUL"])
def test_a_name_that_no_file_can_have_is_refused(tmp_path: Path, name: str, odd: str) -> None:
    refusal(lambda: READ[name](tmp_path / f"{odd}{name}"))


def test_a_file_that_grows_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(b"{}\n" * 2_000_000)
    lines = read_lines(path)
    next(lines)
    with path.open("ab") as file:
        file.write(b"{}\n" * 2_000_000)
    assert "grew while it was read" in refusal(lambda: list(lines))


def test_strings_that_many_entries_of_a_catalogue_share_do_not_multiply(tmp_path: Path) -> None:
    count, size = 1000, 1_000_000
    first = 28 + 16 * count
    ids = b"".join(b"%05d\0" % number for number in range(count))
    tables = b"".join(struct.pack("<2I", 5, first + 6 * number) for number in range(count))
    tables += struct.pack("<2I", size, first + len(ids)) * count
    path = tmp_path / "bomb.mo"
    head = struct.pack("<7I", 0x950412DE, 0, count, 28, 28 + 8 * count, 0, first)
    path.write_bytes(head + tables + ids + b"a" * size + b"\0")
    with pytest.raises(DataError, match="name the same strings again and again"):
        list(read_batches([path], language(CODE)))


def bomb(first: str, level: str) -> str:
    """Nine levels, each nine times the one below."""
    levels = [f"x0: &x0 {first}"]
    levels += [f"x{n}: &x{n} {level.format(','.join([f'*x{n - 1}'] * 9))}" for n in range(1, 10)]
    return "\n".join(levels) + "\n"


@pytest.mark.parametrize(
    "text",
    [
        bomb("[a]", "[{}]") + "name: *x9",
        bomb("{k: 1}", "{{<<: [{}]}}") + "name: *x9",
        "name: &a [*a]",
        "name: 0x" + "f" * 6000,
        "name: " + "[" * 5000,
        "name: !!python/object/apply:os.system [id]",
        "name: !!python/name:os.system",
        "name: &a " + "long " * 100_000,
    ],
    ids=["aliases", "merges", "itself", "digits", "depth", "call", "name", "length"],
)
def test_yaml_that_would_become_something_else_is_refused(text: str) -> None:
    with pytest.raises(ExperimentError) as raised:
        Grid.parse(text)
    assert len(str(raised.value)) < 1000
    assert all(line.isprintable() for line in str(raised.value).split("\n"))
