"""The report as one HTML page that needs nothing else: no network, no script, no other file."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from crossalpaca.benchmarks.audit import CHECKS
from crossalpaca.languages import language
from crossalpaca.report.table import (
    HEADLINE,
    LABELS,
    Change,
    ComparisonRow,
    ResultRow,
    comparison_rows,
    further_comparison_rows,
    in_order,
    number,
    result_rows,
    signed,
    task_rows,
)

if TYPE_CHECKING:
    from jinja2 import Template

TEMPLATE = "page.html.j2"
_ROUND = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 20)  # 20 for a logarithm that came out a little too small
_POINTS = 300  # of a loss curve; a longer one is averaged down
_IDS_SHOWN = 5
_DIRECTIONS = {"en-x": "out of English", "x-en": "into English"}


def render(report: Mapping[str, Any]) -> str:
    """The page of a report, as `collect` makes it; equal reports give equal pages."""
    return _template().render(_context(report))


@cache
def _template() -> Template:
    # Imported late: the command line imports this module and must not wait for it.
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("crossalpaca", "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"number": number, "signed": signed, "language": _language, "count": _count, "tick": _tick}
    return environment.get_template(TEMPLATE)


def _language(code: str) -> str:
    return language(code).name


def _count(value: int) -> str:
    return f"{value:,}"


def _tick(value: float, unit: str) -> str:
    text = f"{value * 100:g}" if unit == "share" else f"{value:g}"
    return ("+" if value > 0 else "") + text.replace("-", "\u2212")


def _context(report: Mapping[str, Any]) -> dict[str, Any]:
    models: Mapping[str, Any] = report["models"]
    trained = {name: model["training"] for name, model in models.items() if "training" in model}
    rows = comparison_rows(report)
    return {
        "experiment": report["experiment"],
        "backbone": report["backbone"],
        "metrics": report["metrics"],
        "beside_english": report["experiment"]["language"] != "en"
        and any(s["language"] == "en" for s in report["scores"]),
        "metric_order": in_order(dict.fromkeys(score["metric"] for score in report["scores"])),
        "labels": LABELS,
        "models": models,
        "made_from": {name: _made_from(model) for name, model in models.items()},
        "deviations": [_plain(deviation) for deviation in report.get("deviations", [])],
        "pairs": _pairs(report, rows),
        "tables": _tables(result_rows(report)),
        "task_tables": _tables(task_rows(report)),
        "further_changes": further_comparison_rows(report),
        "demonstrations": [row for name, model in models.items() for row in _demonstrations(name, model)],
        "over_cutoff": {name: _over_cutoff(training) for name, training in trained.items()},
        "training": trained,
        "recipes": _recipes(trained),
        "curves": _curves(trained),
        "signatures": _signatures(report["scores"]),
        "settings": _settings(report["experiment"]),
        "versions": report["versions"],
        "audits": report.get("audits", []),
        "windows": report.get("windows", []),
        "checks": {check.id: check.description for check in CHECKS.values()},
        "provenance": report["provenance"],
    }


def _plain(value: object) -> str:
    """A value that has no fixed form, as text."""
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {_plain(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(_plain, value))
    return str(value)


# --- comparisons ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Mark:
    """One difference as a line of a table and as a dot with its interval on an axis from -100 to 100."""

    row: ComparisonRow
    metric: str
    change: Change
    low: str
    middle: str
    high: str


@dataclass(frozen=True, slots=True)
class Axis:
    """Differences in one unit, drawn to one scale."""

    unit: str
    limit: float
    higher_is_better: bool
    marks: Sequence[Mark]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two models compared.

    Attributes:
        model, baseline: their names.
        counts: findings of the headline to how often they came.
        better, worse: the headline's differences that were shown, by benchmark and language.
        headline, other: differences by unit, in the headline's metrics and in all others.
    """

    model: str
    baseline: str
    counts: Mapping[str, int]
    better: Sequence[Sequence[Mark]]
    worse: Sequence[Sequence[Mark]]
    headline: Sequence[Axis]
    other: Sequence[Axis]


