"""From strict to lenient: on which steps a difference shows, and every number with and without unsound items.

A model that has learnt to answer in a few words gains by every measure that takes off for what is said beside the gold,
and knows no more than before. So each comparison is read along its metrics, in the order of the tables' columns, and
the finding says in words where the difference is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from crossalpaca.report.compact import CompactTable
from crossalpaca.report.table import (
    MINUS,
    Change,
    ComparisonRow,
    Finding,
    Interval,
    Report,
    comparison_rows,
    finding,
)

Rung = Literal["strict", "lenient", "likelihood"]
Move = Literal["gain", "loss", "both", "none"]

RUNGS: Mapping[str, Rung] = {
    "exact_match": "strict",
    "exact_match_squad": "strict",
    "f1_squad": "strict",
    "exact_match_mlqa": "strict",
    "f1_mlqa": "strict",
    "first_line": "strict",
    "contains": "lenient",
    "accuracy_generated": "lenient",
    "accuracy_labels": "likelihood",
    "accuracy_labels_normalised": "likelihood",
    "accuracy_choices": "likelihood",
    "accuracy_choices_normalised": "likelihood",
    "gold_bits_per_byte": "likelihood",
}
"""Strict: an answer that says more than the gold loses by it. Lenient: the answer may stand within more text.
Likelihood: no text is written. Off-target answers are no step, since they say nothing about the gold."""

ALIKE = 0.1
"""Mean lengths that differ by less than this share of the longer one are called alike."""


@dataclass(frozen=True, slots=True)
class Step:
    """One metric of a comparison: what kind of step it is, and the paired difference."""

    metric: str
    rung: Rung
    change: Change


@dataclass(frozen=True, slots=True)
class LadderRow:
    """How `model` differs from `baseline` on one benchmark in one language, step by step.

    Attributes:
        model, baseline, benchmark, language, n: of the differences, which are over all items.
        steps: strict first, in the order of the tables' columns.
        moves: what the steps of each rung say together; a rung without steps is not there.
        tokens: mean tokens of the answers of model and baseline.
        finding: the rule's result in words.
    """

    model: str
    baseline: str
    benchmark: str
    language: str
    n: int
    steps: tuple[Step, ...]
    moves: Mapping[Rung, Move]
    tokens: tuple[float, float]
    finding: str


def ladder(report: Report) -> list[LadderRow]:
    """The differences over whole benchmarks and all items as ladders, in the order of `comparison_rows`.

    The finding has two parts, and every combination has one:

    1. Where. A step shows a gain if it is "better", a loss if it is "worse", else nothing (see `table.finding`). If no
       step shows anything, or all show the same, that is said. If not, each rung is named: with a gain (some of its
       steps gain, none loses), a loss, both, or none.
    2. Length, only where strict and lenient steps were both measured, neither with both, and the strict ones say better
       things than the lenient ones (a gain above none above a loss), or worse things. Shorter answers alone bring the
       former, longer ones the latter. If the answers have become so, it is said that length alone could do this; if
       not, that they have not; if the lengths cannot be compared, that length could and is not known.
    """
    rows = []
    for row in comparison_rows(report):
        steps = tuple(Step(metric, RUNGS[metric], change) for metric, change in row.changes.items() if metric in RUNGS)
        found = [(step.rung, step.change.finding) for step in steps]
        tokens = _tokens(report, row)
        place = (row.model, row.baseline, row.benchmark, row.language, row.n)
        rows.append(LadderRow(*place, steps, moves(found), tokens, reading(found, tokens)))
    return rows


def ladder_table(report: Report) -> list[CompactTable]:
    """The findings as a table of texts; none where nothing was compared."""
    cells = [
        [f"{row.model} {MINUS} {row.baseline}", row.benchmark, row.language, row.finding] for row in ladder(report)
    ]
    heads = ("models", "benchmark", "language", "finding")
    return [CompactTable("From strict to lenient: where a difference shows", heads, cells)] if cells else []


def moves(found: Sequence[tuple[Rung, Finding]]) -> dict[Rung, Move]:
    """What the steps of each rung say together, strict first; a rung without steps is not there."""
    rungs: tuple[Rung, ...] = ("strict", "lenient", "likelihood")
    said = {rung: {says for own, says in found if own == rung} for rung in rungs}
    return {rung: _move(says) for rung, says in said.items() if says}


def _move(says: set[Finding]) -> Move:
    gained, lost = "better" in says, "worse" in says
    if gained and lost:
        return "both"
    return "gain" if gained else "loss" if lost else "none"


def reading(found: Sequence[tuple[Rung, Finding]], tokens: tuple[float, float]) -> str:
    """The finding in words, by the rules that `ladder` states.

    Args:
        found: rung and finding of each step, in any order.
        tokens: mean tokens of the answers of model and baseline.
    """
    if not found:
        return "no step was measured"
    moved = moves(found)
    if set(moved.values()) == {"none"}:
        return "no step shows a difference"
    for says, move in (("better", "gain"), ("worse", "loss")):
        if all(own == says for _, own in found):
            return f"{move} on every step"
    if len(set(moved.values())) == 1 and "both" not in moved.values():
        return f"{moved[found[0][0]]} on {_listed(list(moved))} steps, though not on each of them"
    where = [
        words.format(_listed(rungs))
        for move, words in _WORDS.items()
        if (rungs := [rung for rung, own in moved.items() if own == move])
    ]
    return "; ".join([*where, *_length(moved, tokens)])


_WORDS: Mapping[Move, str] = {
    "gain": "gain on {} steps",
    "loss": "loss on {} steps",
    "both": "gains and losses among {} steps",
    "none": "none shown on {} steps",
}
_WRITTEN: tuple[Rung, Rung] = ("strict", "lenient")
_BETTER: Mapping[Move, int] = {"gain": 1, "none": 0, "loss": -1}


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _length(moved: Mapping[Rung, Move], tokens: tuple[float, float]) -> Iterator[str]:
    """What the length of the answers has to do with a difference between strict and lenient steps, if anything."""
    strict, lenient = (_BETTER.get(moved.get(rung, "both")) for rung in _WRITTEN)
    if strict is None or lenient is None or strict == lenient:
        return
    shorter = strict > lenient
    become = "shorter" if shorter else "longer"
    own, other = tokens
    apart = abs(own - other) >= ALIKE * max(own, other) and own != other
    lengths = f"{own:.1f} tokens on average against {other:.1f}"
    so = apart and (own < other) == shorter
    yield f"{become} answers alone could do this: {lengths}" if so else f"the answers are not {become}: {lengths}"


def _tokens(report: Report, row: ComparisonRow) -> tuple[float, float]:
    """Mean tokens of the two models' answers to a benchmark in a language."""
    found = [
        place["mean_completion_tokens"]
        for name in (row.model, row.baseline)
        for place in report["models"][name]["behaviour"]["places"]
        if (place["benchmark"], place["language"]) == (row.benchmark, row.language)
    ]
    own, other = found
    return own, other


