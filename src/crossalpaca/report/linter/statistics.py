"""Rules on single numbers and what goes with them: range, interval, counts, p-values."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import fields

from crossalpaca.evaluation.scores import Difference, adjusted
from crossalpaca.evaluation.significance import mcnemar as mcnemar_p
from crossalpaca.report.linter.findings import Seen
from crossalpaca.report.linter.laws import TOLERANCE, shown
from crossalpaca.report.linter.reading import Alignment, DifferenceEntry, Interval, ReportEntry


def interval(report: ReportEntry) -> Iterator[Seen]:
    """An interval holds its value."""
    for where, value, (low, high) in _with_intervals(report):
        if not low - TOLERANCE <= value <= high + TOLERANCE:
            yield Seen(where, f"{shown(value)} is not within its interval, {shown(low)} to {shown(high)}")


def _with_intervals(report: ReportEntry) -> Iterator[tuple[str, float, Interval]]:
    for each in (*report.scores, *report.differences, *report.probed):
        yield each.where, each.value, each.interval
    for correlation in report.correlated:
        if correlation.value is not None and correlation.interval is not None:
            yield correlation.where, correlation.value, correlation.interval


def in_range(report: ReportEntry) -> Iterator[Seen]:
    """A value is one that its metric can have: a share between 0 and 1, bits not below 0, and finite."""
    for where, what, value, low, high in _ranges(report):
        if not (math.isfinite(value) and low - TOLERANCE <= value <= high + TOLERANCE):
            bounds = f"{shown(low)} to {shown(high)}" if math.isfinite(high) else f"{shown(low)} or more"
            yield Seen(where, f"{what} is {shown(value)}, possible is {bounds if math.isfinite(low) else 'any number'}")


def _ranges(report: ReportEntry) -> Iterator[tuple[str, str, float, float, float]]:
    """Where, what, value, and the least and the greatest that it can be."""
    bits = {metric for metric, described in report.metrics.items() if described.unit != "share"}
    for score in report.scores:
        high = math.inf if score.metric in bits else 1.0
        for value in (score.value, *score.by_seed):
            yield score.where, "the value", value, 0.0, high
    for each in report.differences:
        high = math.inf if each.metric in bits else 1.0
        for value in (each.value, *each.by_seed):
            yield each.where, "the value", value, -high, high
        yield each.where, "p", each.p, 0.0, 1.0
    for probed in report.probed:
        # Alignment is a share; chrF and BLEU are of 100.
        high = 1.0 if isinstance(probed, Alignment) else 100.0
        yield probed.where, "the value", probed.value, 0.0, high
    for correlation in report.correlated:
        if correlation.value is not None:
            yield correlation.where, "the value", correlation.value, -1.0, 1.0


def counts(report: ReportEntry) -> Iterator[Seen]:
    """There is an item behind every number, and no more items are won and lost than there are."""
    for each in (*report.scores, *report.differences):
        if each.n < 1:
            yield Seen(each.where, f"n is {each.n}")
    for each in report.differences:
        if min(each.wins, each.losses) < 0 or each.wins + each.losses > each.n:
            yield Seen(each.where, f"{each.wins} won and {each.losses} lost of {each.n} items")


def sound(report: ReportEntry) -> Iterator[Seen]:
    """Sound items are some of all items; where they are all of them, they give the same number."""
    everything = {(score.model, *score.place[:-1]): score for score in report.scores if score.items == "all"}
    for score in report.scores:
        whole = everything.get((score.model, *score.place[:-1]))
        if score.items != "sound" or whole is None:
            continue
        if score.n > whole.n:
            yield Seen(score.where, f"{score.n} sound items of {whole.n}")
        elif score.n == whole.n and not abs(score.value - whole.value) <= TOLERANCE:
            says = f"{shown(score.value)}, but all items, of which none is left out, give {shown(whole.value)}"
            yield Seen(score.where, says)


def mcnemar(report: ReportEntry) -> Iterator[Seen]:
    """Where the test is McNemar's, value and p follow from how many items were won and lost."""
    for each in report.differences:
        if each.test != "mcnemar" or min(each.wins, each.losses, each.n - 1) < 0:
            continue
        p = mcnemar_p(each.wins, each.losses)
        if not abs(each.p - p) <= TOLERANCE:
            yield Seen(each.where, f"p is {shown(each.p)}, but {each.wins} won and {each.losses} lost give {shown(p)}")
        described = report.metrics.get(each.metric)
        gained = each.wins - each.losses if described is None or described.higher_is_better else each.losses - each.wins
        if not abs(each.value - gained / each.n) <= TOLERANCE:
            counted = f"{each.wins} won and {each.losses} lost of {each.n}"
            yield Seen(each.where, f"{shown(each.value)}, but {counted} give {shown(gained / each.n)}")


def holm(report: ReportEntry) -> Iterator[Seen]:
    """The adjusted p recomputes from the p-values of all differences that are read together."""
    recomputed = adjusted([_difference(each) for each in report.differences])
    for each, other in zip(report.differences, recomputed, strict=True):
        given, expected = each.p_holm, other.p_holm
        alike = given is expected if given is None or expected is None else abs(given - expected) <= TOLERANCE
        if not alike:
            yield Seen(each.where, f"adjusted p is {_or_none(given)}, by Holm it is {_or_none(expected)}")


def _difference(each: DifferenceEntry) -> Difference:
    """The entry as the module that adjusts p-values knows it."""
    given = {field.name: getattr(each, field.name) for field in fields(Difference) if hasattr(each, field.name)}
    return Difference(**given)


def _or_none(value: float | None) -> str:
    return "not given" if value is None else shown(value)
