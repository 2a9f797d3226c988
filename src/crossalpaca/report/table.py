"""The rows that every table of a report shows, and the report as Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
    "contains": "Contains",
    "accuracy_generated": "Letter, generated",
    "accuracy_letters": "Letter, likeliest",
    "gold_bits_per_byte": "Gold bits/byte",
}
"""Column heads, in the order of columns; a metric that is not here follows under its own id."""

COMPACT: Mapping[str, str] = {
    "exact_match": "EM",
    "f1_mlqa": "F1",
    "contains": "contains",
    "accuracy_letters": "letters",
    "gold_bits_per_byte": "gold bits/byte",
}
"""The metrics of the compact tables and of the headline."""

_MINUS = "\u2212"
_ROUNDING = 1e-12  # sums of gaps that cancel may miss 0 by a few of the last bits


@dataclass(frozen=True, slots=True)
class ResultRow:
    """What one model reached on one benchmark in one language.

    Attributes:
        model, benchmark, language, n: of the scores.
        scores: metric to its value and 95% interval, in the order of columns.
        task: empty for a whole benchmark.
    """

    model: str
    benchmark: str
    language: str
    n: int
    scores: Mapping[str, Value]
    task: str = ""


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
    """

    model: str
    baseline: str
    benchmark: str
    language: str
    n: int
    changes: Mapping[str, Change]
    task: str = ""


def result_rows(report: Report) -> list[ResultRow]:
    """The scores over whole benchmarks, by benchmark, language (the experiment's first) and model."""
    return [_result(entries, "") for entries in _groups(report, report["scores"], whole=True)]


def task_rows(report: Report) -> list[ResultRow]:
    """The scores of single tasks, where a benchmark has several."""
    return [_result(entries, entries[0]["task"]) for entries in _groups(report, report["scores"], whole=False)]


def comparison_rows(report: Report) -> list[ComparisonRow]:
    """The differences over whole benchmarks, by pair, benchmark and language."""
    groups = _groups(report, report["differences"], whole=True)
    return sorted((_comparison(report, entries, "") for entries in groups), key=_pair_order(report))


def task_comparison_rows(report: Report) -> list[ComparisonRow]:
    """The differences on single tasks, where a benchmark has several."""
    groups = _groups(report, report["differences"], whole=False)
    rows = (_comparison(report, entries, entries[0]["task"]) for entries in groups)
    return sorted(rows, key=_pair_order(report))


def _pair_order(report: Report) -> Callable[[ComparisonRow], int]:
    order = {tuple(pair): i for i, pair in enumerate(report["experiment"]["compare"])}
    return lambda row: order.get((row.model, row.baseline), len(order))


def _groups(report: Report, entries: Sequence[Mapping[str, Any]], *, whole: bool) -> list[list[Mapping[str, Any]]]:
    """Entries of one table row each: all metrics of one model (or pair), benchmark, language and task."""
    tasks: dict[tuple[str, str], list[str]] = {}
    groups: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for entry in entries:
        known = tasks.setdefault((entry["benchmark"], entry["language"]), [])
        if entry["task"] not in known:
            known.append(entry["task"])
        who = (entry["model"], entry.get("baseline", ""))
        groups.setdefault((entry["benchmark"], entry["task"], entry["language"], *who), []).append(entry)
    chosen = {}
    for key, group in groups.items():
        benchmark, task, language = key[:3]
        # A benchmark of one task carries that task's name on its only, overall scores.
        if whole == (task == "" or len(tasks[benchmark, language]) == 1):
            chosen[key] = group
    rank = _ranks(report, chosen)
    return [chosen[key] for key in sorted(chosen, key=lambda key: tuple(rank[i][part] for i, part in enumerate(key)))]


def _ranks(report: Report, keys: Iterable[tuple[str, ...]]) -> list[dict[str, int]]:
    """For each part of a group's key, the place of every value: as given, the experiment's own choices first."""
    experiment = report["experiment"]
    first: list[Iterable[str]] = [[], [], [experiment["language"]], report["models"], report["models"]]
    ranks = []
    for values, preferred in zip(zip(*keys, strict=True), first, strict=False):
        ranks.append({value: i for i, value in enumerate(dict.fromkeys([*preferred, *values]))})
    return ranks


def _result(entries: Sequence[Mapping[str, Any]], task: str) -> ResultRow:
    first = entries[0]
    values: dict[str, Value] = {e["metric"]: (e["value"], _interval(e)) for e in reversed(entries)}
    scores = {metric: values[metric] for metric in in_order(values)}
    return ResultRow(first["model"], first["benchmark"], first["language"], first["n"], scores, task)


def _comparison(report: Report, entries: Sequence[Mapping[str, Any]], task: str) -> ComparisonRow:
    first = entries[0]
    found = {e["metric"]: _change(e, report["metrics"][e["metric"]]["higher_is_better"]) for e in reversed(entries)}
    changes = {metric: found[metric] for metric in in_order(found)}
    return ComparisonRow(
        first["model"], first["baseline"], first["benchmark"], first["language"], first["n"], changes, task
    )


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
    return text.replace("-", _MINUS)


def signed(value: float, unit: str) -> str:
    """A difference with its sign, which is kept where it rounds to nothing, so that intervals read as they are."""
    return ("+" if value > 0 else "") + number(value, unit)


@dataclass(frozen=True, slots=True)
class CompactTable:
    """A table of texts for the terminal and for Markdown: caption, column heads (">" before those of numbers), rows."""

    caption: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]


def compact_tables(report: Report) -> list[CompactTable]:
    """The scores, and the differences if there are any, in the metrics of `COMPACT`; "-" where one does not apply."""
    units = {metric: described["unit"] for metric, described in report["metrics"].items()}
    heads = ("model", "benchmark", "language", ">n", *(f">{head}" for head in COMPACT.values()))
    results = [
        [row.model, row.benchmark, row.language, str(row.n)]
        + [_cell(row.scores.get(metric), units.get(metric, ""), number) for metric in COMPACT]
        for row in result_rows(report)
    ]
    changes = [
        [f"{row.model} {_MINUS} {row.baseline}", row.benchmark, row.language, str(row.n)]
        + [_cell(_of(row.changes.get(metric)), units.get(metric, ""), signed) for metric in COMPACT]
        for row in comparison_rows(report)
    ]
    tables = [
        CompactTable("Scores in per cent (bits: fewer is better), with 95% intervals over n items", heads, results)
    ]
    if changes:
        caption = "Paired differences in percentage points (bits: below zero is better), with 95% intervals"
        tables.append(CompactTable(caption, heads, changes))
    return tables


def markdown(report: Report) -> str:
    """The compact tables in Markdown, each under its caption."""
    return "\n\n".join("\n".join(_markdown_lines(table)) for table in compact_tables(report)) + "\n"


def _of(change: Change | None) -> Value | None:
    return None if change is None else (change.value, change.interval)


def _cell(value: Value | None, unit: str, form: Form) -> str:
    if value is None:
        return "-"
    mean, (low, high) = value
    return f"{form(mean, unit)} [{form(low, unit)}, {form(high, unit)}]"


def _markdown_lines(table: CompactTable) -> Iterator[str]:
    yield f"{table.caption}:"
    yield ""
    yield "| " + " | ".join(head.removeprefix(">") for head in table.heads) + " |"
    yield "|" + "|".join("---:" if head.startswith(">") else "---" for head in table.heads) + "|"
    for row in table.rows:
        yield "| " + " | ".join(cell.replace("|", "\\|").replace("<", "&lt;") for cell in row) + " |"
