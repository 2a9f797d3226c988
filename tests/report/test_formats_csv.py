"""The report as CSV: every number reads back as it is, and no text is run by a spreadsheet."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars
import pytest
from hypothesis import given
from hypothesis import strategies as st

import reports
from crossalpaca.report.formats.csv import TABLES, write_csv

NAMES = ["scores.csv", "differences.csv", "models.csv", "alignment.csv", "translation.csv", "audits.csv"]
AUDIT: dict[str, Any] = {
    "benchmark": "xquad",
    "language": "it",
    "golds": "own",
    "translated": {"engine": "apertium", "items": 1190},
    "items": 1190,
    "failing": 413,
    "asked": 30,
    "asked_failing": ["q7", "q9"],
    "checks": {
        "gold-not-in-context": {"severity": "error", "count": 413, "errors": 413, "of": 1190, "asked": 2},
        "gold-ambiguous": {"severity": "warning", "count": 83, "errors": 0, "of": 1190, "asked": 9},
    },
}


@pytest.fixture
def made() -> dict[str, Any]:
    pairs = [("de-CrossAlpaca", "de-Alpaca"), ("de-Alpaca", "base")]
    models = reports.alpacas(["de", "zh-Hans"], seeds=(42, 43))
    return reports.report(models, languages=["de", "zh-Hans"], compare=pairs)


def read(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def plain(entry: Mapping[str, Any]) -> dict[str, Any]:
    """An entry as the file must hold it: intervals and seeds in columns."""
    rest = {key: value for key, value in entry.items() if key not in ("interval", "by_seed")}
    low, high = entry["interval"]
    return rest | {"low": low, "high": high} | {f"by_seed_{i}": value for i, value in enumerate(entry["by_seed"], 1)}


def as_read(row: Mapping[str, str], like: Mapping[str, Any]) -> dict[str, Any]:
    """A row of texts, each cell read as the kind of value that the report has there."""
    cells = {key: text for key, text in row.items() if text or like.get(key) == ""}
    return {key: text if isinstance(like[key], str) else json.loads(text) for key, text in cells.items()}


@pytest.mark.parametrize("name", ["scores", "differences", "alignment", "translation"])
def test_every_field_of_every_entry_reads_back_exactly(made: dict[str, Any], name: str, tmp_path: Path) -> None:
    write_csv(made, tmp_path)
    entries = made[name] if name in made else made["probing"][name]
    rows = read(tmp_path, name)
    assert entries
    for row, entry in zip(rows, entries, strict=True):
        assert as_read(row, plain(entry)) == plain(entry)


def test_a_field_that_no_column_is_for_has_its_own_at_the_end(made: dict[str, Any], tmp_path: Path) -> None:
    made["scores"][1] |= {"later": 0.125}
    write_csv(made, tmp_path)
    rows = read(tmp_path, "scores")
    assert [row["later"] for row in rows[:3]] == ["", "0.125", ""]
    assert list(rows[0]) == [*(key for key in rows[0] if key != "later"), "later"]


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=3, max_size=6))
def test_numbers_are_the_same_to_the_last_bit(values: list[float]) -> None:
    score = {"value": values[0], "interval": values[1:3], "by_seed": values[3:]}
    with TemporaryDirectory() as folder:
        write_csv({"scores": [score], "differences": [], "models": {}, "audits": []}, Path(folder))
        (row,) = read(Path(folder), "scores")
    seeds = [row[f"by_seed_{i + 1}"] for i in range(len(values) - 3)]
    assert [float(text) for text in (row["value"], row["low"], row["high"], *seeds)] == values


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_texts_read_back_and_none_begins_a_formula(text: str) -> None:
    score = {"value": -1.5, "interval": [-2.0, -1], "model": text, "signature": "=1+1"}
    with TemporaryDirectory() as folder:
        write_csv({"scores": [score], "differences": [], "models": {}, "audits": []}, Path(folder))
        (row,) = read(Path(folder), "scores")
    assert not row["model"].startswith(("=", "+", "-", "@", "\t", "\r"))
    assert row["model"] in (text, f"'{text}")
    assert row["model"].startswith("'") or not text.startswith("'")
    assert row["signature"] == "'=1+1"
    assert (row["value"], row["low"], row["high"]) == ("-1.5", "-2.0", "-1")


def test_the_six_files_are_always_there(made: dict[str, Any], tmp_path: Path) -> None:
    assert [path.name for path in write_csv(made, tmp_path)] == NAMES
    made |= {"scores": [], "differences": [], "models": {}, "audits": [], "probing": None}
    for path, name in zip(write_csv(made, tmp_path), TABLES, strict=True):
        lines = path.read_bytes().split(b"\r\n")
        assert [len(lines), lines[-1]] == [2, b""]
        assert lines[0].decode().split(",") == [column for column in TABLES[name][0] if column != "by_seed"]


def test_a_model_has_its_settings_and_its_behaviour(made: dict[str, Any], tmp_path: Path) -> None:
    made["models"]["de-Alpaca"]["behaviour"]["differs_from"] = {"model": "base", "answers": 480, "share": 0.9125}
    write_csv(made, tmp_path)
    rows = {row["model"]: row for row in read(tmp_path, "models")}
    assert list(rows) == list(made["models"])
    assert [rows["base"][key] for key in ("trained", "languages", "seeds", "instructions")] == ["false", "", "42", "0"]
    cross = rows["zh-Hans-CrossAlpaca"]
    assert [cross[key] for key in ("trained", "languages", "seeds")] == ["true", "zh-Hans", "42 43"]
    assert [cross[f"translations_{direction}"] for direction in ("en_x", "x_en")] == ["10000", "10000"]
    alpaca = rows["de-Alpaca"]
    assert [alpaca[key] for key in ("answers", "ended_with_eos", "mean_completion_tokens")] == ["480", "0.98", "12.5"]
    assert [alpaca[f"differs_{key}"] for key in ("from", "share", "answers")] == ["base", "0.9125", "480"]


def test_an_audit_has_a_row_a_check_and_one_where_nothing_was_found(made: dict[str, Any], tmp_path: Path) -> None:
    sound = AUDIT | {"language": "de", "translated": {}, "failing": 0, "asked_failing": [], "checks": {}}
    write_csv(made | {"audits": [AUDIT, sound]}, tmp_path)
    rows = [list(row.values()) for row in read(tmp_path, "audits")]
    place = ["xquad", "it", "own", "apertium", "1190", "413", "30", "2"]
    assert rows == [
        [*place, "gold-not-in-context", "error", "413", "413", "1190", "2"],
        [*place, "gold-ambiguous", "warning", "83", "0", "1190", "9"],
        ["xquad", "de", "own", "", "1190", "0", "30", "0", *[""] * 6],
    ]


def test_columns_of_numbers_are_numbers_to_other_tools(made: dict[str, Any], tmp_path: Path) -> None:
    write_csv(made, tmp_path)
    table = polars.read_csv(tmp_path / "differences.csv")
    assert {str(table.schema[name]) for name in ("value", "low", "high", "p", "p_holm", "by_seed_1")} == {"Float64"}
    assert {str(table.schema[name]) for name in ("n", "wins", "losses")} == {"Int64"}
    assert table["value"].to_list() == [difference["value"] for difference in made["differences"]]
