"""What each chart draws of a report, and when it draws nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

import reports
from crossalpaca.evaluation.metrics import METRICS
from crossalpaca.report.charts import CHARTS
from crossalpaca.report.charts.losses import POINTS, thinned
from crossalpaca.report.table import HEADLINE, LABELS

PUBLISHED = {("Alpaca", "de", "xquad"): 0.39, ("CrossAlpaca", "de", "xquad"): 0.67, ("CrossAlpaca", "it", "bbh"): 0.27}


def _rows(spec: dict[str, Any]) -> list[dict[str, Any]]:
    """The data of a spec, which Altair keeps under a name."""
    (rows,) = spec["datasets"].values()
    return list(rows)


def _drawn(chart: str, report: dict[str, Any], published: Any = None) -> list[dict[str, Any]]:
    spec = CHARTS[chart].draw(report, published or {})
    assert spec is not None
    return _rows(spec)


@pytest.mark.parametrize("chart", CHARTS)
def test_equal_reports_give_equal_specs(chart: str, whole_report: dict[str, Any]) -> None:
    first = CHARTS[chart].draw(whole_report, PUBLISHED)
    CHARTS["ladder"].draw(whole_report)
    again = CHARTS[chart].draw(json.loads(json.dumps(whole_report)), PUBLISHED)
    assert first is not None
    assert json.dumps(first) == json.dumps(again)


@pytest.mark.parametrize("chart", CHARTS)
def test_a_chart_names_itself_and_brings_no_colours(chart: str, whole_report: dict[str, Any]) -> None:
    spec = CHARTS[chart].draw(whole_report)
    assert spec is not None
    assert spec["description"].startswith(CHARTS[chart].title)
    assert "config" not in spec


def test_the_main_experiment_has_no_ablations_and_no_probing(main_report: dict[str, Any]) -> None:
    drawn = [chart.id for chart in CHARTS.values() if chart.draw(main_report) is not None]
    assert drawn == ["by-language", "ladder", "losses"]


def test_a_report_of_the_base_alone_has_no_chart() -> None:
    report = reports.report({"base": reports.model([])}, languages=["de"], probed=False)
    assert [chart.id for chart in CHARTS.values() if chart.draw(report) is not None] == []


def test_by_language_shows_each_kind_by_the_model_with_the_most_demonstrations(whole_report: dict[str, Any]) -> None:
    rows = [row for row in _drawn("by-language", whole_report) if row["row"] == "German"]
    assert {row["series"]: row["model"] for row in rows} == {
        "base": "base",
        "Alpaca": "de-Alpaca",
        "CrossAlpaca": "de-CrossAlpaca",
    }
    english = {row["model"] for row in _drawn("by-language", whole_report) if row["row"] == "English"}
    assert english == {"base", "en-Alpaca"}


def test_values_and_intervals_are_those_of_the_report_in_per_cent(whole_report: dict[str, Any]) -> None:
    scores = {
        (s["model"], s["benchmark"], s["metric"]): s
        for s in whole_report["scores"]
        if s["language"] == "de" and s["items"] == "all" and s["metric"] in HEADLINE
    }
    rows = [row for row in _drawn("by-language", whole_report) if row["row"] == "German"]
    labels = {label: metric for metric, label in LABELS.items()}
    assert len(rows) == 3 * sum(metric in HEADLINE for kinds in reports.BENCHMARKS.values() for metric in kinds)
    for row in rows:
        metric = labels[row["measure"]]
        score = scores[row["model"], row["panel"].lower(), metric]
        scale = 100 if METRICS[metric].unit == "share" else 1
        drawn = [row["low"], row["value"], row["high"]]
        low, high = score["interval"]
        assert drawn == pytest.approx([scale * x for x in (low, score["value"], high)], abs=1e-4)


def test_each_benchmark_has_one_main_measure(whole_report: dict[str, Any]) -> None:
    main = {(row["panel"], row["measure"]) for row in _drawn("by-language", whole_report) if row["main"]}
    answer = LABELS["accuracy_generated"]
    assert main == {("XQuAD", "Contains"), ("MLQA", "Contains"), ("MMLU", answer), ("BBH", answer)}


def test_published_values_stand_only_where_the_report_has_a_row(whole_report: dict[str, Any]) -> None:
    drawn = [row for row in _drawn("by-language", whole_report, PUBLISHED) if row["source"] == "paper"]
    found = {(row["series"], row["row"], row["panel"]): row["value"] for row in drawn}
    assert found == {("Alpaca", "German", "XQuAD"): 39.0, ("CrossAlpaca", "German", "XQuAD"): 67.0}


def test_a_published_value_is_shown_for_the_shares_that_are_measured_beside_it(whole_report: dict[str, Any]) -> None:
    both = PUBLISHED | {("Alpaca", "de", "mmlu"): 0.24}
    drawn = {row["panel"]: row["beside"] for row in _drawn("by-language", whole_report, both) if "beside" in row}
    assert {"Contains", "F1, MLQA", "Answer found"} <= set(drawn["XQuAD"])
    assert "Contains" not in drawn["MMLU"]
    assert LABELS["accuracy_generated"] in drawn["MMLU"]
    assert not any(LABELS["gold_bits_per_byte"] in beside for beside in drawn.values())


def test_names_of_models_say_nothing(whole_report: dict[str, Any]) -> None:
    names = {name: f"model {i}" for i, name in enumerate(whole_report["models"])}
    text = json.dumps(whole_report)
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(json.dumps(name), json.dumps(names[name]))
    renamed = json.loads(text)
    for chart in ("by-language", "amount", "direction", "alignment", "translation", "losses"):
        before = [(r["panel"], r["series"], r.get("value"), r.get("loss")) for r in _drawn(chart, whole_report)]
        after = [(r["panel"], r["series"], r.get("value"), r.get("loss")) for r in _drawn(chart, renamed)]
        assert before == after, chart


def test_amounts_join_even_translations_without_controls(whole_report: dict[str, Any]) -> None:
    german = {row["amount"]: row["model"] for row in _drawn("amount", whole_report) if row["series"] == "German"}
    assert german == {0: "de-Alpaca", 2000: "de-few", 20000: "de-CrossAlpaca"}


def test_two_amounts_are_no_curve(main_report: dict[str, Any]) -> None:
    assert CHARTS["amount"].draw(main_report) is None


def test_directions_compare_none_one_and_both(whole_report: dict[str, Any]) -> None:
    german = {row["series"]: row["model"] for row in _drawn("direction", whole_report) if row["row"] == "German"}
    assert german == {
        "none": "de-Alpaca",
        "out of English, 20,000": "de-out",
        "into English, 20,000": "de-in",
        "both directions, 20,000": "de-CrossAlpaca",
    }


def test_the_ladder_goes_from_strict_to_lenient_over_shares_alone(whole_report: dict[str, Any]) -> None:
    spec = CHARTS["ladder"].draw(whole_report)
    assert spec is not None
    order = spec["spec"]["layer"][1]["encoding"]["y"]["sort"]
    assert order == [label for label in LABELS.values() if label in order]
    assert LABELS["gold_bits_per_byte"] not in order
    differences = [d for d in whole_report["differences"] if d["items"] == "all" and "bits" not in d["metric"]]
    assert len(_rows(spec)) == len(differences)


def test_alignment_has_a_point_for_each_layer_direction_and_model(whole_report: dict[str, Any]) -> None:
    rows = [row for row in _drawn("alignment", whole_report) if row["model"] == "base"]
    assert len(rows) == 3 * 2 * 7
    assert [row["panel"] for row in rows if row["layer"] == 0][:2] == ["English → German", "German → English"]


def test_plain_cosine_is_not_mixed_into_alignment(whole_report: dict[str, Any]) -> None:
    probing = whole_report["probing"]
    plain = [entry | {"measure": "plain", "value": 0.5} for entry in probing["alignment"]]
    both = whole_report | {"probing": probing | {"alignment": [*plain, *probing["alignment"]]}}
    assert _drawn("alignment", both) == _drawn("alignment", whole_report)


def _headings(spec: dict[str, Any]) -> dict[str, list[str]]:
    """The lines over the gains, by measure, out of the expression that looks them up."""
    found: dict[str, list[str]] = json.loads(spec["title"]["text"]["expr"].removesuffix("[measure]")[1:-1])
    return found


def test_the_correlation_stands_over_the_gains(whole_report: dict[str, Any]) -> None:
    spec = CHARTS["gains"].draw(whole_report)
    assert spec is not None
    lines = ["F1, MLQA, gains in points", "Spearman +0.40 [−0.10, +0.80], 3 cells"]
    assert _headings(spec) == {"F1, MLQA": lines}


def test_too_few_cells_are_drawn_without_a_coefficient(whole_report: dict[str, Any]) -> None:
    probing = whole_report["probing"]
    none = [correlation | {"value": None, "interval": None} for correlation in probing["correlations"]]
    spec = CHARTS["gains"].draw(whole_report | {"probing": probing | {"correlations": none}})
    assert spec is not None
    assert _headings(spec)["F1, MLQA"][1:] == ["Spearman: 3 cells are too few"]
    assert len(_rows(spec)) == 3


def test_gains_of_bits_are_not_made_per_cent(whole_report: dict[str, Any]) -> None:
    probing = whole_report["probing"]
    (one,) = probing["correlations"]
    more = [one, one | {"coefficient": "pearson"}, one | {"metric": "gold_bits_per_byte"}]
    rows = _drawn("gains", whole_report | {"probing": probing | {"correlations": more}})
    scale = {row["measure"]: row["score"] / point["score_gain"] for row in rows for point in one["points"][-1:]}
    assert scale == pytest.approx({"F1, MLQA": 100, "Gold bits/byte": 1}, rel=1e-2)
    assert len(rows) == 2 * len(one["points"])


def test_losses_have_a_curve_for_each_model_and_seed(whole_report: dict[str, Any]) -> None:
    rows = _drawn("losses", whole_report)
    curves = [(row["model"], row["seed"]) for row in rows if row["kind"] == "training"]
    assert curves == [(name, seed) for name, m in whole_report["models"].items() if m["trained"] for seed in (42, 43)]
    assert {tuple(row["loss"]) for row in rows if row["kind"] == "validation"} == {(2.0, 1.1)}


@pytest.mark.parametrize("steps", [1, POINTS - 1, POINTS, POINTS + 1, 12 * POINTS, 12 * POINTS + 7])
def test_a_thinned_curve_keeps_its_range_and_its_mean(steps: int) -> None:
    losses = [5 - 4 * step / steps for step in range(steps)]
    at, means = thinned(losses)
    assert len(at) == len(means) <= POINTS
    assert 1 <= at[0] <= at[-1] <= steps
    assert at == sorted(at) and means == sorted(means, reverse=True)
    if steps <= POINTS:
        assert (at, means) == ([*range(1, steps + 1)], [round(loss, 4) for loss in losses])


def test_a_score_without_an_interval_has_a_dot_and_no_line(main_report: dict[str, Any]) -> None:
    bare = main_report | {"scores": [score | {"interval": None} for score in main_report["scores"]]}
    rows = _drawn("by-language", bare)
    assert all(row["value"] > 0 and "low" not in row for row in rows)
