"""Benchmarks translated so that they stay valid: structure stays, golds are made again, doubtful items are left out.

An item is published only if nothing of it was lost on the way, its options still differ, and the audit finds no error
in it as published; every other one is quarantined under a reason. So what a model is scored on has the golds, labels
and numbers of the original.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from crossalpaca.benchmarks import Benchmark
from crossalpaca.benchmarks.audit import Audit, audited
from crossalpaca.benchmarks.forms.files import read_text
from crossalpaca.benchmarks.forms.rows import Row, Table, named_by_id
from crossalpaca.benchmarks.forms.squad import squad_rows
from crossalpaca.benchmarks.published import ORIGINALS
from crossalpaca.errors import DataError
from crossalpaca.languages import Language
from crossalpaca.sources.files import parse_json
from crossalpaca.translation.benchmarks import choices, reasoning
from crossalpaca.translation.benchmarks.drafts import Refused
from crossalpaca.translation.benchmarks.files import file_name, write
from crossalpaca.translation.collation import COLLATION
from crossalpaca.translation.extractive import translate_squad
from crossalpaca.translation.items import Translate, render

_OWN = {"extractive": "squad", "choices": "choices", "reasoning": "tasks"}
"""Under which form for own files a benchmark's files are read where items are missing."""


@dataclass(frozen=True, slots=True)
class Service:
    """What translates.

    Attributes:
        translate: many texts at once, in order.
        keeps_markup: it is given HTML and keeps its tags; else plain text.
        source, target: the languages.
    """

    translate: Translate
    keeps_markup: bool
    source: Language
    target: Language


@dataclass(frozen=True, slots=True)
class Made:
    """A file's items after translation.

    Attributes:
        table: the original file.
        rows: by the number of the original row, translated, or why it is not published.
        methods: how the rows that came through the engine were made, by number.
    """

    table: Table
    rows: Mapping[int, Row | Refused]
    methods: Mapping[int, str]

    @property
    def published(self) -> list[Row]:
        """The translated rows, in order."""
        return [row for row in self.rows.values() if isinstance(row, Row)]


def translated(benchmark: Benchmark, table: Table, service: Service) -> Made:
    """The items of a file, translated or refused."""
    if benchmark.form.name == "extractive":
        return _extractive(table, service)
    form = choices if benchmark.form.name == "choices" else reasoning
    drafts = [form.draft(row, service.source, service.target) for row in table.rows]
    rendered = render([draft.unit for draft in drafts], service.translate, service.keeps_markup)
    rows: dict[int, Row | Refused] = {}
    for row, draft, made in zip(table.rows, drafts, rendered, strict=True):
        if row.problem or made is None:
            rows[row.number] = Refused("unparseable", row.problem) if row.problem else Refused("lost", "by the engine")
        else:
            rows[row.number] = form.finished(row, draft, made.texts, service.source)
    methods = {row.number: made.method for row, made in zip(table.rows, rendered, strict=True) if made is not None}
    return Made(table, rows, methods)


def _extractive(table: Table, service: Service) -> Made:
    """The questions of a file; how one was made is here what placed its first answer."""
    if table.type != "json":
        raise DataError(f"{table.path}: passages are translated from SQuAD v1.1 JSON; name that file")
    document = parse_json(read_text(table.path), str(table.path))
    done = translate_squad(
        table.path, document, service.source, service.target, service.translate, service.keeps_markup
    )
    placed = iter(named_by_id(squad_rows(table.path, done.document)) if done.document["data"] else [])
    rows: dict[int, Row | Refused] = {}
    for row, item in zip(table.rows, done.items, strict=True):
        rows[row.number] = Refused("answer-not-placed", item.problem) if item.problem else next(placed)
    methods = {
        row.number: item.answers[0].method for row, item in zip(table.rows, done.items, strict=True) if item.answers
    }
    return Made(table, rows, methods)


