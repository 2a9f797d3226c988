"""The paper's tables from a report: own languages, recomputed averages, published values, what was forgotten."""

from __future__ import annotations

import re
from itertools import pairwise
from statistics import fmean
from typing import Any

import pytest

import reports
from crossalpaca.errors import InputError
from crossalpaca.report.page import render
from crossalpaca.report.paper_tables import PaperTable, Row, paper_tables
from crossalpaca.report.published import values
from crossalpaca.report.table import signed

CODES = ["de", "it", "zh-Hans"]
PAIRS = [(f"{code}-CrossAlpaca", f"{code}-Alpaca") for code in CODES] + [("de-Alpaca", "base")]


def made(extra: dict[str, Any] | None = None, **settings: Any) -> dict[str, Any]:
    models = reports.alpacas(CODES, **settings) | (extra or {})
    return reports.report(models, languages=CODES, compare=PAIRS)


def rows(table: PaperTable, group: str) -> list[Row]:
    return [row for row in table.rows if row.group == group]


def score(report: dict[str, Any], model: str, benchmark: str, language: str, metric: str) -> float:
    place = (model, benchmark, "", language, metric, "all")
    keys = ("model", "benchmark", "task", "language", "metric", "items")
    (found,) = [each["value"] for each in report["scores"] if tuple(each[key] for key in keys) == place]
    return float(found)


def test_columns_are_the_papers_each_with_one_stated_metric() -> None:
    for table in paper_tables(made(), "f1_mlqa"):
        assert [(column.benchmark, column.metric) for column in table.columns] == [
            ("mlqa", "f1_mlqa"),
            ("xquad", "f1_mlqa"),
            ("mmlu", "accuracy_generated"),
            ("bbh", "accuracy_generated"),
        ]


def test_every_model_is_shown_on_its_own_language() -> None:
    report = made()
    table_3 = paper_tables(report)[0]
    shown = {(row.title, row.language) for row in table_3.rows if row.language and not row.signed}
    trained = {(f"{code}-{kind}", code) for code in CODES for kind in ("Alpaca", "CrossAlpaca")}
    assert shown == trained | {("en-Alpaca", "en")} | {("base", code) for code in [*CODES, "en"]}
    for row in table_3.rows:
        if row.language and not row.signed:
            for cell, column in zip(row.cells, table_3.columns, strict=True):
                assert cell is not None
                assert cell.value == score(report, row.title, column.benchmark, row.language, column.metric)
                assert (cell.n, cell.interval) == (240, (cell.value - 0.03, cell.value + 0.03))


def test_averages_recompute_over_languages_other_than_english_and_say_how_many() -> None:
    report = made()
    for group in ("untrained", "x-Alpaca", "x-CrossAlpaca", "x-CrossAlpaca less x-Alpaca"):
        *single, average = rows(paper_tables(report)[0], group)
        assert (average.title, average.language) == ("average", "")
        for place, cell in enumerate(average.cells):
            own = [row.cells[place] for row in single if row.language != "en"]
            assert cell is not None
            assert cell.value == pytest.approx(fmean(each.value for each in own if each))
            assert (cell.n, cell.interval) == (3, None)


def test_an_average_is_over_the_languages_that_have_a_score() -> None:
    report = made()
    report["scores"] = [
        each for each in report["scores"] if (each["model"], each["benchmark"]) != ("it-Alpaca", "mlqa")
    ]
    table_3, table_2, _ = paper_tables(report)
    average = rows(table_3, "x-Alpaca")[-1]
    assert [cell.n for cell in average.cells if cell] == [2, 3, 3, 3]
    # A difference of averages that are over other languages would compare languages, not models.
    gain = rows(table_3, "x-CrossAlpaca less x-Alpaca")[-1]
    both = [score(report, f"{c}-CrossAlpaca", "mlqa", c, "exact_match") for c in ("de", "zh-Hans")]
    less = [score(report, f"{c}-Alpaca", "mlqa", c, "exact_match") for c in ("de", "zh-Hans")]
    assert gain.cells[0] is not None
    assert gain.cells[0].value == pytest.approx(fmean(both) - fmean(less))
    assert rows(table_2, "x-CrossAlpaca less x-Alpaca") == [gain]


