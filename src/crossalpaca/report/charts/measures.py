"""The measure that a reader chooses, and the rows of scores that a chart has for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from crossalpaca.languages import language
from crossalpaca.report.charts.chart import Report
from crossalpaca.report.charts.series import backbone_suffix
from crossalpaca.report.table import HEADLINE, LABELS, number

if TYPE_CHECKING:
    import altair

Row = dict[str, Any]

MAIN = "Answer found"
"""The measure that fits each benchmark best: the reference is contained, or the answer that was given is right."""

MAIN_SAYS = (
    f"{MAIN} means that an accepted answer stands somewhere in what the model wrote; where an option or a result is "
    "asked for, that the one it gave is right."
)
"""What the captions say of it."""

_MAIN = ("contains", "accuracy_generated", "accuracy_labels", "exact_match")
_TITLES = {"xquad": "XQuAD", "mlqa": "MLQA", "squad_it": "SQuAD-it", "mmlu": "MMLU", "bbh": "BBH"}


def benchmark_title(name: str) -> str:
    """A benchmark's usual spelling; users' own keep their names."""
    return _TITLES.get(name, name)


def whole_scores(report: Report) -> Iterator[Mapping[str, Any]]:
    """The headline's scores over whole benchmarks and all items."""
    for score in report["scores"]:
        if score["task"] == "" and score["items"] == "all" and score["metric"] in HEADLINE:
            yield score


def main_metrics(report: Report) -> dict[str, str]:
    """Each benchmark's main metric."""
    found: dict[str, set[str]] = {}
    for score in whole_scores(report):
        found.setdefault(score["benchmark"], set()).add(score["metric"])
    best = {name: next((m for m in _MAIN if m in metrics), "") for name, metrics in found.items()}
    return {name: metric for name, metric in best.items() if metric}


def row(report: Report, score: Mapping[str, Any], main: Mapping[str, str]) -> Row:
    """A score as a row of a chart's data: a share in per cent, with what its tooltip says."""
    metric, name = score["metric"], score["model"]
    unit = report["metrics"][metric]["unit"]
    return measured(score, unit, report["models"][name]["seeds"]) | {
        "panel": benchmark_title(score["benchmark"]) + backbone_suffix(report, name),
        "model": name,
        "language": language(score["language"]).name,
        "measure": LABELS.get(metric, metric),
        "main": main.get(score["benchmark"]) == metric,
    }


def measured(entry: Mapping[str, Any], unit: str, seeds: Sequence[int]) -> Row:
    """Value and interval of an entry as numbers to draw and as text; "points" are shown as they are."""
    scale = 100 if unit == "share" else 1

    def form(value: float) -> str:
        return f"{value:.1f}" if unit == "points" else number(value, unit) + ("%" if unit == "share" else "")

    found: Row = {"value": round(scale * entry["value"], 4), "said": form(entry["value"]), "n": entry["n"]}
    if entry["interval"] is not None:
        low, high = entry["interval"]
        found |= {"low": round(scale * low, 4), "high": round(scale * high, 4)}
        found["interval"] = f"{form(low)} to {form(high)}"
    by_seed = entry.get("by_seed") or []
    if len(by_seed) == len(seeds):
        found["seeds"] = ", ".join(f"{seed}: {form(x)}" for seed, x in zip(seeds, by_seed, strict=True))
    else:
        found["seeds"] = ", ".join(map(str, seeds))
    return found


def tooltip(*first: str) -> list[altair.Tooltip]:
    """What is said of a mark: some fields of its own, then value, interval, items and seeds."""
    import altair as alt

    value = (("said", "value"), ("interval", "95% interval"), ("n", "items"), ("seeds", "by seed"))
    shown = [*((field, field) for field in first), *value]
    return [alt.Tooltip(field, type="nominal", title=title) for field, title in shown]


def values_of(rows: Iterable[Row], field: str) -> list[str]:
    """The different values of a field of the rows, in the order of their first appearance."""
    return list(dict.fromkeys(row[field] for row in rows))


def by_measure(chart: altair.FacetChart, rows: Sequence[Row]) -> altair.FacetChart:
    """The chart with a choice among the measures that its rows have: it shows those of the chosen one, under its name
    and unit."""
    import altair as alt

    present = values_of(rows, "measure")
    known = [label for label in (LABELS.get(metric, metric) for metric in HEADLINE) if label in present]
    choice = alt.param(name="measure", value=MAIN, bind=alt.binding_select(options=[MAIN, *known], name="Measure "))
    says = alt.ExprRef(f"measure + ({_BITS} ? ': fewer is better' : ', in per cent')")
    title = alt.TitleParams(text=says, fontSize=12, fontWeight="normal")
    shown: altair.FacetChart = chart.transform_filter(_CHOSEN).properties(title=title, params=[choice.param])
    return shown


_BITS = f"measure == '{LABELS['gold_bits_per_byte']}'"
_CHOSEN = "datum.source == 'paper' ? indexof(datum.beside, measure) >= 0 : " + (
    f"datum.measure == measure || (measure == '{MAIN}' && datum.main)"
)
"""A row is of the chosen measure, or a value of the paper that stands beside such a row."""
