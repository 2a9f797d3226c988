"""Chart: the losses of the trainings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from crossalpaca.report.charts.chart import Chart, Published, Report, Spec
from crossalpaca.report.charts.measures import Row, values_of
from crossalpaca.report.charts.panels import Panels
from crossalpaca.report.charts.series import backbone_suffix, in_order, labels, spoken
from crossalpaca.report.charts.theme import colour

if TYPE_CHECKING:
    import altair

POINTS = 300
"""Of a curve; a longer one is averaged down."""

_HEIGHT = 180


def _draw(report: Report, published: Published) -> Spec | None:
    rows = list(_rows(report))
    if not any(row["kind"] == "training" for row in rows):
        return None
    series = [label for label in in_order(report) if label in values_of(rows, "series")]
    panels = Panels(values_of(rows, "panel"), ["10.0"], series, titled=True, columns=3)
    chart = panels.laid_out(_layers(series), rows, height=_HEIGHT).transform_flatten(["step", "loss"])
    return panels.finished(chart, LOSSES.title)


def _rows(report: Report) -> Iterator[Row]:
    """A row for each curve, its steps and losses as lists, which take a fraction of the room of a row for each."""
    names = labels(report)
    for name, model in report["models"].items():
        for run in model["runs"]:
            training = run["training"]
            place = {"panel": spoken(model) + backbone_suffix(report, name), "series": names[name]}
            place |= {"model": name, "seed": run["seed"]}
            if training["losses"]:
                steps, losses = thinned(training["losses"])
                yield place | {"kind": "training", "step": steps, "loss": losses}
            held_out: list[dict[str, Any]] = training.get("validation_losses", [])
            if held_out:
                points = {key: [each[key] for each in held_out] for key in ("step", "loss")}
                yield place | {"kind": "validation"} | points


def thinned(losses: Sequence[float]) -> tuple[list[float], list[float]]:
    """Steps, counted from 1, and losses, at most `POINTS` of them: each the mean of as many neighbours."""
    size = -(-len(losses) // POINTS)
    parts = [losses[i : i + size] for i in range(0, len(losses), size)]
    middles = [1 + i * size + (len(part) - 1) / 2 for i, part in enumerate(parts)]
    return middles, [round(sum(part) / len(part), 4) for part in parts]


def _layers(series: Sequence[str]) -> list[altair.Chart]:
    import altair as alt

    where = alt.Chart().encode(
        x=alt.X("step", type="quantitative", title="step", axis=alt.Axis(tickCount=5, format=",d", grid=False)),
        y=alt.Y("loss", type="quantitative", title=None, scale=alt.Scale(zero=False), axis=alt.Axis(tickCount=5)),
        color=colour("series", series),
        detail=alt.Detail("model", type="nominal"),
    )
    told = [alt.Tooltip(field, type="nominal") for field in ("model", "seed")]
    line = where.transform_filter("datum.kind == 'training'").mark_line(strokeWidth=1.25, opacity=0.8)
    dots = where.transform_filter("datum.kind == 'validation'").mark_point(filled=True, size=44, opacity=1)
    values = [alt.Tooltip("step", type="quantitative"), alt.Tooltip("loss", type="quantitative", format=".3f")]
    return [
        line.encode(detail=[alt.Detail("model", type="nominal"), alt.Detail("seed", type="nominal")], tooltip=told),
        dots.encode(tooltip=[*told, *values]),
    ]


LOSSES = Chart(
    id="losses",
    title="How the losses fell in training",
    caption=f"A line for each model and seed; dots are losses on the validation set. Curves of more than {POINTS} "
    "steps are averaged down to that many points.",
    drawn=_draw,
)
