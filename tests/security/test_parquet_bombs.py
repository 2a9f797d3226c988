"""Small Parquet files that stand for a lot, or lie about it: refused before they are unpacked."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crossalpaca.errors import DataError
from crossalpaca.languages import language
from crossalpaca.sources.bitext import read_batches
from crossalpaca.sources.forms import parquet
from crossalpaca.sources.forms.parquet_pages import BrokenPages, Compact, unpacked_size
from crossalpaca.sources.instructions import read_instructions

MOST_MEMORY = 200  # MiB
IN_LITTLE_MEMORY = """
import json, resource, sys
from pathlib import Path
from crossalpaca.errors import DataError
from crossalpaca.languages import language
from crossalpaca.sources.bitext import read_batches

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10

def read(path):
    try:
        return sum(len(batch.pairs) for batch in read_batches([Path(path)], language("de")))
    except DataError as error:
        return str(error)

whole, *others = sys.argv[1:]
assert read(whole) == 2
before = peak()
print(json.dumps([[read(path) for path in others], peak() - before]))
"""

# A writer of Parquet that can lie: compact Thrift, structures given as field to value


def number(value: int) -> bytes:
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes([*found, value])


def signed(value: int) -> bytes:
    return number(value << 1 if value >= 0 else (-value << 1) - 1)


def thrift(value: Any) -> tuple[int, bytes]:
    """Kind and bytes."""
    if isinstance(value, int):
        return 6, signed(value)
    if isinstance(value, str):
        return 8, number(len(value)) + value.encode()
    if isinstance(value, list):
        kinds = {thrift(each)[0] for each in value}
        (kind,) = kinds or {12}
        return 9, bytes([0xF0 | kind]) + number(len(value)) + b"".join(thrift(each)[1] for each in value)
    return 12, structure(value)


def structure(fields: Mapping[int, Any]) -> bytes:
    made = b""
    for field, value in fields.items():
        kind, content = thrift(value)
        small = field in (1, 2, 3, 4) and not isinstance(value, str | list | dict)
        made += bytes([5 if small else kind]) + signed(field) + content
    return made + b"\0"


TEXTS = ["Good morning to all.", "Good night to all of you."]
PLAIN = b"".join(len(text).to_bytes(4, "little") + text.encode() for text in TEXTS)
Lies = Mapping[str, int]


def page(lies: Lies) -> bytes:
    head = {1: lies.get("values", 2), 2: lies.get("encoding", 0), 3: 3, 4: 3}
    fields = {1: 0, 2: lies.get("unpacked", len(PLAIN)), 3: lies.get("packed", len(PLAIN)), 5: head}
    return structure(fields) + PLAIN


def crafted(lies: Lies) -> bytes:
    """A file of two pairs, with a lie."""
    made, columns = b"PAR1", []
    for name in ("en", "de"):
        content = page(lies)
        start = lies.get("start", len(made))
        size = lies.get("size", len(content))
        told = {1: 6, 2: [0], 3: [name], 4: 0, 5: lies.get("column", 2), 6: size, 7: size, 9: start}
        columns.append({2: start, 3: told})
        made += content
    text = {1: 6, 3: 0}
    schema = [{4: "schema", 5: 2}, *({**text, 4: name, 6: 0} for name in ("en", "de"))]
    group = {1: columns * lies.get("times", 1), 2: len(made), 3: lies.get("rows", 2)}
    footer = structure({1: 1, 2: schema, 3: lies.get("all", lies.get("rows", 2)), 4: [group]})
    return made + footer + lies.get("footer", len(footer)).to_bytes(4, "little") + b"PAR1"


def refusal(path: Path) -> str:
    with pytest.raises(DataError) as raised:
        list(read_batches([path], language("de")))
    assert str(raised.value).isprintable()
    return str(raised.value)


def test_a_file_that_does_not_lie_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(crafted({}))
    (batch,) = read_batches([path], language("de"))
    assert batch.pairs["en"].to_list() == batch.pairs["x"].to_list() == TEXTS


BOMBS = [
    {"unpacked": 2**31 - 1},
    {"values": 2**31 - 1},
    {"column": 2**62},
    {"rows": 2**62},
    {"encoding": 7, "unpacked": 2**20, "values": 1000},
]
BROKEN = [
    {"all": 2**62},
    {"unpacked": -1},
    {"values": -1},
    {"packed": -1},
    {"packed": 2**31 - 1},
    {"size": 2**40},
    {"size": -1},
    {"start": 0},
    {"start": -5},
    {"start": 2**40},
    {"times": 3},
    {"footer": 2**31},
    {"footer": 1},
]


@pytest.mark.parametrize("lies", BOMBS, ids=str)
def test_a_header_that_claims_a_lot_is_refused_before_anything_is_unpacked(tmp_path: Path, lies: Lies) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(crafted(lies))
    assert "over 50 times its size, so it is no text" in refusal(path)


@pytest.mark.parametrize("lies", BROKEN, ids=str)
def test_a_header_that_cannot_be_true_is_refused(tmp_path: Path, lies: Lies) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(crafted(lies))
    assert "not Parquet that can be read" in refusal(path)


@pytest.mark.parametrize("column", ["instruction", "input", "output"])
def test_instructions_are_bounded_too(tmp_path: Path, column: str) -> None:
    path = tmp_path / "a.parquet"
    row = {"instruction": "Say it.", "input": "", "output": "It."} | {column: "a" * 1_000_000}
    pl.DataFrame([row] * 400).write_parquet(path)
    with pytest.raises(DataError, match="over 50 times its size"):
        list(read_instructions(path, "de"))


def test_files_made_to_take_any_memory_take_little(tmp_path: Path) -> None:
    """One long text for many rows, one short text for millions, and a page that packs to a thousandth."""
    tables = {
        "whole": pl.DataFrame({"en": TEXTS, "de": TEXTS}),
        "long": pl.DataFrame({"en": ["a" * 1_000_000] * 2000, "de": ["b"] * 2000}),
        "many": pl.DataFrame({"en": ["a"] * 5_000_000, "de": ["b"] * 5_000_000}),
        "packed": pl.DataFrame({"en": [f"{n}" + "a" * 4_000_000 for n in range(80)], "de": ["b"] * 80}),
    }
    paths = [tmp_path / f"{name}.parquet" for name in tables]
    for path, table in zip(paths, tables.values(), strict=True):
        table.write_parquet(path, row_group_size=len(table))
    assert sum(path.stat().st_size for path in paths) < 1 << 20
    done = subprocess.run(
        [sys.executable, "-c", IN_LITTLE_MEMORY, *map(str, paths)], capture_output=True, text=True, check=True
    )
    told, mebibytes = json.loads(done.stdout)
    assert len(told) == 3
    assert all("over 50 times its size, so it is no text" in each for each in told), told
    assert mebibytes < MOST_MEMORY


def test_long_texts_that_rows_share_come_a_few_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    table = pl.DataFrame({"en": ["a" * 1_000_000] * 150, "de": [f"{n}" for n in range(150)]})
    table.write_parquet(path)
    batches = list(read_batches([path], language("de")))
    assert pl.concat(batch.pairs for batch in batches)["x"].to_list() == table["de"].to_list()
    assert [line for batch in batches for line in batch.pairs["line"]] == list(range(1, 151))
    assert max(batch.pairs["en"].str.len_bytes().sum() for batch in batches) <= 64 << 20


def test_a_text_that_is_no_sentence_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pl.DataFrame({"en": ["a", "a" * (33 << 20)], "de": ["a", "b"]}).write_parquet(path)
    assert "a row has over 32 MiB of text" in refusal(path)


TABLES = st.lists(st.tuples(st.text(max_size=40), st.text(max_size=40)), min_size=1, max_size=60)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(rows=TABLES, compression=st.sampled_from(["zstd", "snappy", "lz4", "gzip", "uncompressed"]), data=st.data())
def test_the_bound_is_never_below_what_is_read(
    rows: list[tuple[str, str]], compression: Any, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("parquet") / "a.parquet"
    table = pl.DataFrame(rows, schema={"en": pl.String, "de": pl.String}, orient="row")
    size = data.draw(st.integers(1, len(rows)))
    nested = data.draw(st.booleans())
    written = table.select(translation=pl.struct("en", "de")) if nested else table
    written.write_parquet(path, compression=compression, row_group_size=size)
    read = pl.concat(parquet.scan(path, list))
    assert read.equals(written)
    text = sum(len(each.encode()) for row in rows for each in row)
    assert unpacked_size(path, {"translation"} if nested else {"en", "de"}) >= text
    assert unpacked_size(path, ()) == 0


@given(data=st.binary(max_size=60))
def test_any_bytes_are_values_or_an_error(data: bytes) -> None:
    compact = Compact(data)
    try:
        compact.structure()
    except (IndexError, ValueError):
        return
    assert 0 < compact.at <= len(data)


def damaged(content: bytes, draw: random.Random) -> bytes:
    made = bytearray(content)
    for _ in range(draw.randint(1, 3)):
        made[draw.randrange(4, len(made) - 8)] = draw.randrange(256)
    return bytes(made)


def test_damage_to_headers_gives_a_bound_or_an_error(tmp_path: Path) -> None:
    draw, path = random.Random(5), tmp_path / "a.parquet"
    told: list[int | None] = []
    for _ in range(1500):
        path.write_bytes(damaged(crafted({}), draw))
        try:
            told.append(unpacked_size(path, {"en", "de"}))
        except BrokenPages as error:
            assert str(error).isprintable()
            told.append(None)
    assert told.count(None) > 100
    assert len(told) - told.count(None) > 100