def test_published_values_stand_beside_and_their_averages_are_recomputed_over_the_same_languages() -> None:
    table_3 = paper_tables(made())[0]
    for kind in ("Alpaca", "CrossAlpaca"):
        *single, average = rows(table_3, f"x-{kind}")
        for place, column in enumerate(table_3.columns):
            printed = {row.language: row.cells[place].published for row in single if row.cells[place]}
            assert printed == {code: values()[kind, code, column.benchmark] for code in printed}
            expected = fmean(values()[kind, code, column.benchmark] for code in CODES)
            assert average.cells[place].published == pytest.approx(expected)
    assert all(cell.published is None for row in rows(table_3, "untrained") for cell in row.cells if cell)


def test_a_language_that_the_paper_has_not_leaves_no_published_average() -> None:
    report = reports.report(reports.alpacas(["de", "el"]), languages=["de", "el"])
    average = rows(paper_tables(report)[0], "x-Alpaca")[-1]
    assert [cell.published for cell in average.cells if cell] == [None] * 4


def test_significance_is_that_of_the_difference_to_x_alpaca_after_holm() -> None:
    report = made()
    for each in report["differences"]:
        if each["model"] == "it-CrossAlpaca" and each["language"] == "it":
            each["p_holm"] = 0.05 if each["benchmark"] == "xquad" else 0.0499
    table_3 = paper_tables(report)[0]
    for group in ("x-CrossAlpaca", "x-CrossAlpaca less x-Alpaca"):
        row = next(row for row in rows(table_3, group) if row.language == "it")
        assert [cell.significant for cell in row.cells if cell] == [True, False, True, True]
    assert not any(cell.significant for row in rows(table_3, "x-Alpaca") for cell in row.cells if cell)


def test_table_2_gives_averages_less_english() -> None:
    table_3, table_2, _ = paper_tables(made())
    (english,) = rows(table_2, "English")
    assert (english.title, english.language) == ("en-Alpaca", "en")
    for group in ("untrained", "x-Alpaca", "x-CrossAlpaca"):
        average, delta = rows(table_2, group)
        assert average == rows(table_3, group)[-1]
        assert delta.signed
        for own, other, less in zip(average.cells, english.cells, delta.cells, strict=True):
            assert own and other and less
            assert less.value == pytest.approx(own.value - other.value)


def test_without_an_english_alpaca_the_untrained_backbone_is_english() -> None:
    _, table_2, _ = paper_tables(made(english=False))
    (english,) = rows(table_2, "English")
    assert english.title == "base"
    assert all(cell.published is None for cell in english.cells if cell)


def test_what_was_forgotten_is_english_less_the_untrained_backbones() -> None:
    report = made()
    forgotten = paper_tables(report)[2]
    single = {row.title: row for row in forgotten.rows if row.language}
    assert single.keys() == report["models"].keys() - {"base"}
    for name, row in single.items():
        for cell, column in zip(row.cells, forgotten.columns, strict=True):
            own, base = (score(report, each, column.benchmark, "en", column.metric) for each in (name, "base"))
            assert cell is not None
            assert cell.value == pytest.approx(own - base)
            # An interval where the report compares the two, and none where it does not.
            assert (cell.interval is not None) == (name == "de-Alpaca")


