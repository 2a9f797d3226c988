"""A report's scores, differences and audits as tables of text: what the terminal and Markdown show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from crossalpaca.report.table import (
    HEADLINE,
    MINUS,
    Change,
    ComparisonRow,
    Form,
    Report,
    ResultRow,
    Value,
    comparison_rows,
    number,
    result_rows,
    signed,
)

HEADS: Mapping[str, str] = {
    "exact_match": "EM",
    "first_line": "first line",
    "f1_mlqa": "F1",
    "contains": "contains",
    "accuracy_generated": "answer",
    "accuracy_labels": "label",
    "accuracy_choices": "text",
    "gold_bits_per_byte": "gold bits/byte",
}
"""Short column heads of the headline's metrics."""


WINDOW = ("model", "benchmark", "language", "prompts", "cut", "gold_lost", "skipped")
"""What a report says of the prompts that were too long, in the order of columns."""


@dataclass(frozen=True, slots=True)
class CompactTable:
    """A table of texts: caption, column heads (">" before those of numbers), rows."""

    caption: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]


def compact_tables(report: Report) -> list[CompactTable]:
    """Scores, paired differences, and what the audit found; free answers and given ones have other columns."""
    units = {metric: described["unit"] for metric, described in report["metrics"].items()}
    tables: list[CompactTable] = []
    for kind, free in (("free answers", True), ("answers to choose or to work out", False)):
        results = [row for row in result_rows(report) if _free(row.scores) == free]
        caption = f"Scores in per cent on questions with {kind} (bits: fewer is better), 95% intervals"
        tables += _scores(caption, results, units)
    for kind, free in (("free answers", True), ("answers to choose or to work out", False)):
        changes = [row for row in comparison_rows(report) if _free(row.changes) == free]
        caption = f"Paired differences in points on questions with {kind} (bits: below zero is better), 95% intervals"
        tables += _differences(caption, changes, units)
    return [*tables, *_audits(report), *_windows(report)]


def _free(metrics: Mapping[str, object]) -> bool:
    return "accuracy_generated" not in metrics


def _scores(caption: str, rows: Sequence[ResultRow], units: Mapping[str, str]) -> Iterator[CompactTable]:
    columns = [metric for metric in HEADLINE if any(metric in row.scores for row in rows)]
    cells = [
        [row.model, row.title, row.language, str(row.n)]
        + [_cell(row.scores.get(metric), units[metric], number) for metric in columns]
        for row in rows
    ]
    if cells:
        yield CompactTable(caption, _heads(columns), cells)


def _differences(caption: str, rows: Sequence[ComparisonRow], units: Mapping[str, str]) -> Iterator[CompactTable]:
    columns = [metric for metric in HEADLINE if any(metric in row.changes for row in rows)]
    cells = [
        [f"{row.model} {MINUS} {row.baseline}", row.title, row.language, str(row.n)]
        + [_cell(_of(row.changes.get(metric)), units[metric], signed) for metric in columns]
        for row in rows
    ]
    if cells:
        yield CompactTable(caption, _heads(columns), cells)


def _audits(report: Report) -> Iterator[CompactTable]:
    """What the audit found in each benchmark, if it found an error in any."""
    audits = report.get("audits", [])
    cells = [
        [
            audit["benchmark"],
            audit["language"],
            audit["golds"],
            *(str(n) for n in (audit["items"], audit["failing"], audit["asked"], len(audit["asked_failing"]))),
            ", ".join(f"{check} {found['count']}" for check, found in audit["checks"].items() if found["errors"]),
        ]
        for audit in audits
    ]
    heads = ("benchmark", "language", "golds", ">items", ">with an error", ">asked", ">with an error", "errors")
    if any(audit["failing"] for audit in audits):
        yield CompactTable("Audit of the benchmarks", heads, cells)


def _windows(report: Report) -> Iterator[CompactTable]:
    """Prompts that did not fit the window, if there were any."""
    heads = ("model", "benchmark", "language", ">prompts", ">cut", ">of these without their gold", ">skipped")
    cells = [[str(entry[head]) for head in WINDOW] for entry in report.get("windows", [])]
    if cells:
        yield CompactTable("Prompts too long for the model's window", heads, cells)


def _heads(columns: Sequence[str]) -> tuple[str, ...]:
    return ("model", "benchmark", "language", ">n", *(f">{HEADS[metric]}" for metric in columns))


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
        yield "| " + " | ".join(_one_line(cell) for cell in row) + " |"


def _one_line(cell: str) -> str:
    return " ".join(cell.split()).replace("|", "\\|").replace("<", "&lt;")
