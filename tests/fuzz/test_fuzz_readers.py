"""Every reader of outside data on files that are damaged at random; what was found this way stands in the cases below.

By hand, for as long as wanted: `python tests/fuzz/atheris_readers.py`.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from law import damaged, keeps
from mutations import LARGEST, Edit
from readers import PAIRS, SQUAD, Files, readers

READERS = readers()
OTHERS = [next(iter(files.values())) for reader in READERS.values() for files in reader.seeds]
FEW, MANY = 1_000 // len(READERS) + 1, 10_000 // len(READERS) + 1  # examples of each reader
EDITS = st.lists(st.tuples(*[st.integers(0, LARGEST - 1)] * 4), max_size=4)
MOST_MEMORY = 256  # MiB that reading small files may take beyond what is loaded anyway


def check(name: str, tmp_path: Path, number: int, edits: list[Edit]) -> None:
    files, content = damaged(READERS[name], OTHERS, number, edits)
    keeps(READERS[name], tmp_path / "files", files, content)


@pytest.mark.parametrize("name", READERS)
def test_whole_files_are_read(name: str, tmp_path: Path) -> None:
    for files in READERS[name].seeds:
        assert keeps(READERS[name], tmp_path / "files", files, next(iter(files.values())))


@pytest.mark.parametrize("name", READERS)
@given(number=st.integers(0, 7), edits=EDITS)
@settings(max_examples=FEW, suppress_health_check=list(HealthCheck))
def test_damage_gives_a_result_or_one_line(name: str, tmp_path: Path, number: int, edits: list[Edit]) -> None:
    check(name, tmp_path, number, edits)


@pytest.mark.full
@pytest.mark.parametrize("name", READERS)
@given(number=st.integers(0, 7), edits=EDITS)
@settings(max_examples=MANY, suppress_health_check=list(HealthCheck))
def test_much_damage_gives_a_result_or_one_line(name: str, tmp_path: Path, number: int, edits: list[Edit]) -> None:
    check(name, tmp_path, number, edits)


def test_damage_takes_little_memory(tmp_path: Path) -> None:
    script = Path(__file__).with_name("in_little_memory.py")
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path), "5"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"POLARS_MAX_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout)
    assert told["read"] > 10
    assert told["refused"] > 10
    assert told["mebibytes"] < MOST_MEMORY


# What the fuzzers found, as the smallest files that showed it


def cell(answers: str) -> Files:
    return {"a.csv": f'id,context,question,answers\n1,c,q,"{answers}"\n'.encode()}


def unnamed_member() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("x", "text")
    return buffer.getvalue().replace(b"x", b"\0")


TMX = '<?xml version="1.0" encoding="{}"?><tmx version="1.4"><body>{}</body></tmx>'
UNIT = (
    '<tu><prop type="x-engine">e</prop><prop type="x-version">1</prop><prop type="x-form">text</prop>'
    '<prop type="x-cost">{}</prop><tuv xml:lang="en"><seg><ph>{}</ph></seg></tuv>'
    '<tuv xml:lang="it"><seg>b</seg></tuv></tu>'
)
FOUND: list[tuple[str, Files]] = [
    ("squad, CSV", cell("{'text': 'a', 's': 0x" + "f" * 6000 + "}")),
    ("squad, CSV", cell("{0x" + "f" * 6000 + ": 'a', 's': 0}")),
    ("squad, CSV", cell("[0x" + "f" * 6000 + "]")),
    ("xquad, CSV", {"a.csv": b", xd,context,question,answers\r\n1,Anna?\nTwo\tDue\n\n"}),
    ("mmlu", {"a_test.csv": b"q,a,b,c,d,A\nq,a,b,c,d,A\nq" + b",a" * 40}),
    ("choices, lines", {"a.jsonl": json.dumps({"question": "q", "choices": ["a"] * 40, "answer": 1}).encode()}),
    ("bitext, zip", {"small.zip": unnamed_member()}),
    ("squad, CSV", {"a.csv": b"id,context,question,answers\n':\x18'Anna', 'start': 0}\"\r\n"}),
    ("bitext, json lines", {"a.jsonl": b'{"e\\n": "a", "\\u001b[2J": "b"}'}),
    ("squad, JSON", {"a.json": SQUAD.replace(b'"data"', b'"da\\u001bta"')}),
    *(("experiment", {"a.yaml": f"name: {value}\n".encode()}) for value in ("!!int ''", "!!bool x", "!!timestamp x")),
    ("experiment", {"a.yaml": b"name: 0x" + b"f" * 6000}),
    ("memory", {"m.tmx": TMX.format("U", UNIT.format(1, "a")).encode()}),
    ("memory", {"m.tmx": TMX.format("shift_jis", UNIT.format(1, "a")).encode()}),
    ("memory", {"m.tmx": TMX.format("utf-8", UNIT.format(1, "U+D800")).encode()}),
    ("memory", {"m.tmx": TMX.format("utf-8", UNIT.format("nan", "a")).encode()}),
    ("manifest", {"manifest.json": b"[" * 100_000}),
    ("manifest", {"manifest.json": b'{"outputs": {"a": {"sha256": "", "bytes": "4"}}}'}),
    ("manifest", {"manifest.json": b'{"outputs": {}}'}),
    ("translated benchmark", {"report.json": b"-1"}),
    ("translated benchmark", {"report.json": b'{"read_as": "tasks", "published_files": [true], "kept_out": {}}'}),
]
RECORDS = {name: READERS[name].seeds[0] for name in ("examples", "predictions", "demonstrations")}


@pytest.mark.parametrize("number", range(len(FOUND)))
def test_what_was_found_once_is_found_no_more(number: int, tmp_path: Path) -> None:
    name, files = FOUND[number]
    keeps(READERS[name], tmp_path / "files", files, next(iter(files.values())))


@pytest.mark.parametrize("name", RECORDS)
@pytest.mark.parametrize("value", [b"true", b"[[]]", b"1.5", b'"\\ud800"', b"{}", b"null"])
def test_no_field_of_a_record_is_taken_for_what_it_is_not(name: str, value: bytes, tmp_path: Path) -> None:
    files = RECORDS[name]
    first = next(iter(files.values()))
    row = json.loads(first.split(b"\n")[0])
    for field in row:
        changed = json.dumps(row | {field: "@"}).encode().replace(b'"@"', value)
        keeps(READERS[name], tmp_path / "files", files, changed + b"\n" + first.partition(b"\n")[2])


def test_the_seeds_are_of_every_form() -> None:
    assert PAIRS
    assert {name.partition(",")[0] for name in READERS} >= {"bitext", "instructions", "squad", "xquad", "mmlu", "bbh"}
