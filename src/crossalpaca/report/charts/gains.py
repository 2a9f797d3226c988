"""Chart: whether better alignment goes with better scores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from crossalpaca.languages import language
from crossalpaca.report.charts.chart import Chart, Published, Report, Spec
from crossalpaca.report.charts.dots import signed_axis
from crossalpaca.report.charts.measures import Row, benchmark_title
from crossalpaca.report.charts.panels import Panels
from crossalpaca.report.charts.theme import colour
from crossalpaca.report.table import LABELS, MINUS, signed

if TYPE_CHECKING:
    import altair

_HEIGHT = 240
_COEFFICIENTS = {"spearman": "Spearman", "pearson": "Pearson"}


def _draw(report: Report, published: Published) -> Spec | None:
    import altair as alt

    correlations = [] if report["probing"] is None else report["probing"]["correlations"]
    rows = list(_rows(correlations))
    if not rows:
        return None
    languages = list(dict.fromkeys(row["language"] for row in rows))
    panels = Panels(
        list(dict.fromkeys(row["panel"] for row in rows)),
        ["gain +100"],
        languages,
        narrowest=260,
        titled=True,
        columns=2,
    )
    subtitle = [_said(correlation) for correlation in correlations]
    title = alt.TitleParams(text="Gains in points", subtitle=subtitle, fontSize=12, fontWeight="normal")
    chart = panels.laid_out(_layers(rows, languages), rows, height=_HEIGHT).properties(title=title)
    return panels.finished(chart, ". ".join([GAINS.title, *subtitle]))


def _rows(correlations: Sequence[Mapping[str, Any]]) -> Iterator[Row]:
    """A row for each cell of each metric; two coefficients of one metric are over the same cells."""
    seen = set()
    for correlation in correlations:
        for point in correlation["points"] if correlation["metric"] not in seen else ():
            yield {
                "panel": LABELS.get(correlation["metric"], correlation["metric"]),
                "alignment": round(100 * point["alignment_gain"], 4),
                "score": round(100 * point["score_gain"], 4),
                "said": f"{signed(point['alignment_gain'], 'share')} points",
                "gain": f"{signed(point['score_gain'], 'share')} points",
                "pair": f"{point['model']} {MINUS} {point['baseline']}",
                "language": language(point["language"]).name,
                "benchmark": benchmark_title(point["benchmark"]),
            }
        seen.add(correlation["metric"])


def _said(correlation: Mapping[str, Any]) -> str:
    """The coefficient with its interval; what is over too few cells has none."""
    name = LABELS.get(correlation["metric"], correlation["metric"])
    cells = f"{len(correlation['points'])} cells"
    coefficient = _COEFFICIENTS.get(correlation["coefficient"], correlation["coefficient"])
    if correlation["value"] is None:
        return f"{name}: {cells}, too few for {coefficient}'s coefficient"
    value = f"{correlation['value']:+.2f}".replace("-", MINUS)
    if correlation["interval"] is None:
        return f"{name}: {coefficient} {value}, {cells}"
    low, high = (f"{bound:+.2f}".replace("-", MINUS) for bound in correlation["interval"])
    return f"{name}: {coefficient} {value} [{low}, {high}], {cells}"


def _layers(rows: Sequence[Row], languages: Sequence[str]) -> list[altair.Chart]:
    import altair as alt

    benchmarks = list(dict.fromkeys(row["benchmark"] for row in rows))
    signs = signed_axis()
    # A legend of shapes alone is black unless told otherwise, and black is not seen on a dark page.
    neutral = alt.Legend(symbolFillColor="#85857d", symbolStrokeColor="#85857d")
    places = (("pair", "compared"), ("language", "language"), ("benchmark", "benchmark"))
    told = (*places, ("said", "alignment gain"), ("gain", "score gain"))
    dots = alt.Chart().mark_point(filled=True, size=60, opacity=0.9)
    return [
        alt.Chart().mark_rule(style="zero").encode(x=alt.datum(0, type="quantitative")),
        alt.Chart().mark_rule(style="zero").encode(y=alt.datum(0, type="quantitative")),
        dots.encode(
            x=alt.X("alignment", type="quantitative", title="gain in alignment", axis=signs),
            y=alt.Y("score", type="quantitative", title="gain in score", axis=signs),
            color=colour("language", languages),
            shape=alt.Shape("benchmark", type="nominal", scale=alt.Scale(domain=benchmarks), legend=neutral),
            tooltip=[alt.Tooltip(field, type="nominal", title=title) for field, title in told],
        ),
    ]


GAINS = Chart(
    id="gains",
    title="Whether models whose alignment gained more also gained more in their scores",
    caption="Each dot is a compared pair in one language on one benchmark. The coefficient is given with its 95% "
    "interval over these cells; it shows that two things go together, not that one causes the other.",
    drawn=_draw,
)
