"""Chart: the base, Alpaca and CrossAlpaca in each language, on each benchmark."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from crossalpaca.languages import language
from crossalpaca.report.charts.chart import Chart, Published, Report, Spec
from crossalpaca.report.charts.dots import dots, step
from crossalpaca.report.charts.measures import (
    MAIN,
    MAIN_SAYS,
    Row,
    benchmark_title,
    by_measure,
    main_metrics,
    row,
    tooltip,
    values_of,
    whole_scores,
)
from crossalpaca.report.charts.panels import Panels
from crossalpaca.report.charts.series import (
    ALPACA,
    BASE,
    CROSS,
    SEVERAL,
    backbone_suffix,
    kind,
    ordered_languages,
    translations,
)
from crossalpaca.report.charts.theme import colour
from crossalpaca.report.table import LABELS

if TYPE_CHECKING:
    import altair

PAPER = "paper (its own measure)"
_KINDS = (BASE, ALPACA, ALPACA + SEVERAL, CROSS + SEVERAL, CROSS)


def _draw(report: Report, published: Published) -> Spec | None:
    rows = list(_rows(report))
    if not any(row["series"] != BASE for row in rows):
        return None
    rows += _published(report, rows, published)
    series = [kind for kind in _KINDS if kind in values_of(rows, "series")]
    names = [language(code).name for code in ordered_languages(report)]
    names = [name for name in names if name in values_of(rows, "row")]
    laid = Panels(values_of(rows, "panel"), names, series)
    layers = dots(series, names, tooltip("model", "language", "measure"))
    if any(row["source"] == "paper" for row in rows):
        layers.append(_diamonds(series, layers[0]))
    return laid.finished(by_measure(laid.laid_out(layers, rows, height=step()), rows), BY_LANGUAGE.title)


def _rows(report: Report) -> Iterator[Row]:
    """The scores of the models that stand for their kinds, each in its own languages; the base in all of them."""
    chosen = {(language, name): kind for (language, _, kind), name in _standing(report).items()}
    main = main_metrics(report)
    for score in whole_scores(report):
        found = chosen.get((score["language"], score["model"]))
        if found is not None:
            drawn = row(report, score, main)
            yield drawn | {"row": drawn["language"], "series": found, "source": "own"}


def _standing(report: Report) -> dict[tuple[str, str, str], str]:
    """The model for each language, backbone and kind: of several, the one with the most demonstrations.

    A model that was trained with one direction alone, or as a control, stands for no kind.
    """
    found: dict[tuple[str, str, str], str] = {}
    for name, model in report["models"].items():
        for code in model["languages"] if model["trained"] else ordered_languages(report):
            place = (code, model["backbone"], kind(model))
            if place[2] in _KINDS and (place not in found or _size(report, name) > _size(report, found[place])):
                found[place] = name
    return found


def _size(report: Report, name: str) -> tuple[int, int]:
    model = report["models"][name]
    return model["settings"]["instructions"], translations(model)


def _published(report: Report, rows: list[Row], published: Published) -> list[Row]:
    """The paper's values for the places that the rows have, whatever share is measured there."""
    found = {}
    for name, model in report["models"].items():
        for (series, code, benchmark), value in published.items():
            panel = benchmark_title(benchmark) + backbone_suffix(report, name)
            place = {"panel": panel, "row": language(code).name, "series": series}
            beside = _shares(row for row in rows if place.items() <= row.items())
            if model["trained"] and beside:
                said = {"value": 100 * value, "said": f"{100 * value:.0f}%", "measure": PAPER, "source": "paper"}
                told = {"model": f"{series} of the paper", "language": place["row"], "beside": beside}
                found[tuple(place.values())] = place | said | told
    return list(found.values())


def _shares(rows: Iterable[Row]) -> list[str]:
    """The choices of a measure by which these rows show a share."""
    shares = [row for row in rows if row["measure"] != LABELS["gold_bits_per_byte"]]
    return values_of(shares, "measure") + [MAIN] * any(row["main"] for row in shares)


def _diamonds(series: list[str], beside: altair.Chart) -> altair.Chart:
    """Hollow diamonds on the lines of `beside`."""
    import altair as alt

    # No other layer has an opacity, so this legend is of its own; its symbol cannot take a colour of the theme.
    legend = alt.Legend(symbolType="diamond", symbolFillColor="transparent", symbolStrokeColor="#85857d")
    opacity = alt.Opacity("measure", type="ordinal", scale=alt.Scale(domain=[PAPER], range=[1]), legend=legend)
    shown: altair.Chart = alt.Chart().transform_filter("datum.source == 'paper'")
    diamonds: altair.Chart = shown.mark_point(style="paper", shape="diamond", size=56).encode(
        x=alt.X("value", type="quantitative", title=None),
        y=beside.encoding.y,
        yOffset=beside.encoding.yOffset,
        color=colour("series", series),
        opacity=opacity,
        tooltip=[
            alt.Tooltip("model", type="nominal"),
            alt.Tooltip("language", type="nominal"),
            alt.Tooltip("said", type="nominal", title="value"),
        ],
    )
    return diamonds


BY_LANGUAGE = Chart(
    id="by-language",
    title="What each model reached in its language, benchmark by benchmark",
    caption="Dots are scores over all items, lines their 95% intervals. Each trained model is shown in the languages "
    "of its demonstrations, the base in all; of several models of a kind, the one with the most demonstrations. "
    + MAIN_SAYS,
    drawn=_draw,
)
