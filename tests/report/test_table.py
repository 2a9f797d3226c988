"""Rows of the tables, what a difference says, and the Markdown form."""

from __future__ import annotations

from typing import Any

import pytest

from crossalpaca.report.compact import compact_tables, markdown
from crossalpaca.report.table import (
    comparison_rows,
    finding,
    further_comparison_rows,
    in_order,
    number,
    result_rows,
    signed,
    task_rows,
)

Report = dict[str, Any]


def test_result_rows_hold_every_overall_score(report: Report) -> None:
    shown = {
        (row.model, row.benchmark, row.language, metric): (value, list(interval), row.n)
        for row in result_rows(report)
        for metric, (value, interval) in row.scores.items()
    }
    expected = {
        (s["model"], s["benchmark"], s["language"], s["metric"]): (s["value"], s["interval"], s["n"])
        for s in report["scores"]
        if s["task"] in ("", "sole")
    }
    assert shown == expected


def test_rows_go_by_benchmark_then_language_then_model(report: Report) -> None:
    report["scores"].reverse()
    rows = [(row.language, row.model) for row in result_rows(report) if row.benchmark == "qa"]
    models = ["base", "it-Alpaca", "it-CrossAlpaca"]
    assert rows == [("it", model) for model in models] + [("en", model) for model in models]


def test_task_rows_are_the_tasks_of_benchmarks_with_several(report: Report) -> None:
    rows = task_rows(report)
    assert {(row.benchmark, row.task) for row in rows} == {("tasks", "date"), ("tasks", "navigate")}
    assert len(rows) == 2 * 2 * 3  # tasks, languages, models
    assert {(row.benchmark, row.task) for row in further_comparison_rows(report)} == {
        ("tasks", "date"),
        ("tasks", "navigate"),
    }


def without_failing(entries: list[dict[str, Any]], n: int) -> list[dict[str, Any]]:
    """The entries of one benchmark again, over `n` sound items."""
    return [
        entry | {"items": "sound", "n": n, "value": entry["value"] / 2}
        for entry in entries
        if entry["benchmark"] == "qa"
    ]


def test_sound_items_have_rows_of_their_own_where_the_audit_found_errors(report: Report) -> None:
    before = result_rows(report)
    report["scores"] += without_failing(report["scores"], 25)
    report["differences"] += without_failing(report["differences"], 25)
    rows = result_rows(report)
    assert [row for row in rows if not row.sound] == before
    assert {(row.title, row.n) for row in rows if row.sound} == {("qa, sound items", 25)}
    assert len([row for row in rows if row.sound]) == 2 * 3  # languages, models
    first, last = (next(i for i, row in enumerate(rows) if row.sound == sound) for sound in (False, True))
    assert first < last
    assert not any(row.sound for row in comparison_rows(report))
    assert {row.title for row in further_comparison_rows(report) if row.sound} == {"qa, sound items"}


def test_sound_items_that_are_all_items_are_not_shown_twice(report: Report) -> None:
    before = result_rows(report), further_comparison_rows(report)
    report["scores"] += without_failing(report["scores"], 30)
    report["differences"] += without_failing(report["differences"], 30)
    assert (result_rows(report), further_comparison_rows(report)) == before


def test_a_row_counts_all_its_items_also_where_a_metric_is_over_fewer(report: Report) -> None:
    next(s for s in report["scores"] if s["benchmark"] == "qa")["n"] = 7
    assert {row.n for row in result_rows(report) if row.benchmark == "qa"} == {30}


def test_comparison_rows_hold_every_overall_difference_in_the_order_of_pairs(report: Report) -> None:
    report["differences"].reverse()
    rows = comparison_rows(report)
    shown = {
        (row.model, row.baseline, row.benchmark, row.language, metric): (c.value, list(c.interval), c.wins, c.losses)
        for row in rows
        for metric, c in row.changes.items()
    }
    expected = {
        (d["model"], d["baseline"], d["benchmark"], d["language"], d["metric"]): (
            d["value"],
            d["interval"],
            d["wins"],
            d["losses"],
        )
        for d in report["differences"]
        if d["task"] in ("", "sole")
    }
    assert shown == expected
    pairs = list(dict.fromkeys((row.model, row.baseline) for row in rows))
    assert pairs == [tuple(pair) for pair in report["experiment"]["compare"]]


def test_a_report_without_scores_has_no_rows(report: Report) -> None:
    report |= {"scores": [], "differences": []}
    assert result_rows(report) == task_rows(report) == comparison_rows(report) == []


