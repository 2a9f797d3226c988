"""What every form is read into: the rows of a file, with all that an audit or an example needs of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from crossalpaca.benchmarks.forms.files import FileType


@dataclass(frozen=True, slots=True)
class Answer:
    """A gold answer: its text, and where it begins in the context, in code points; None where the file does not say."""

    text: str
    start: int | None


@dataclass(frozen=True, slots=True)
class Row:
    """One item as the file has it.

    Attributes:
        name: what examples and findings call it: its id, `task:number`, or `row NUMBER` where an extractive file gives
            it no id of its own.
        number: counted from 1, without the header.
        id: as in the file; empty where the form has none.
        task: subject or task; empty for extractive questions.
        passage: the name of the first row on the same passage; its own name where it shares none.
        context: the passage; empty where the form has none.
        question: the question, or BIG-Bench Hard's input.
        options: the options of a four-choice question.
        gold: the key, or BIG-Bench Hard's target; of extractive questions the first answer.
        by_row: the gold was taken from the English original's row.
        answers: gold answers of an extractive question.
        keys: the keys that the answers were found under.
        problem: why the row, or its gold, does not read; empty where it does.
    """

    name: str
    number: int
    id: str = ""
    task: str = ""
    passage: str = ""
    context: str = ""
    question: str = ""
    options: tuple[str, ...] = ()
    gold: str = ""
    by_row: bool = False
    answers: tuple[Answer, ...] = ()
    keys: tuple[str, ...] = ()
    problem: str = ""

    @property
    def texts(self) -> tuple[str, ...]:
        """Every text of the row."""
        return (self.context, self.question, *self.options, self.gold, *(answer.text for answer in self.answers[1:]))


@dataclass(frozen=True, slots=True)
class Table:
    """A file's rows.

    Attributes:
        path: the file.
        type: CSV, JSON or JSON lines.
        task: the task that the file's name says; empty where the benchmark has none.
        rows: in the file's order, at least one.
        header: what is wrong with the names of its columns or keys; empty where nothing is.
    """

    path: Path
    type: FileType
    task: str
    rows: tuple[Row, ...]
    header: str

    @property
    def name(self) -> str:
        """What findings about the whole file call it."""
        return self.path.name


def named_by_id(rows: Sequence[Row]) -> list[Row]:
    """Rows called by their id where it is theirs alone, else by their number; passages by their first row's name.

    `passage` comes in as anything that rows of one passage share, or empty.
    """
    uses = Counter(row.id for row in rows)
    first: dict[str | int, str] = {}
    named = []
    for row in rows:
        name = row.id if row.id.strip() and uses[row.id] == 1 else f"row {row.number}"
        named.append(replace(row, name=name, passage=first.setdefault(row.passage or row.number, name)))
    return named
