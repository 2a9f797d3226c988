"""Dots with their 95% intervals: a row for each language, in it a line for each kind of model, panels side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from crossalpaca.report.charts.theme import colour, shape

if TYPE_CHECKING:
    import altair

_STEP = 13  # pixels of a line


def dots(series: Sequence[str], languages: Sequence[str], tooltip: Sequence[altair.Tooltip]) -> list[altair.Chart]:
    """The layers: intervals under dots. The data has value, low, high, row and series.

    Args:
        series: the kinds of model, in the order of their lines.
        languages: the rows, in order.
        tooltip: what is said of a dot.
    """
    import altair as alt

    where = alt.Chart().encode(
        y=alt.Y("row", type="nominal", sort=list(languages), title=None, axis=row_axis(), scale=alt.Scale(padding=0)),
        yOffset=alt.YOffset(
            "series", type="nominal", sort=list(series), scale=alt.Scale(domain=list(series), paddingOuter=0.6)
        ),
        color=colour("series", series),
        tooltip=list(tooltip),
    )
    own = where.transform_filter("datum.source != 'paper'")
    value = alt.X("value", type="quantitative", title=None, scale=alt.Scale(zero=False), axis=alt.Axis(tickCount=5))
    return [
        own.mark_rule(style="interval").encode(x=alt.X("low", type="quantitative", title=None), x2="high"),
        own.mark_point(filled=True, size=48, opacity=1).encode(x=value, shape=shape("series", series)),
    ]


def row_axis() -> altair.Axis:
    """The names of rows, and a line between one row and the next."""
    import altair as alt

    return alt.Axis(grid=True, tickBand="extent", ticks=False, domain=False)


def signed_axis() -> altair.Axis:
    """Differences with their signs; zero has none."""
    import altair as alt

    return alt.Axis(tickCount=5, format="+~f", labelExpr="datum.value == 0 ? '0' : datum.label")


def step() -> altair.Step:
    """The height of a panel: so many pixels for each line of each row."""
    import altair as alt

    return alt.Step(_STEP, **{"for": "offset"})