@pytest.mark.parametrize(
    ("value", "interval", "higher_is_better", "expected"),
    [
        (0.1, (0.01, 0.2), True, "better"),
        (-0.1, (-0.2, -0.01), True, "worse"),
        (0.1, (0.01, 0.2), False, "worse"),  # more bits
        (-0.1, (-0.2, -0.01), False, "better"),
        (0.1, (-0.01, 0.2), True, "no difference shown"),
        (0.1, (0.0, 0.2), True, "no difference shown"),
        (-0.1, (-0.2, 0.0), False, "no difference shown"),
        (0.0, (0.0, 0.0), True, "no difference shown"),
        (0.1, (1e-18, 0.2), True, "no difference shown"),  # gaps that cancel but for the last bits
        (0.25, (0.25, 0.25), True, "interval without width"),  # one passage
    ],
)
def test_finding(value: float, interval: tuple[float, float], higher_is_better: bool, expected: str) -> None:
    assert finding(value, interval, higher_is_better) == expected


@pytest.mark.parametrize(
    ("value", "unit", "plain", "with_sign"),
    [
        (0.4256, "share", "42.6", "+42.6"),
        (1.0, "share", "100.0", "+100.0"),
        (0.0, "share", "0.0", "0.0"),
        (-0.0, "share", "0.0", "0.0"),
        (-0.031, "share", "−3.1", "−3.1"),
        (-0.0001, "share", "−0.0", "−0.0"),
        (0.0001, "share", "0.0", "+0.0"),
        (1.23456, "bits", "1.235", "+1.235"),
    ],
)
def test_numbers(value: float, unit: str, plain: str, with_sign: str) -> None:
    assert (number(value, unit), signed(value, unit)) == (plain, with_sign)


def test_unknown_metrics_follow_the_known() -> None:
    assert in_order(["own", "contains", "exact_match", "own"]) == ["exact_match", "contains", "own"]


FREE_HEADS = "| model | benchmark | language | n | EM | F1 | contains | gold bits/byte |"
GIVEN_HEADS = "| model | benchmark | language | n | EM | answer | label | gold bits/byte |"


def test_markdown(report: Report) -> None:
    lines = markdown(report).splitlines()
    assert [lines.count(heads) for heads in (FREE_HEADS, GIVEN_HEADS)] == [2, 2]
    assert sum(line.startswith("|") for line in lines) == 4 * 2 + 3 * 8 + 2 * 8
    score = next(
        s for s in report["scores"] if (s["model"], s["benchmark"], s["language"]) == ("base", "choices", "it")
    )
    low, high = score["interval"]
    expected = f"{100 * score['value']:.1f} [{100 * low:.1f}, {100 * high:.1f}] | "
    assert (
        next(line for line in lines if line.startswith("| base | choices | it | 30 | "))
        .split("30 | ")[1]
        .startswith(expected)
    )
    assert any(line.startswith("| it-CrossAlpaca − it-Alpaca | qa | it | 30 | ") for line in lines)
    report["experiment"]["compare"], report["differences"] = [], []
    assert markdown(report).count(FREE_HEADS) == 1


def test_markdown_escapes(report: Report) -> None:
    report["models"]["a|<b>"] = report["models"].pop("base")
    for score in report["scores"]:
        score["model"] = score["model"].replace("base", "a|<b>")
    assert "| a\\|&lt;b> | qa |" in markdown(report)


def test_compact_tables(report: Report) -> None:
    tables = compact_tables(report)
    assert [len(table.rows) for table in tables] == [3 * 6, 3 * 2, 2 * 6, 2 * 2]
    assert all(len(row) == len(table.heads) for table in tables for row in table.rows)
    assert len({table.caption for table in tables}) == 4


def test_audits_are_a_table_where_they_found_an_error(report: Report) -> None:
    checks = {
        "gold-not-in-context": {"severity": "error", "count": 413, "errors": 413, "of": 1190, "asked": 1},
        "gold-ambiguous": {"severity": "warning", "count": 83, "errors": 0, "of": 1190, "asked": 9},
    }
    audit = {"benchmark": "qa", "language": "it", "golds": "own", "items": 1190, "failing": 413, "asked": 30}
    audit |= {"asked_failing": ["q7"], "checks": checks}
    *_, table = compact_tables(report | {"audits": [audit]})
    assert table.rows == [["qa", "it", "own", "1190", "413", "30", "1", "gold-not-in-context 413"]]
    sound = audit | {"failing": 0, "asked_failing": [], "checks": {}}
    assert len(compact_tables(report | {"audits": [sound]})) == 4