# --- with and without the items that fail the audit ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Measured:
    """A score or a paired difference over some items.

    Attributes:
        value, interval, n: of it, the interval 95%.
        finding: what a difference says; None for a score.
    """

    value: float
    interval: Interval
    n: int
    finding: Finding | None


@dataclass(frozen=True, slots=True)
class WithAndWithout:
    """One number over all items, and over those in which the audit found no error.

    Attributes:
        model, baseline, benchmark, task, language, metric: what it is; `baseline` is empty for a score.
        kept: over all items.
        dropped: over the sound ones alone; None where there is none.
    """

    model: str
    baseline: str
    benchmark: str
    task: str
    language: str
    metric: str
    kept: Measured
    dropped: Measured | None

    @property
    def left_out(self) -> int:
        """How many items fail."""
        return self.kept.n - (self.dropped.n if self.dropped else 0)

    @property
    def change(self) -> float | None:
        """How much higher the number is without the items that fail; None where no other is left."""
        return self.dropped.value - self.kept.value if self.dropped else None


def kept_and_dropped(report: Report) -> list[WithAndWithout]:
    """Every score and then every difference with and without the items that fail the audit, in the report's order."""
    return [*_both(report, report["scores"]), *_both(report, report["differences"])]


def _both(report: Report, entries: Iterable[Mapping[str, Any]]) -> Iterator[WithAndWithout]:
    numbers: dict[tuple[str, str, str, str, str, str], dict[str, Measured]] = {}
    for entry in entries:
        who = (entry["model"], entry.get("baseline", ""))
        place = (*who, entry["benchmark"], entry["task"], entry["language"], entry["metric"])
        higher_is_better = report["metrics"][entry["metric"]]["higher_is_better"]
        numbers.setdefault(place, {})[entry["items"]] = _measured(entry, higher_is_better)
    for place, measured in numbers.items():
        yield WithAndWithout(*place, measured["all"], measured.get("sound"))


def _measured(entry: Mapping[str, Any], higher_is_better: bool) -> Measured:
    low, high = entry["interval"]
    says = finding(entry["value"], (low, high), higher_is_better) if "baseline" in entry else None
    return Measured(entry["value"], (low, high), entry["n"], says)
