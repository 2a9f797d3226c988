"""The pairs of models that a page compares, as tables with a dot and an interval for every difference."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crossalpaca.report.table import HEADLINE, Change, ComparisonRow

_ROUND = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 20)  # 20 for a logarithm that came out a little too small


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


def pairs(report: Mapping[str, Any], rows: Sequence[ComparisonRow]) -> list[Pair]:
    """Every pair that the experiment compares, with its differences by unit."""
    limits = _limits(report, rows)
    found = []
    for model, baseline in report["experiment"]["compare"]:
        own = [row for row in rows if (row.model, row.baseline) == (model, baseline)]
        headline = _axes(report, own, limits, headline=True)
        marks = [mark for axis in headline for mark in axis.marks]
        found.append(
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
    return found


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
