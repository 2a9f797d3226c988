"""Translated benchmarks in their official forms: BIG-Bench Hard's JSON, MMLU's CSV, SQuAD v1.1's JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from crossalpaca.benchmarks.forms.files import read_text, stem
from crossalpaca.benchmarks.forms.rows import Row, Table
from crossalpaca.benchmarks.published import REPORT
from crossalpaca.errors import DataError
from crossalpaca.sources.files import beginning, parse_json

Form = Literal["extractive", "choices", "reasoning"]


def file_name(form: Form, table: Table) -> str:
    """What the official form of a file is called: its name, which says the task where the benchmark has tasks."""
    return f"{stem(table.path)}{'.csv' if form == 'choices' else '.json'}"


def published_tables(form: Form, tables: Iterable[Table]) -> list[Table]:
    """The files of a benchmark as they are published: one for each task, under a name of its own.

    Raises:
        DataError: two of them would have one name, or one that of the report, or a task can be no file's name.
    """
    names = {REPORT: "the report"}
    found: list[Table] = []
    for table in tables:
        for part in by_task(table):
            name = file_name(form, part)
            if name in names:
                raise DataError(
                    f"{table.path}: would be published as {name}, like {names[name]}; rename it, or translate it apart"
                )
            names[name] = str(table.path)
            found.append(part)
    return found


def by_task(table: Table) -> Iterator[Table]:
    """The parts of a file that holds several subjects, each as the file that MMLU has of it.

    Raises:
        DataError: a subject can be no file's name.
    """
    tasks = list(dict.fromkeys(row.task for row in table.rows))
    if len(tasks) == 1:
        yield table
        return
    for task in tasks:
        if "/" in task or "\0" in task:
            raise DataError(f"{table.path}: the subject {beginning(task)!r} can be no file's name; rename it")
        rows = tuple(row for row in table.rows if row.task == task)
        yield Table(table.path.with_name(f"{task}_test.csv"), table.type, task, rows, "")


def write(form: Form, folder: Path, table: Table, rows: Sequence[Row]) -> Path:
    """Writes rows of a file in the official form of its benchmark, and returns the new file."""
    path = folder / file_name(form, table)
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(_WRITERS[form](table, rows), encoding="utf-8", newline="")
    return path


def _reasoning(table: Table, rows: Sequence[Row]) -> str:
    """As published, with the document's other entries: its canary asks to be kept out of training data."""
    items = [{"input": row.question, "target": row.gold} for row in rows]
    return _json(_document(table) | {"examples": items})


def _choices(table: Table, rows: Sequence[Row]) -> str:
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows((row.question, *row.options, row.gold) for row in rows)
    return file.getvalue()


def _extractive(table: Table, rows: Sequence[Row]) -> str:
    """Passages by article, where the file has articles."""
    articles = _articles(table)
    passages: dict[str, list[Row]] = {}
    for row in rows:
        passages.setdefault(row.passage, []).append(row)
    data: dict[str, list[dict[str, Any]]] = {}
    for held in passages.values():
        questions = [
            {
                "id": row.id,
                "question": row.question,
                "answers": [{"text": answer.text, "answer_start": answer.start} for answer in row.answers],
            }
            for row in held
        ]
        title = articles.get(held[0].id, "")
        data.setdefault(title, []).append({"context": held[0].context, "qas": questions})
    listed = [{"title": title, "paragraphs": paragraphs} for title, paragraphs in data.items()]
    return _json({"version": "1.1", "data": listed})


def _articles(table: Table) -> Mapping[str, str]:
    """The title of the article of each question that reads, by its id."""
    return {
        str(question.get("id")): str(article.get("title", ""))
        for article in _document(table).get("data", [])
        for paragraph in article["paragraphs"]
        for question in paragraph["qas"]
        if isinstance(question, dict)
    }


def _document(table: Table) -> dict[str, Any]:
    """The JSON object that a file is; empty where it is in another form."""
    if table.type != "json":
        return {}
    document: dict[str, Any] = parse_json(read_text(table.path), str(table.path))
    return document


def _json(value: object) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


_WRITERS: Mapping[str, Callable[[Table, Sequence[Row]], str]] = {
    "choices": _choices,
    "extractive": _extractive,
    "reasoning": _reasoning,
}
