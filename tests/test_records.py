"""Records survive the way through JSON lines, and a damaged line is named."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossalpaca.errors import DataError
from crossalpaca.records import (
    Demonstration,
    Example,
    Prediction,
    Score,
    SentencePair,
    SourceFile,
    from_line,
    read_jsonl,
    to_line,
    write_jsonl,
)

PAIR = SentencePair("news:1", "news", ("en", "de"), ("Good morning.", "Guten Morgen."))
TEXT = st.text(max_size=20)  # without surrogates, which hypothesis leaves out by itself
BITS = st.lists(st.floats(allow_nan=False), max_size=3).map(tuple)
RECORDS: dict[type[Any], st.SearchStrategy[Any]] = {
    SentencePair: st.builds(SentencePair, TEXT, TEXT, st.tuples(TEXT, TEXT), st.tuples(TEXT, TEXT)),
    Demonstration: st.builds(
        Demonstration,
        TEXT,
        st.just("translation"),
        TEXT,
        TEXT,
        TEXT,
        TEXT,
        st.sampled_from(["en-x", "x-en", None]),
        TEXT,
    ),
    Example: st.builds(
        Example,
        *(TEXT for _ in range(7)),
        answer=st.sampled_from(["span", "letter", "yes-no"]),
        labels=st.lists(TEXT, max_size=4).map(tuple),
        choices=st.lists(TEXT, max_size=4).map(tuple),
        references=st.lists(TEXT, max_size=2).map(tuple),
        origin=TEXT,
    ),
    Prediction: st.builds(
        Prediction, TEXT, TEXT, TEXT, st.booleans(), BITS, BITS, BITS, st.integers(0), st.integers(0)
    ),
    Score: st.builds(
        Score,
        *(TEXT for _ in range(5)),
        value=st.floats(allow_nan=False),
        n=st.integers(0),
        interval=st.tuples(st.floats(allow_nan=False), st.floats(allow_nan=False)),
        by_seed=st.lists(st.floats(allow_nan=False), max_size=3).map(tuple),
        signature=TEXT,
    ),
}


def written(folder: Path, text: str) -> Path:
    path = folder / "records.jsonl"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("kind", list(RECORDS), ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_records_read_back_are_equal_tuples_included(kind: type[Any], data: st.DataObject) -> None:
    records = data.draw(st.lists(RECORDS[kind], max_size=4))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "records.jsonl"
        write_jsonl(path, records)
        assert list(read_jsonl(path, kind)) == records


@pytest.mark.parametrize("character", ["\n", "\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\x00"])
def test_a_record_is_one_line_whatever_its_text_holds(tmp_path: Path, character: str) -> None:
    record = SentencePair("a", "b", ("en", "de"), (f"one{character}two", "x"))
    path = tmp_path / "records.jsonl"
    write_jsonl(path, [record, PAIR])
    assert path.read_bytes().count(b"\n") == 2
    assert list(read_jsonl(path, SentencePair)) == [record, PAIR]


def test_text_is_written_as_utf8_and_not_escaped(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    write_jsonl(path, [SentencePair("a", "b", ("en", "zh-Hans"), ("Peace", "\u548c\u5e73"))])
    assert "\u548c\u5e73".encode() in path.read_bytes()


def test_a_broken_last_line_is_named_after_the_whole_ones_are_given(tmp_path: Path) -> None:
    path = written(tmp_path, to_line(PAIR) + to_line(PAIR) + to_line(PAIR)[:-20])
    found = []
    with pytest.raises(DataError) as raised:
        for record in read_jsonl(path, SentencePair):
            found.append(record)
    assert found == [PAIR, PAIR]
    assert f"{path}:3:" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_line_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    path.write_bytes(to_line(PAIR).encode() + to_line(PAIR).encode().replace(b"Guten", b"G\xfcten"))
    with pytest.raises(DataError, match=r"records\.jsonl:2:"):
        list(read_jsonl(path, SentencePair))


@pytest.mark.parametrize(
    "row",
    [
        {key: value for key, value in asdict(PAIR).items() if key != "texts"},
        asdict(PAIR) | {"direction": "en-x"},
        {},
        [],
        "text",
        None,
        3,
    ],
    ids=["one missing", "one more", "none", "list", "text", "null", "number"],
)
def test_wrong_fields_are_refused_with_the_right_ones(row: object) -> None:
    with pytest.raises(DataError) as raised:
        from_line(json.dumps(row), SentencePair, "file:7")
    assert "file:7" in str(raised.value)
    assert all(name in str(raised.value) for name in ("id", "corpus", "languages", "texts"))


def test_a_record_of_another_kind_is_refused() -> None:
    demonstration = Demonstration("1", "instruction", "Say hello.", "", "Hello.", "en", None, "file")
    with pytest.raises(DataError, match="sentencepair"):
        from_line(to_line(demonstration), SentencePair, "file:1")


def test_a_file_without_lines_holds_no_records(tmp_path: Path) -> None:
    assert list(read_jsonl(written(tmp_path, ""), SentencePair)) == []


def test_a_source_file_is_known_by_its_content() -> None:
    here, there = SourceFile(Path("/a/x.json"), "0" * 64), SourceFile(Path("/b/y.json"), "0" * 64)
    assert here.identity == there.identity == "0" * 64
    assert here.name == "x.json"