def test_kinds_are_told_by_settings_and_never_by_names() -> None:
    extra = {
        "de-CrossAlpaca-small": reports.model(["de"], 12000, {"en-x": 100, "x-en": 100}),
        "de-one-way": reports.model(["de"], 12000, {"en-x": 20000}),
        "Alpaca": reports.model(["de"], 12000, {"en-x": 10000, "x-en": 10000}, control="mis-paired"),
        "everything": reports.model(["de", "it"], 24000, {"en-x": 20000, "x-en": 20000}),
    }
    table_3 = paper_tables(made(extra))[0]
    assert {row.title for row in rows(table_3, "controls")} == {"Alpaca"}
    further = [(row.title, row.language) for row in rows(table_3, "further models")]
    assert sorted(further) == [
        ("de-CrossAlpaca-small", "de"),
        ("de-one-way", "de"),
        ("everything", "de"),
        ("everything", "it"),
    ]
    assert len(rows(table_3, "x-CrossAlpaca")) == len(CODES) + 1


def test_renaming_models_changes_nothing_but_titles() -> None:
    report = made()
    renamed = {name: f"m{place}" for place, name in enumerate(report["models"])}
    other = {**report, "models": {renamed[name]: model for name, model in report["models"].items()}}
    for key in ("scores", "differences"):
        names = ("model", "baseline")
        other[key] = [{k: renamed[v] if k in names else v for k, v in entry.items()} for entry in report[key]]
    for table, again in zip(paper_tables(report), paper_tables(other), strict=True):
        assert [row.cells for row in table.rows] == [row.cells for row in again.rows]
        assert [row.group for row in table.rows] == [row.group for row in again.rows]


def test_backbones_are_not_mixed() -> None:
    second = {
        "big": reports.model([], backbone="big"),
        "big-de-Alpaca": reports.model(["de"], 12000, backbone="big"),
        "big-de-CrossAlpaca": reports.model(["de"], 12000, {"en-x": 10000, "x-en": 10000}, backbone="big"),
    }
    table_3 = paper_tables(made(second))[0]
    average = rows(table_3, "x-Alpaca, big")[-1]
    assert [cell.n for cell in average.cells if cell] == [1] * 4
    gains = rows(table_3, "x-CrossAlpaca less x-Alpaca, big")
    assert [row.title for row in gains] == ["big-de-CrossAlpaca less big-de-Alpaca", "average"]


def test_groups_stand_together() -> None:
    for table in paper_tables(made()):
        changes = sum(a.group != b.group for a, b in pairwise(table.rows))
        assert changes + 1 == len({row.group for row in table.rows})


def test_an_unknown_metric_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match=r"unknown metric 'exact_mach' \(did you mean exact_match\?\)"):
        paper_tables(made(), "exact_mach")


def shown(table: str, title: str, group: str) -> list[str]:
    """The texts of the cells of a row, under its heading in a table of the page."""
    part = table[table.index(f"<span>{group}</span>") :]
    row = part[part.index(f"<span>{title}</span>") :].partition("</tr>")[0]
    cells = re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)
    return [" ".join(re.sub("<[^>]*>", " ", cell).split()) for cell in cells]


def test_the_page_shows_values_stars_intervals_and_the_papers_own() -> None:
    report = made()
    page = render(report)
    table_3 = page[page.index('id="paper-1"') : page.index('id="paper-2"')]
    value = score(report, "de-CrossAlpaca", "mlqa", "de", "exact_match")
    low, high = value - 0.03, value + 0.03
    cross = shown(table_3, "de-CrossAlpaca", "x-CrossAlpaca")
    assert cross[0] == f"{value * 100:.1f}* [{low * 100:.1f}, {high * 100:.1f}] paper 64.0"
    assert len(cross) == len(paper_tables(report)[0].columns)
    assert shown(table_3, "average", "x-CrossAlpaca")[0].endswith(" 3 languages paper 66.0")
    gain = paper_tables(report)[0].groups[-1][1][0].cells[0]
    assert gain is not None
    less = shown(table_3, "de-CrossAlpaca less de-Alpaca", "x-CrossAlpaca less x-Alpaca")
    assert less[0].startswith(f"{signed(gain.value, 'share')}* [") and less[0].endswith("] paper +28.0")


def test_rows_keep_their_order_under_their_headings() -> None:
    for table in paper_tables(made()):
        assert [row for _, under in table.groups for row in under] == list(table.rows)
        assert all(row.group == title for title, under in table.groups for row in under)
