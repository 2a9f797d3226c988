"""Instruction sets in Alpaca form, as a list or as lines, and what is refused of them."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import polars as pl
import pytest
from small_bitext import PACKERS

from crossalpaca.errors import DataError
from crossalpaca.records import Demonstration
from crossalpaca.sources.instructions import read_instructions

ROWS = [
    {"instruction": "Say hello.", "input": "", "output": "Hello."},
    {"instruction": "Translate.", "input": "Gr\u00fc\u00dfe", "output": "\u548c\u5e73 {}"},
]


def write(path: Path, content: str | bytes) -> Path:
    raw = content.encode() if isinstance(content, str) else content
    path.write_bytes(PACKERS[path.suffix](raw) if path.suffix in PACKERS else raw)
    return path


def as_text(name: str, rows: list[object]) -> str:
    if "jsonl" in name or "ndjson" in name:
        return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    return json.dumps(rows, ensure_ascii=False, indent=2)


def refusal(path: Path) -> str:
    with pytest.raises(DataError) as raised:
        list(read_instructions(path, "de"))
    assert "\n" not in str(raised.value)
    assert str(path) in str(raised.value)
    return str(raised.value)


@pytest.mark.parametrize("name", ["a.json", "a.json.gz", "a.json.zst", "a.jsonl", "a.jsonl.gz", "a.ndjson.xz"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_rows_become_demonstrations_in_order(tmp_path: Path, name: str, mark: str, end: str) -> None:
    path = write(tmp_path / name, mark + as_text(name, list(ROWS)).replace("\n", end))
    source = Path(name).stem if Path(name).suffix in PACKERS else name
    assert list(read_instructions(path, "de")) == [
        Demonstration(
            f"{source}:{n}", "instruction", row["instruction"], row["input"], row["output"], "de", None, source
        )
        for n, row in enumerate(ROWS, start=1)
    ]


def test_parquet_gives_the_same_rows(tmp_path: Path) -> None:
    pl.DataFrame([{"id": 7} | row for row in ROWS]).write_parquet(tmp_path / "a.parquet")
    found = list(read_instructions(tmp_path / "a.parquet", "de"))
    assert [{"instruction": row.instruction, "input": row.input, "output": row.output} for row in found] == ROWS
    assert [row.id for row in found] == ["a.parquet:1", "a.parquet:2"]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (pl.DataFrame({"question": ["x"], "answer": ["y"]}), "no column 'instruction' but question, answer"),
        (pl.DataFrame({"instruction": ["x", None], "input": ["", ""], "output": ["y", "y"]}), "row 2 is not"),
        (pl.DataFrame({"instruction": ["x"], "input": [""], "output": [4]}), "row 1 is not"),
    ],
)
def test_parquet_in_another_form_is_refused(tmp_path: Path, table: pl.DataFrame, message: str) -> None:
    table.write_parquet(tmp_path / "a.parquet")
    assert message in refusal(tmp_path / "a.parquet")


def test_what_is_not_parquet_is_refused(tmp_path: Path) -> None:
    assert "not Parquet" in refusal(write(tmp_path / "a.parquet", "text"))


def test_a_row_without_input_has_an_empty_one(tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", '[{"instruction": "Say hello.", "output": "Hello."}]')
    assert [row.input for row in read_instructions(path, "de")] == [""]


def test_fields_beside_the_three_are_ignored(tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", json.dumps([ROWS[0] | {"source": "x", "score": 1}]))
    assert [row.output for row in read_instructions(path, "de")] == ["Hello."]


@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
@pytest.mark.parametrize(
    "row",
    [
        "text",
        None,
        3,
        [],
        {},
        {"input": "", "output": "x"},
        {"instruction": None, "output": "x"},
        {"instruction": "x", "input": None, "output": "x"},
        {"instruction": "x", "input": "", "output": 4},
        {"instruction": ["x"], "input": "", "output": "x"},
        {"question": "x", "answer": "x"},
    ],
    ids=repr,
)
def test_a_malformed_row_is_refused_with_its_number(tmp_path: Path, name: str, row: object) -> None:
    path = write(tmp_path / name, as_text(name, [ROWS[0], row, ROWS[1]]))
    assert "row 2 is not in Alpaca form" in refusal(path)


def test_half_a_pair_of_surrogates_is_refused_since_it_cannot_be_written(tmp_path: Path) -> None:
    text = '[{"instruction": "Say hello.", "input": "", "output": "\\ud83d"}]'
    message = refusal(write(tmp_path / "a.json", text))
    assert "a.json:1: holds half a character" in message
    assert "output" in message


@pytest.mark.parametrize("line", ["{", "", "text", "[" * 100_000, "1" * 5000], ids=lambda line: line[:10])
def test_a_line_that_is_not_json_is_refused_with_its_number(tmp_path: Path, line: str) -> None:
    path = write(tmp_path / "a.jsonl", as_text("a.jsonl", [ROWS[0]]) + line + "\n" + as_text("a.jsonl", [ROWS[1]]))
    assert refusal(path).startswith(f"{path}:2:")


@pytest.mark.parametrize("text", ["{}", '"text"', "null", '{"data": []}'])
def test_json_that_is_no_list_is_refused(tmp_path: Path, text: str) -> None:
    assert "is not a JSON list" in refusal(write(tmp_path / "a.json", text))


def test_a_web_page_is_called_so(tmp_path: Path) -> None:
    assert "is a web page" in refusal(write(tmp_path / "a.json", "<!DOCTYPE html><html></html>"))


def test_broken_utf8_is_refused_with_its_line(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", json.dumps(ROWS[0]).encode() + b"\n\xff\n")
    assert "a.jsonl:2: not UTF-8" in refusal(path)


def test_a_truncated_gzip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.json.gz"
    path.write_bytes(gzip.compress(json.dumps(ROWS * 50).encode())[:-10])
    assert "broken gzip" in refusal(path)


@pytest.mark.parametrize(("name", "count"), [("en.12k", 12_000), ("de.12k", 12_000), ("en.9k", 9_229)])
def test_real_instruction_sets_are_read_whole(data_folder: Path, name: str, count: int) -> None:
    rows = list(read_instructions(data_folder / f"alpaca/alpaca.{name}.json.gz", name[:2]))
    assert len(rows) == len({row.id for row in rows}) == count
