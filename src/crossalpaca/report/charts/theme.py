"""How all charts look, in light and in dark; a spec itself has no colours, so that a page can choose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import altair

    from crossalpaca.report.charts.chart import Spec

PAGE_FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif'
FILE_FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
"""vl-convert carries Liberation Sans, so that a file looks alike wherever it is made."""

WIDTH = 720  # of a figure in a file, in pixels
GAP = 28  # between two panels

# Grey, orange and blue can be told apart by everyone, and so can most pairs of the others; shapes differ as well.
_LIGHT = {
    "paper": "#fdfdfb",
    "ink": "#1d1d1b",
    "quiet": "#5d5d58",
    "rule": "#e2e2dc",
    "strong": "#85857d",
    "category": ("#77776f", "#c2570c", "#0b5c9e", "#00806a", "#8d4aa8", "#8f7200", "#c23b78", "#4a93c9", "#6b4a2b"),
}
_DARK = {
    "paper": "#151617",
    "ink": "#e8e8e4",
    "quiet": "#a6a69f",
    "rule": "#2c2e31",
    "strong": "#7d8085",
    "category": ("#a3a39b", "#f3a66f", "#82bbf0", "#55c9ab", "#cb9fe0", "#dcbf57", "#f28db8", "#b7dcf5", "#c7a27c"),
}
_SYMBOLS = ("circle", "square", "triangle-up", "cross", "triangle-down", "triangle-right", "diamond", "triangle-left")


def config(*, dark: bool = False, font: str = PAGE_FONT) -> dict[str, Any]:
    """The Vega-Lite configuration of all charts; the background is the page's."""
    tone = _DARK if dark else _LIGHT
    ink, quiet, rule = tone["ink"], tone["quiet"], tone["rule"]
    text = {"labelFont": font, "titleFont": font, "labelColor": quiet, "titleColor": quiet, "titleFontWeight": "normal"}
    return {
        "background": "transparent",
        "font": font,
        "view": {"stroke": None},
        "range": {"category": list(tone["category"]), "symbol": list(_SYMBOLS)},
        "axis": text
        | {"labelFontSize": 11, "titleFontSize": 11, "gridColor": rule, "domainColor": tone["strong"]}
        | {"tickColor": tone["strong"], "labelLimit": 240, "labelPadding": 4, "titlePadding": 6, "labelFlush": False},
        "axisY": {"domain": False, "ticks": False},
        "legend": text
        | {"orient": "top", "direction": "horizontal", "title": None, "labelFontSize": 12, "labelColor": ink}
        | {"labelLimit": 320, "symbolOpacity": 1, "columnPadding": 16, "rowPadding": 3, "offset": 10}
        | {"layout": {"top": {"anchor": "start", "direction": "vertical", "margin": 4}}},
        "header": {"labelFont": font, "labelColor": ink, "labelFontSize": 12, "labelFontWeight": "bold"}
        | {"title": None, "labelAnchor": "start", "labelPadding": 6, "labelLimit": 320},
        "title": {"font": font, "color": ink, "fontSize": 15, "fontWeight": "bold", "anchor": "start", "offset": 12}
        | {
            "subtitleFont": font,
            "subtitleColor": quiet,
            "subtitleFontSize": 12,
            "subtitlePadding": 6,
            "frame": "bounds",
        },
        "style": {
            "zero": {"color": tone["strong"], "strokeWidth": 1},
            "interval": {"strokeWidth": 1.75},
            "paper": {"fill": tone["paper"], "strokeWidth": 1.75},
        },
    }


def colour(field: str, present: Sequence[str]) -> altair.Color:
    """Colours by name: grey is for the untrained backbone, also where that is not shown.

    The first other name is orange and the last one blue, so that Alpaca and the CrossAlpaca with the most
    demonstrations look alike in all charts.
    """
    import altair as alt

    return alt.Color(field, type="nominal", scale=_scale(present), legend=alt.Legend(values=list(present)))


def shape(field: str, present: Sequence[str]) -> altair.Shape:
    """Shapes by name, which go with `colour` of the same names in one legend."""
    import altair as alt

    return alt.Shape(field, type="nominal", scale=_scale(present), legend=alt.Legend(values=list(present)))


def _scale(present: Sequence[str]) -> altair.Scale:
    import altair as alt

    first, *others = [name for name in present if name != "base"] or [""]
    return alt.Scale(domain=["base", first, *others[-1:], *others[:-1]])


def finished(chart: altair.TopLevelMixin, description: str) -> Spec:
    """The spec of an Altair chart without Altair's own theme, which the page and the files bring themselves."""
    spec: Spec = chart.to_dict()
    spec.pop("config", None)
    return spec | {"description": description}