def _pairs(report: Mapping[str, Any], rows: Sequence[ComparisonRow]) -> list[Pair]:
    limits = _limits(report, rows)
    pairs = []
    for model, baseline in report["experiment"]["compare"]:
        own = [row for row in rows if (row.model, row.baseline) == (model, baseline)]
        headline = _axes(report, own, limits, headline=True)
        marks = [mark for axis in headline for mark in axis.marks]
        pairs.append(
            Pair(
                model=model,
                baseline=baseline,
                counts=Counter(mark.change.finding for mark in marks),
                better=_by_row(mark for mark in marks if mark.change.finding == "better"),
                worse=_by_row(mark for mark in marks if mark.change.finding == "worse"),
                headline=headline,
                other=_axes(report, own, limits, headline=False),
            )
        )
    return pairs


def _by_row(marks: Iterable[Mark]) -> list[list[Mark]]:
    found: dict[tuple[str, str], list[Mark]] = {}
    for mark in marks:
        found.setdefault((mark.row.benchmark, mark.row.language), []).append(mark)
    return list(found.values())


def _limits(report: Mapping[str, Any], rows: Iterable[ComparisonRow]) -> dict[str, float]:
    """How far the axis of each unit goes: one scale for all pairs, so that they can be compared by eye."""
    furthest: dict[str, float] = {}
    for row in rows:
        for metric, change in row.changes.items():
            unit = report["metrics"][metric]["unit"]
            reach = max(abs(change.value), *map(abs, change.interval))
            furthest[unit] = max(furthest.get(unit, 0.0), reach)
    return {unit: _round_up(reach) for unit, reach in furthest.items()}


def _round_up(reach: float) -> float:
    """The next round number that is not smaller, and at least a hundredth."""
    if reach <= 0.01:
        return 0.01
    power = 10.0 ** math.floor(math.log10(reach))
    return next(factor * power for factor in _ROUND if factor * power >= reach)


def _axes(
    report: Mapping[str, Any], rows: Sequence[ComparisonRow], limits: Mapping[str, float], *, headline: bool
) -> list[Axis]:
    marks: dict[tuple[str, bool], list[Mark]] = {}
    for row in rows:
        for metric, change in row.changes.items():
            if headline == (metric in HEADLINE):
                described = report["metrics"][metric]
                unit = described["unit"]
                places = [
                    f"{100 * x / limits[unit]:.1f}" for x in (change.interval[0], change.value, change.interval[1])
                ]
                mark = Mark(row, metric, change, *places)
                marks.setdefault((unit, described["higher_is_better"]), []).append(mark)
    return [Axis(unit, limits[unit], higher, found) for (unit, higher), found in marks.items()]


# --- tables --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """Scores on benchmarks that are measured alike.

    Attributes:
        title: what kind of benchmark.
        metrics: the columns.
        groups: title (and task) to its rows, all languages and models.
    """

    title: str
    metrics: Sequence[str]
    groups: Mapping[tuple[str, str], Sequence[ResultRow]]


def _tables(rows: Sequence[ResultRow]) -> list[ScoreTable]:
    """One table for each set of metrics that apply together."""
    kinds: dict[tuple[str, ...], dict[tuple[str, str], list[ResultRow]]] = {}
    for row in rows:
        kinds.setdefault(tuple(row.scores), {}).setdefault((row.title, row.task), []).append(row)
    tables = []
    for metrics, groups in kinds.items():
        tables.append(ScoreTable(_title(metrics), in_order(metrics), groups))
    return tables


def _title(metrics: Iterable[str]) -> str:
    if "accuracy_choices" in metrics:
        return "Questions with options"
    return "Tasks with short answers" if "accuracy_generated" in metrics else "Questions with free answers"


def _signatures(scores: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each signature once; models share it where they were asked alike."""
    found: dict[tuple[str, ...], list[str]] = {}
    for score in scores:
        place = (score["benchmark"], score["language"], score["task"], score["metric"], score["signature"])
        found.setdefault(place, []).append(score["model"])
    heads = ("benchmark", "language", "task", "metric", "signature")
    return [dict(zip(heads, place, strict=True)) | {"models": models} for place, models in found.items()]


