"""Chart: the difference of each compared pair, from the strictest measure to the most lenient."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from crossalpaca.languages import language
from crossalpaca.report.charts.chart import Chart, Published, Report, Spec
from crossalpaca.report.charts.dots import row_axis, signed_axis
from crossalpaca.report.charts.measures import Row, benchmark_title, tooltip, values_of
from crossalpaca.report.charts.panels import Panels
from crossalpaca.report.table import LABELS, MINUS, finding, signed

if TYPE_CHECKING:
    import altair

_FINDINGS = ("no difference shown", "worse", "better", "interval without width")  # grey, orange, blue, as elsewhere
_STEP = 20


def _draw(report: Report, published: Published) -> Spec | None:
    import altair as alt

    rows = list(_rows(report))
    if not rows:
        return None
    pairs = values_of(rows, "pair")
    labels = [label for label in LABELS.values() if label in values_of(rows, "measure")]
    panels = Panels(values_of(rows, "panel"), labels, _FINDINGS, narrowest=180, own_rows=True)
    chosen = alt.param(name="pair", value=pairs[0], bind=alt.binding_select(options=pairs, name="Compared "))
    title = alt.TitleParams(text=alt.ExprRef("pair + ', in points'"), fontSize=12, fontWeight="normal")
    chart = panels.laid_out(_layers(rows, labels), rows, height=alt.Step(_STEP)).transform_filter("datum.pair == pair")
    chart = chart.properties(title=title, params=[chosen.param])
    return panels.finished(chart, LADDER.title, each_choice="pair")


def _rows(report: Report) -> Iterator[Row]:
    for entry in report["differences"]:
        described = report["metrics"][entry["metric"]]
        shown = described["unit"] == "share" and described["higher_is_better"] and entry["metric"] in LABELS
        if shown and entry["task"] == "" and entry["items"] == "all":
            yield _row(entry)


def _row(entry: dict[str, Any]) -> Row:
    low, high = entry["interval"]
    return {
        "panel": f"{benchmark_title(entry['benchmark'])}, {language(entry['language']).name}",
        "pair": f"{entry['model']} {MINUS} {entry['baseline']}",
        "measure": LABELS[entry["metric"]],
        "value": round(100 * entry["value"], 4),
        "low": round(100 * low, 4),
        "high": round(100 * high, 4),
        "said": f"{signed(entry['value'], 'share')} points",
        "interval": f"{signed(low, 'share')} to {signed(high, 'share')}",
        "n": entry["n"],
        "seeds": ", ".join(signed(value, "share") for value in entry["by_seed"]),
        "finding": finding(entry["value"], (low, high), True),
    }


def _layers(rows: Sequence[Row], labels: Sequence[str]) -> list[altair.Chart]:
    import altair as alt

    findings = [name for name in _FINDINGS if name in values_of(rows, "finding")]
    where = alt.Chart().encode(
        y=alt.Y("measure", type="nominal", sort=list(labels), title=None, axis=row_axis()),
        color=alt.Color(
            "finding", type="nominal", scale=alt.Scale(domain=list(_FINDINGS)), legend=alt.Legend(values=findings)
        ),
        tooltip=tooltip("pair", "measure", "finding"),
    )
    value = alt.X("value", type="quantitative", title=None, axis=signed_axis())
    marks = alt.Shape(
        "finding", type="nominal", scale=alt.Scale(domain=list(_FINDINGS)), legend=alt.Legend(values=findings)
    )
    return [
        alt.Chart().mark_rule(style="zero").encode(x=alt.datum(0, type="quantitative")),
        where.mark_rule(style="interval").encode(x=alt.X("low", type="quantitative", title=None), x2="high"),
        where.mark_point(filled=True, size=48, opacity=1).encode(x=value, shape=marks),
    ]


LADDER = Chart(
    id="ladder",
    title="Whether a gain holds for lenient measures too, or is only a shorter answer",
    caption="Paired differences of two models, right of zero where the first is better, with 95% intervals: the "
    "strictest measure on top, the most lenient at the bottom. A gain on top alone is a matter of form.",
    drawn=_draw,
)
