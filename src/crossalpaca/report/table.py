"""The rows that every table of a report shows, and the report as Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Interval = tuple[float, float]
Value = tuple[float, Interval]
Finding = Literal["better", "worse", "no difference shown", "interval without width"]
Report = Mapping[str, Any]
Form = Callable[[float, str], str]

LABELS: Mapping[str, str] = {
    "exact_match": "EM",
    "exact_match_squad": "EM, SQuAD",
    "f1_squad": "F1, SQuAD",
    "exact_match_mlqa": "EM, MLQA",
    "f1_mlqa": "F1, MLQA",
    "first_line": "First line",
    "contains": "Contains",
    "accuracy_generated": "Answer, generated",
    "accuracy_labels": "Label, likeliest",
    "accuracy_labels_normalised": "Label, by byte",
    "accuracy_choices": "Choice, likeliest",
    "accuracy_choices_normalised": "Choice, by byte",
    "off_target_language": "Off-target",
    "gold_bits_per_byte": "Gold bits/byte",
}
"""Column heads, in the order of columns; a metric that is not here follows under its own id."""

HEADLINE = (
    "exact_match",
    "first_line",
    "f1_mlqa",
    "contains",
    "accuracy_generated",
    "accuracy_labels",
    "accuracy_choices",
    "gold_bits_per_byte",
)
"""The metrics of the compact tables and of the headline, strict before lenient."""

MINUS = "\u2212"
_ROUNDING = 1e-12  # sums of gaps that cancel may miss 0 by a few of the last bits


@dataclass(frozen=True, slots=True)
class ResultRow:
    """What one model reached on one benchmark in one language.

    Attributes:
        model, benchmark, language: of the scores.
        n: how many items; a metric that does not apply to all of them is over fewer.
        scores: metric to its value and 95% interval, in the order of columns.
        task: empty for a whole benchmark.
        sound: over the items without an error in the audit alone.
    """

    model: str
    benchmark: str
    language: str
    n: int
    scores: Mapping[str, Value]
    task: str = ""
    sound: bool = False

    @property
    def title(self) -> str:
        """The benchmark, and which of its items."""
        return f"{self.benchmark}, sound items" if self.sound else self.benchmark


@dataclass(frozen=True, slots=True)
class Change:
    """A paired difference on one metric: value, 95% interval, items won and lost, and what that says."""

    value: float
    interval: Interval
    wins: int
    losses: int
    finding: Finding


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """How `model` differs from `baseline` on one benchmark in one language.

    Attributes:
        model, baseline, benchmark, language, n: of the differences.
        changes: metric to its difference, in the order of columns.
        task: empty for a whole benchmark.
        sound: over the items without an error in the audit alone.
    """

    model: str
    baseline: str
    benchmark: str
    language: str
    n: int
    changes: Mapping[str, Change]
    task: str = ""
    sound: bool = False

    @property
    def title(self) -> str:
        """The benchmark, and which of its items."""
        return f"{self.benchmark}, sound items" if self.sound else self.benchmark


def result_rows(report: Report) -> list[ResultRow]:
    """The scores over whole benchmarks, by benchmark, items (where the audit found errors: all, then the sound ones),
    language (the experiment's first) and model."""
    return [_result(entries, "") for entries in _groups(report, report["scores"], whole=True)]


def task_rows(report: Report) -> list[ResultRow]:
    """The scores of single tasks, where a benchmark has several."""
    return [_result(entries, entries[0]["task"]) for entries in _groups(report, report["scores"], whole=False)]


def comparison_rows(report: Report) -> list[ComparisonRow]:
    """The differences over whole benchmarks and all items, by pair, benchmark and language."""
    return [row for row in _comparison_rows(report, whole=True) if not row.sound]


def further_comparison_rows(report: Report) -> list[ComparisonRow]:
    """The differences over sound items alone, and on single tasks where a benchmark has several."""
    sound = [row for row in _comparison_rows(report, whole=True) if row.sound]
    return sorted(sound + _comparison_rows(report, whole=False), key=_pair_order(report))


def _comparison_rows(report: Report, *, whole: bool) -> list[ComparisonRow]:
    groups = _groups(report, report["differences"], whole=whole)
    rows = (_comparison(report, entries, "" if whole else entries[0]["task"]) for entries in groups)
    return sorted(rows, key=_pair_order(report))


def _pair_order(report: Report) -> Callable[[ComparisonRow], int]:
    order = {tuple(pair): i for i, pair in enumerate(report["experiment"]["compare"])}
    return lambda row: order.get((row.model, row.baseline), len(order))


def _groups(report: Report, entries: Sequence[Mapping[str, Any]], *, whole: bool) -> list[list[Mapping[str, Any]]]:
    """Entries of one table row each: all metrics of one model (or pair), benchmark, language, task and items.

    Where the audit found no error, the sound items are all items and have no row of their own.
    """
    tasks: dict[tuple[str, str], list[str]] = {}
    groups: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for entry in entries:
        known = tasks.setdefault((entry["benchmark"], entry["language"]), [])
        if entry["task"] not in known:
            known.append(entry["task"])
        who = (entry["model"], entry.get("baseline", ""))
        place = (entry["benchmark"], entry["task"], _items(entry), entry["language"])
        groups.setdefault((*place, *who), []).append(entry)
    chosen = {}
    for key, group in groups.items():
        benchmark, task, items, language = key[:4]
        repeated = items == "sound" and _size(group) == _size(groups[benchmark, task, "all", *key[3:]])
        # A benchmark of one task carries that task's name on its only, overall scores.
        if not repeated and whole == (task == "" or len(tasks[benchmark, language]) == 1):
            chosen[key] = group
    rank = _ranks(report, chosen)
    return [chosen[key] for key in sorted(chosen, key=lambda key: tuple(rank[i][part] for i, part in enumerate(key)))]


def _items(entry: Mapping[str, Any]) -> str:
    return str(entry.get("items", "all"))


def _size(entries: Sequence[Mapping[str, Any]]) -> int:
    return max(int(entry["n"]) for entry in entries)


def _ranks(report: Report, keys: Iterable[tuple[str, ...]]) -> list[dict[str, int]]:
    """For each part of a group's key, the place of every value: as given, the experiment's own choices first."""
    experiment = report["experiment"]
    first: list[Iterable[str]] = [[], [], ["all"], experiment["languages"], report["models"], report["models"]]
    ranks = []
    for values, preferred in zip(zip(*keys, strict=True), first, strict=False):
        ranks.append({value: i for i, value in enumerate(dict.fromkeys([*preferred, *values]))})
    return ranks


def _result(entries: Sequence[Mapping[str, Any]], task: str) -> ResultRow:
    first = entries[0]
    values: dict[str, Value] = {e["metric"]: (e["value"], _interval(e)) for e in reversed(entries)}
    scores = {metric: values[metric] for metric in in_order(values)}
    place = (first["model"], first["benchmark"], first["language"], _size(entries))
    return ResultRow(*place, scores, task, _items(first) == "sound")


def _comparison(report: Report, entries: Sequence[Mapping[str, Any]], task: str) -> ComparisonRow:
    first = entries[0]
    found = {e["metric"]: _change(e, report["metrics"][e["metric"]]["higher_is_better"]) for e in reversed(entries)}
    changes = {metric: found[metric] for metric in in_order(found)}
    place = (first["model"], first["baseline"], first["benchmark"], first["language"], _size(entries))
    return ComparisonRow(*place, changes, task, _items(first) == "sound")


def _change(entry: Mapping[str, Any], higher_is_better: bool) -> Change:
    interval = _interval(entry)
    return Change(
        value=entry["value"],
        interval=interval,
        wins=entry["wins"],
        losses=entry["losses"],
        finding=finding(entry["value"], interval, higher_is_better),
    )


def _interval(entry: Mapping[str, Any]) -> Interval:
    low, high = entry["interval"]
    return (low, high)


def finding(value: float, interval: Interval, higher_is_better: bool) -> Finding:
    """What a difference says in plain words; an interval that holds or touches 0 shows no difference.

    A bootstrap over one passage, or over items that all differ alike, gives an interval without width. It says nothing
    about other items, so it is not called better or worse.
    """
    low, high = interval
    if low <= _ROUNDING and high >= -_ROUNDING:
        return "no difference shown"
    if high - low <= _ROUNDING:
        return "interval without width"
    return "better" if (value > 0) == higher_is_better else "worse"


def in_order(metrics: Iterable[str]) -> list[str]:
    """Metrics in the order of columns; those without a place follow as they come."""
    given = list(dict.fromkeys(metrics))
    known = [metric for metric in LABELS if metric in given]
    return known + [metric for metric in given if metric not in LABELS]


def number(value: float, unit: str) -> str:
    """A value for people: shares in per cent with one decimal, bits with three."""
    value += 0.0  # makes a negative zero positive
    text = f"{value * 100:.1f}" if unit == "share" else f"{value:.3f}"
    return text.replace("-", MINUS)


def signed(value: float, unit: str) -> str:
    """A difference with its sign, which is kept where it rounds to nothing, so that intervals read as they are."""
    return ("+" if value > 0 else "") + number(value, unit)
