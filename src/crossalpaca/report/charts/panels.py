"""Panels side by side: every chart is one or several, as many in a row as the page has room for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crossalpaca.report.charts.theme import GAP, WIDTH, finished

if TYPE_CHECKING:
    import altair

    from crossalpaca.report.charts.chart import Spec

_CHARACTER = 6.2  # pixels of a label's character, about
_AXIS = 14  # pixels of an axis beside its labels
_SYMBOL = 40  # pixels of a legend's symbol and the room around it
_HEADER = 34  # pixels of a panel's name, between two rows
_FOOTER = 26  # and of a horizontal axis,
_TITLE = 18  # and of its title


@dataclass(frozen=True, slots=True)
class Panels:
    """Panels of one chart, told apart by the field `panel` of the data.

    Attributes:
        names: of the panels, in order.
        labels: of the vertical axis, for the room that they need.
        legend: its entries, likewise.
        narrowest: how wide a panel's plot is at least, in pixels, where there is a choice.
        own_rows: each panel has its own vertical axis; otherwise each row of panels has one.
        titled: their horizontal axes have a title.
        columns: panels in a row at most.
    """

    names: Sequence[str]
    labels: Sequence[str]
    legend: Sequence[str] = ()
    narrowest: int = 220
    own_rows: bool = False
    titled: bool = False
    columns: int = 4

    def laid_out(self, layers: Sequence[altair.Chart], data: Sequence[dict[str, Any]], **how: Any) -> altair.FacetChart:
        """The layers in each panel, at the width of a file; the page's script lays them out anew for its own."""
        import altair as alt

        layout = self.layout()
        columns, width = _fit(layout, WIDTH)
        layered = alt.layer(*layers, data=alt.InlineData(values=list(data))).properties(width=width, **how)
        facet = alt.Facet("panel", type="nominal", sort=list(self.names), title=None)
        # Flush: plots are placed by their own edges, not by those of labels, so that columns are straight and of the
        # width that was asked for.
        spacing = alt.RowColnumber(column=GAP + layout["each"], row=_HEADER + _FOOTER + _TITLE * self.titled)
        chart = layered.facet(facet, columns=columns, spacing=spacing, bounds="flush").resolve_axis(x="independent")
        resolved: altair.FacetChart = chart.resolve_scale(y="independent") if self.own_rows else chart
        return resolved

    def layout(self) -> dict[str, int]:
        """Pixels that the page's script fits panels by: of axes (`once` in a row, or `each` panel's), of gaps, of the
        narrowest plot and of an entry of the legend; and how many panels, and columns at most, there are."""
        axis = _widest(self.labels) + _AXIS
        return {
            "once": 0 if self.own_rows else axis,
            "each": axis if self.own_rows else 0,
            "gap": GAP,
            "narrowest": self.narrowest,
            "panels": len(self.names),
            "columns": self.columns,
            "entry": _widest(self.legend) + _SYMBOL,
        }

    def finished(self, chart: altair.FacetChart, description: str, **more: Any) -> Spec:
        """The spec, with what the page's script must know to lay it out."""
        return finished(chart, description) | {"usermeta": {"layout": self.layout()} | more}


def legend_columns(layout: dict[str, int], room: float) -> int:
    """How many entries of the legend have room in a row; `embed.js` computes the same."""
    return max(1, int((room - layout["once"] - layout["each"]) // layout["entry"]))


def _fit(layout: dict[str, int], room: float) -> tuple[int, int]:
    """Panels in a row and the width of each, for so many pixels; `embed.js` computes the same."""
    once, each, gap = layout["once"], layout["each"], layout["gap"]
    possible = max(1, int((room - once + gap) // (layout["narrowest"] + each + gap)))
    rows = -(-layout["panels"] // min(possible, layout["columns"]))
    columns = -(-layout["panels"] // rows)  # rows of about as many panels, not a full row and a remainder
    return columns, max(120, int((room - once - (columns - 1) * gap) / columns - each))


def _widest(texts: Sequence[str]) -> int:
    return round(max(map(len, texts), default=0) * _CHARACTER)
