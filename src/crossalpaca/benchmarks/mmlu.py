"""MMLU (Hendrycks et al. 2021): four-choice questions, one headerless CSV a subject."""

from __future__ import annotations

import csv
from pathlib import Path

from crossalpaca.errors import DataError
from crossalpaca.languages import Language
from crossalpaca.records import Example
from crossalpaca.sources.files import read_lines

LETTERS = ("A", "B", "C", "D")


def read(path: Path, language: Language, name: str) -> list[Example]:
    """The questions of one subject, named after the file without `_test`, `_dev` or `_val`.

    Raises:
        DataError: a row has not six cells, or its gold is not one of A, B, C, D.
    """
    subject = path.name.removesuffix(".gz").removesuffix(".csv")
    for split in ("_test", "_dev", "_val"):
        subject = subject.removesuffix(split)
    lines = (line + "\n" for line in read_lines(path))
    try:
        rows = list(csv.reader(lines, strict=True))
    except csv.Error as error:
        raise DataError(f"{path}: not CSV ({error})") from None
    return [_example(row, number, subject, path, language, name) for number, row in enumerate(rows, start=1)]


def _example(row: list[str], number: int, subject: str, path: Path, language: Language, name: str) -> Example:
    if len(row) != 6 or row[5].strip() not in LETTERS:
        raise DataError(f"{path}: row {number}: not question, four options and one of A, B, C, D")
    question, *options, gold = row
    shown = "\n".join(f"{letter}. {option}" for letter, option in zip(LETTERS, options, strict=True))
    id = f"{subject}:{number}"
    return Example(
        id=id,
        benchmark=name,
        task=subject,
        cluster=id,
        language=language.code,
        instruction=language.instructions["multiple_choice"],
        input=f"{question.strip()}\n{shown}",
        answer="letter",
        labels=LETTERS,
        choices=tuple(options),
        references=(gold.strip(),),
        origin=path.name,
    )
