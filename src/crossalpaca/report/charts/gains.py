"""Chart: whether better alignment goes with better scores."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from crossalpaca.languages import language
from crossalpaca.report.charts.chart import Chart, Published, Report, Spec
from crossalpaca.report.charts.dots import signed_axis
from crossalpaca.report.charts.measures import Row, benchmark_title, values_of
from crossalpaca.report.charts.panels import Panels
from crossalpaca.report.charts.theme import colour
from crossalpaca.report.table import HEADLINE, LABELS, MINUS, signed

if TYPE_CHECKING:
    import altair

_HEIGHT = 240
_PANEL = "All compared pairs"
_COEFFICIENTS = {"spearman": "Spearman", "pearson": "Pearson"}
_FIRST = ("contains", *HEADLINE)  # the measure that is shown until a reader chooses: the first of these that is there


def _draw(report: Report, published: Published) -> Spec | None:
    import altair as alt

    found = [] if report["probing"] is None else report["probing"]["correlations"]
    correlations = [correlation for correlation in found if correlation["metric"] in HEADLINE]
    rows = list(_rows(report, correlations))
    if not rows:
        return None
    languages = values_of(rows, "language")
    measures = [LABELS[metric] for metric in HEADLINE if LABELS[metric] in values_of(rows, "measure")]
    first = next(LABELS[metric] for metric in _FIRST if LABELS[metric] in measures)
    chosen = alt.param(name="measure", value=first, bind=alt.binding_select(options=measures, name="Measure "))
    panels = Panels([_PANEL], ["gain +100"], languages, titled=True)
    chart = panels.laid_out(_layers(rows, languages), rows, height=_HEIGHT)
    chart = chart.transform_filter("datum.measure == measure")
    return panels.finished(chart.properties(title=_heading(correlations), params=[chosen.param]), GAINS.title)


def _heading(correlations: Sequence[Mapping[str, Any]]) -> altair.TitleParams:
    """The chosen measure with its unit, and under it the coefficients: an expression looks the lines up."""
    import altair as alt

    lines: dict[str, list[str]] = {}
    for correlation in correlations:
        metric = correlation["metric"]
        unit = "bits saved per byte" if metric == "gold_bits_per_byte" else "points"
        lines.setdefault(LABELS[metric], [f"{LABELS[metric]}, gains in {unit}"]).append(_said(correlation))
    found = alt.ExprRef(f"({json.dumps(lines, ensure_ascii=False)})[measure]")
    return alt.TitleParams(text=found, fontSize=12, fontWeight="normal")


def _rows(report: Report, correlations: Sequence[Mapping[str, Any]]) -> Iterator[Row]:
    """A row for each cell of each metric; two coefficients of one metric are over the same cells."""
    for metric, points in {each["metric"]: each["points"] for each in correlations}.items():
        share = report["metrics"][metric]["unit"] == "share"
        for point in points:
            gain = signed(point["score_gain"], "share" if share else "bits")
            yield {
                "panel": _PANEL,
                "measure": LABELS[metric],
                "alignment": round(100 * point["alignment_gain"], 4),
                "score": round((100 if share else 1) * point["score_gain"], 4),
                "said": f"{signed(point['alignment_gain'], 'share')} points",
                "gain": f"{gain} {'points' if share else 'bits per byte'}",
                "pair": f"{point['model']} {MINUS} {point['baseline']}",
                "language": language(point["language"]).name,
                "benchmark": benchmark_title(point["benchmark"]),
            }


def _said(correlation: Mapping[str, Any]) -> str:
    """The coefficient with its interval; what is over too few cells has none."""
    cells = f"{len(correlation['points'])} cells"
    coefficient = _COEFFICIENTS[correlation["coefficient"]]
    if correlation["value"] is None:
        return f"{coefficient}: {cells} are too few"
    value = f"{correlation['value']:+.2f}".replace("-", MINUS)
    if correlation["interval"] is None:
        return f"{coefficient} {value}, {cells}"
    low, high = (f"{bound:+.2f}".replace("-", MINUS) for bound in correlation["interval"])
    return f"{coefficient} {value} [{low}, {high}], {cells}"


def _layers(rows: Sequence[Row], languages: Sequence[str]) -> list[altair.Chart]:
    import altair as alt

    benchmarks = values_of(rows, "benchmark")
    signs, room = signed_axis(), alt.Scale(padding=8)  # no dot is cut by the edge
    # A legend of shapes alone is black unless told otherwise, and black is not seen on a dark page.
    neutral = alt.Legend(symbolFillColor="#85857d", symbolStrokeColor="#85857d")
    places = (("pair", "compared"), ("language", "language"), ("benchmark", "benchmark"))
    told = (*places, ("said", "alignment gain"), ("gain", "score gain"))
    dots = alt.Chart().mark_point(filled=True, size=60, opacity=0.9)
    return [
        alt.Chart().mark_rule(style="zero").encode(x=alt.datum(0, type="quantitative")),
        alt.Chart().mark_rule(style="zero").encode(y=alt.datum(0, type="quantitative")),
        dots.encode(
            x=alt.X("alignment", type="quantitative", title="gain in alignment", axis=signs, scale=room),
            y=alt.Y("score", type="quantitative", title="gain in score", axis=signs, scale=room),
            color=colour("language", languages),
            shape=alt.Shape("benchmark", type="nominal", scale=alt.Scale(domain=benchmarks), legend=neutral),
            tooltip=[alt.Tooltip(field, type="nominal", title=title) for field, title in told],
        ),
    ]


GAINS = Chart(
    id="gains",
    title="Whether models whose alignment gained more also gained more in their scores",
    caption="Each dot is a compared pair in one language on one benchmark; up and to the right is better. The "
    "coefficients have their 95% intervals over these cells; they show that two things go together, not that one "
    "causes the other.",
    drawn=_draw,
)
