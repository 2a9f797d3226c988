"""Chart: how well each layer aligns a language with English."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from crossalpaca.languages import language
from crossalpaca.report.charts.chart import Chart, Published, Report, Spec
from crossalpaca.report.charts.measures import Row, measured, tooltip, values_of
from crossalpaca.report.charts.panels import Panels
from crossalpaca.report.charts.series import backbone_suffix, in_order, labels, ordered_languages
from crossalpaca.report.charts.theme import colour, shape

if TYPE_CHECKING:
    import altair

_HEIGHT = 180


def _draw(report: Report, published: Published) -> Spec | None:
    rows = list(_rows(report))
    if not rows:
        return None
    series = [label for label in in_order(report) if label in values_of(rows, "series")]
    panels = Panels(values_of(rows, "panel"), ["100"], series, titled=True, columns=2)
    chart = panels.laid_out(_layers(series), rows, height=_HEIGHT)
    return panels.finished(chart, ALIGNMENT.title)


def _rows(report: Report) -> Iterator[Row]:
    """Retrieval with each language's mean removed, the main measure; panels of one language beside each other."""
    entries = [] if report["probing"] is None else report["probing"]["alignment"]
    names = labels(report)
    codes = ordered_languages(report)[1:]  # English itself has no translation to find
    entries = [
        entry for entry in entries if entry.get("measure", "centred") == "centred" and entry["language"] in codes
    ]
    for entry in sorted(entries, key=lambda entry: (codes.index(entry["language"]), entry["direction"])):
        name = entry["model"]
        yield measured(entry, "share", report["models"][name]["seeds"]) | {
            "panel": _direction(entry["direction"], entry["language"]) + backbone_suffix(report, name),
            "model": name,
            "series": names[name],
            "layer": entry["layer"],
        }


def _direction(direction: str, code: str) -> str:
    """What is looked for with what."""
    sides = ("English", language(code).name)
    return " → ".join(sides if direction == "en-x" else sides[::-1])


def _layers(series: Sequence[str]) -> list[altair.Chart]:
    import altair as alt

    where = alt.Chart().encode(
        x=alt.X("layer", type="quantitative", title="layer (0: embeddings)", axis=alt.Axis(tickMinStep=1, grid=False)),
        color=colour("series", series),
    )
    value = alt.Y("value", type="quantitative", title=None, axis=alt.Axis(tickCount=5))
    band = where.mark_area(opacity=0.16).encode(y=alt.Y("low", type="quantitative", title=None), y2="high")
    points = where.mark_point(filled=True, size=26, opacity=1)
    told = tooltip("model", "panel", "layer")
    return [
        band,
        where.mark_line(strokeWidth=1.75).encode(y=value),
        points.encode(y=value, shape=shape("series", series), tooltip=told),
    ]


ALIGNMENT = Chart(
    id="alignment",
    title="How often a sentence finds its translation, layer by layer",
    caption="Share of sentences, in per cent, whose nearest neighbour among all sentences of the other language is "
    "their translation: English → German looks for German sentences with English ones. Bands are 95% intervals.",
    drawn=_draw,
)
