"""MMLU (Hendrycks et al. 2021): four-choice questions of 57 subjects, and its translations MMMLU and Global-MMLU."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from crossalpaca.benchmarks.answers import canonical
from crossalpaca.benchmarks.forms.files import stem
from crossalpaca.benchmarks.forms.rows import Row, Table
from crossalpaca.errors import DataError
from crossalpaca.languages import Language
from crossalpaca.records import Example

SUBJECTS = 57
QUESTIONS: Mapping[str, int] = {"test": 14042, "val": 1531, "dev": 285}
QUESTIONS_PER_DEV_FILE = 5


def subject(path: Path) -> str:
    """The subject that a file is named after: its name without `_test`, `_dev` or `_val`."""
    name = stem(path)
    for split in ("_test", "_dev", "_val"):
        name = name.removesuffix(split)
    return name


def check(tables: Sequence[Table]) -> None:
    """Refuses a dev file of other than five questions, and all subjects together with a count of no split.

    Raises:
        DataError: a count is not the published one.
    """
    advice = "get the file again, or use the benchmark 'choices' for files of your own"
    for table in tables:
        if stem(table.path).endswith("_dev") and len(table.rows) != QUESTIONS_PER_DEV_FILE:
            raise DataError(f"{table.path}: {len(table.rows)} questions, MMLU has 5 a subject in dev; {advice}")
    subjects = {row.task for table in tables for row in table.rows}
    total = sum(len(table.rows) for table in tables)
    if len(subjects) == SUBJECTS and total not in QUESTIONS.values():
        counts = ", ".join(f"{count} in {split}" for split, count in QUESTIONS.items())
        raise DataError(f"{tables[0].path}: {total} questions of all {SUBJECTS} subjects, MMLU has {counts}; {advice}")


def take_golds(table: Table, english: Table, language: Language) -> Table:
    """The rows with the letters of the English rows of the same number."""
    pairs = zip(table.rows, english.rows, strict=True)
    return replace(table, rows=tuple(replace(row, gold=other.gold, by_row=True) for row, other in pairs))


def examples(table: Table, language: Language, name: str) -> list[Example]:
    """The questions of a file; the likelihood of a choice can be asked where every option has text."""
    made = []
    for row in table.rows:
        labels = tuple(string.ascii_uppercase[: len(row.options)])
        shown = "\n".join(f"{label}. {option}" for label, option in zip(labels, row.options, strict=True))
        texts = tuple(option.strip() for option in row.options)
        made.append(
            Example(
                id=row.name,
                benchmark=name,
                task=row.task,
                cluster=row.passage,
                language=language.code,
                instruction=language.instructions["multiple_choice"],
                input=f"{row.question.strip()}\n{shown}".rstrip("\n"),
                answer="letter",
                labels=labels,
                choices=texts if all(texts) else (),
                references=_reference(row, labels, language),
                origin=table.name,
            )
        )
    return made


def _reference(row: Row, labels: tuple[str, ...], language: Language) -> tuple[str, ...]:
    letter = canonical(row.gold, "letter", language)
    return (letter,) if letter in labels else ()