def publish(benchmark: Benchmark, made: Made, folder: Path, target: Language) -> tuple[Made, Audit | None]:
    """Writes a file and, beside it, the originals of its items; items with an error in its audit are left out.

    Returns what was published, and its audit, which has no error; None and no file where no item is left.
    """
    form = benchmark.form.name
    files: list[Path] = []
    while made.published:
        numbers = [number for number, row in made.rows.items() if isinstance(row, Row)]
        originals = [row for row in made.table.rows if row.number in set(numbers)]
        files = [
            write(form, folder, made.table, made.published),
            write(form, folder / ORIGINALS, made.table, originals),
        ]
        audit = audited(files[0], benchmark.id, target, task=made.table.task or None, reference=files[1])
        if not audit.failing:
            return made, audit
        made = _without(made, audit, benchmark.form.read(files[0], made.table.task), numbers)
    for file in files:
        file.unlink()
    return made, None


def _without(made: Made, audit: Audit, table: Table, numbers: Sequence[int]) -> Made:
    """What is left without the items that fail the audit, which calls them as the published file does."""
    checks: dict[str, list[str]] = {}
    for finding in audit.findings:
        if finding.severity == "error":
            checks.setdefault(finding.item, []).append(f"{finding.check}: {finding.detail}")
    rows = dict(made.rows)
    for number, row in zip(numbers, table.rows, strict=True):
        if row.name in audit.failing:
            first = checks[row.name][0]
            rows[number] = Refused(first.partition(":")[0], "; ".join(checks[row.name]))
    return replace(made, rows=rows)


def summary(benchmark: Benchmark, parts: Sequence[tuple[Made, Audit | None]]) -> dict[str, Any]:
    """What became of the items: counts, methods, every quarantined item with its reason, and the audit's warnings."""
    refused = [
        {"item": row.name, "reason": out.reason, "detail": out.detail}
        for made, _ in parts
        for row in made.table.rows
        if isinstance(out := made.rows[row.number], Refused)
    ]
    tasks = {made.table.task: made for made, _ in parts}
    items = sum(len(made.rows) for made, _ in parts)
    findings = Counter((f.severity, f.check) for _, audit in parts if audit for f in audit.findings)
    methods = Counter(made.methods[n] for made, _ in parts for n, row in made.rows.items() if isinstance(row, Row))
    report: dict[str, Any] = {
        "items": items,
        "published": items - len(refused),
        "quarantined": len(refused),
        "reasons": dict(Counter(each["reason"] for each in refused).most_common()),
        "methods": dict(methods.most_common()),
        "audit": {
            "errors": sum(count for (severity, _), count in findings.items() if severity == "error"),
            "warnings": {
                check: count for (severity, check), count in sorted(findings.items()) if severity == "warning"
            },
        },
        "read_as": _OWN[benchmark.form.name] if refused else benchmark.id,
    }
    if benchmark.form.name != "extractive":
        report["tasks"] = {
            task: {"items": len(made.rows), "published": len(made.published)} for task, made in tasks.items()
        }
    if "word_sorting" in tasks:
        report["word_sorting"] = _sorting(tasks["word_sorting"])
    kept_out = {task: reason for task, reason in reasoning.EXCLUDED.items() if task in tasks}
    names = [file_name(benchmark.form.name, made.table) for made, audit in parts if audit is not None]
    return report | {"kept_out": kept_out, "published_files": names, "quarantine": refused}


def _sorting(made: Made) -> dict[str, Any]:
    """The order, and how many words of the lists are still the original ones, for want of a translation in one word."""
    before = {row.number: row.gold.split() for row in made.table.rows}
    lists = [(row.gold.split(), before[n]) for n, row in made.rows.items() if isinstance(row, Row)]
    unchanged = sum(len(set(words) & set(originals)) for words, originals in lists)
    return {"collation": COLLATION, "words": sum(len(words) for words, _ in lists), "unchanged": unchanged}
