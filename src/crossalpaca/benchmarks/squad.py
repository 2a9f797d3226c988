"""Extractive questions as examples: of XQuAD, MLQA and SQuAD-it, and of users' own files in SQuAD v1.1 form."""

from __future__ import annotations

from crossalpaca.benchmarks.forms.rows import Row, Table
from crossalpaca.languages import Language
from crossalpaca.records import Example


def examples(table: Table, language: Language, name: str) -> list[Example]:
    """The questions of a file; those on one passage are a cluster, called by its first question.

    References are the distinct golds that have text, whether or not they stand in the passage: that is for the audit.
    """
    return [_example(row, table, language, name) for row in table.rows]


def _example(row: Row, table: Table, language: Language, name: str) -> Example:
    """Passage and question with their labels; the passage first, so that its questions share a prefix."""
    labels = language.labels
    before = f"{labels['context']}: "
    return Example(
        id=row.name,
        benchmark=name,
        task="",
        cluster=row.passage,
        language=language.code,
        instruction=language.instructions["extractive_qa"],
        input=f"{before}{row.context}\n{labels['question']}: {row.question.strip()}",
        answer="span",
        labels=(),
        choices=(),
        references=tuple(dict.fromkeys(answer.text for answer in row.answers if answer.text.strip())),
        origin=table.name,
        passage=(len(before), len(before) + len(row.context)),
    )
