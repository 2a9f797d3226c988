"""Chart: scores against the number of translation demonstrations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from crossalpaca.report.charts.chart import Chart, Published, Report, Spec
from crossalpaca.report.charts.measures import (
    MAIN_SAYS,
    Row,
    by_measure,
    main_metrics,
    row,
    tooltip,
    values_of,
    whole_scores,
)
from crossalpaca.report.charts.panels import Panels
from crossalpaca.report.charts.sets import model_sets, set_labels
from crossalpaca.report.charts.theme import colour, shape

if TYPE_CHECKING:
    import altair

_FEWEST = 3  # amounts, from which on there is a curve to speak of
_HEIGHT = 200


def _draw(report: Report, published: Published) -> Spec | None:
    rows = list(_rows(report))
    if not rows:
        return None
    lines = values_of(rows, "series")
    panels = Panels(values_of(rows, "panel"), ["100"], lines, titled=True)
    chart = panels.laid_out(_layers(rows, lines), rows, height=_HEIGHT)
    return panels.finished(by_measure(chart, rows), AMOUNT.title)


def _rows(report: Report) -> Iterator[Row]:
    """The scores of each set with enough amounts, in the languages that it was trained in."""
    sets = [each for each in model_sets(report) if len(each.amounts()) >= _FEWEST]
    labels = set_labels(sets)
    main = main_metrics(report)
    for i, each in enumerate(sets):
        amounts = {name: amount for amount, name in each.amounts().items()}
        for score in whole_scores(report):
            if score["model"] in amounts and score["language"] in each.languages:
                place = {"series": labels[i, score["language"]], "amount": amounts[score["model"]], "source": "own"}
                yield row(report, score, main) | place


def _layers(rows: Sequence[Row], lines: Sequence[str]) -> list[altair.Chart]:
    import altair as alt

    ticks = alt.Axis(
        values=sorted({row["amount"] for row in rows}), format=",d", labelOverlap="greedy", labelFlush=True, grid=False
    )
    where = alt.Chart().encode(
        x=alt.X("amount", type="quantitative", title="translation demonstrations", axis=ticks),
        color=colour("series", lines),
        tooltip=tooltip("model", "series", "amount", "measure"),
    )
    value = alt.Y("value", type="quantitative", title=None, scale=alt.Scale(zero=False), axis=alt.Axis(tickCount=5))
    bounds = where.mark_rule(style="interval", opacity=0.45)
    return [
        bounds.encode(y=alt.Y("low", type="quantitative", title=None), y2="high"),
        where.mark_line(strokeWidth=2).encode(y=value),
        where.mark_point(filled=True, size=48, opacity=1).encode(y=value, shape=shape("series", lines)),
    ]


AMOUNT = Chart(
    id="amount",
    title="How scores change with the number of translation demonstrations",
    caption="Each line joins models that differ in nothing but how many translation demonstrations they had, half of "
    "them in each direction; the score is in their own language, vertical lines are 95% intervals. " + MAIN_SAYS,
    drawn=_draw,
)