def _settings(experiment: Mapping[str, Any]) -> str:
    import yaml

    text: str = yaml.safe_dump(dict(experiment), sort_keys=False, allow_unicode=True, width=100)
    return text


# --- demonstrations and training -----------------------------------------------------------------------------------


def _made_from(model: Mapping[str, Any]) -> str:
    """What a model was trained on, in words."""
    made = model.get("demonstrations", {})
    parts = []
    if "instructions" in made:
        parts.append(f"{made['instructions']['kept']:,} instruction demonstrations")
    for direction, kept in made.get("translations", {}).get("directions", {}).items():
        parts.append(f"{kept:,} translations {_DIRECTIONS.get(direction, direction)}")
    return ", ".join(parts) or "the backbone itself, not trained"


def _demonstrations(name: str, model: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """One row for each source of a model's demonstrations."""
    for kind in ("instructions", "translations"):
        source = model.get("demonstrations", {}).get(kind)
        if source is not None:
            total = sum(drop["count"] for drop in source["dropped"].values())
            yield dict(source) | {"model": name, "kind": kind, "total_dropped": total}


def _over_cutoff(training: Mapping[str, Any]) -> dict[str, Any]:
    over = training["over_cutoff"]
    shown = over["ids"][:_IDS_SHOWN]
    return {"count": over["count"], "ids": shown, "more": over["count"] - len(shown)}


def _recipes(trained: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each recipe once, with the models trained by it."""
    recipes: list[dict[str, Any]] = []
    for name, training in trained.items():
        settings = {key: _plain(value) for key, value in training["recipe"].items()}
        settings["targets"] = settings["targets"] or "those of the backbone"
        for recipe in recipes:
            if recipe["settings"] == settings:
                recipe["models"].append(name)
                break
        else:
            recipes.append({"models": [name], "settings": settings})
    return recipes


@dataclass(frozen=True, slots=True)
class Curve:
    """A loss curve, drawn on 0 to 300 by 0 to 100; all curves of a page share their vertical scale.

    Attributes:
        model: its name.
        points: of an SVG polyline.
        steps, first, last, top: number of steps, loss at the first and the last, and the scale's upper end.
        averaged: steps that one point is the mean of.
        validation: step, loss and place (x, y) of each validation loss.
    """

    model: str
    points: str
    steps: int
    first: float
    last: float
    top: float
    averaged: int
    validation: Sequence[Mapping[str, Any]]


def _curves(trained: Mapping[str, Mapping[str, Any]]) -> list[Curve]:
    drawn = {name: training["losses"] for name, training in trained.items() if training["losses"]}
    held_out = [each["loss"] for training in trained.values() for each in training.get("validation_losses", [])]
    top = max([*map(max, drawn.values()), *held_out], default=0.0)
    scale = max(math.ceil(top * 2) / 2, 0.5)
    return [_curve(name, losses, scale, trained[name].get("validation_losses", [])) for name, losses in drawn.items()]


def _curve(model: str, losses: Sequence[float], top: float, validation: Sequence[Mapping[str, Any]]) -> Curve:
    size = -(-len(losses) // _POINTS)
    parts = [losses[i : i + size] for i in range(0, len(losses), size)]
    means = [sum(part) / len(part) for part in parts]
    width = max(len(means) - 1, 1)
    points = " ".join(f"{300 * i / width:.1f},{100 - 100 * mean / top:.1f}" for i, mean in enumerate(means))
    last = max(len(losses) - 1, 1)
    held_out = [
        dict(each) | {"x": f"{300 * (each['step'] - 1) / last:.1f}", "y": f"{100 - 100 * each['loss'] / top:.1f}"}
        for each in validation
    ]
    return Curve(model, points, len(losses), losses[0], losses[-1], top, size, held_out)
