"""Benchmarks: one module each, registered here; all answer with `Example`s of one shape.

A file is read into a `Table` of rows (`forms`), from which the audit says what is broken and `read_examples` makes the
examples. Both see the same items under the same ids: an item with a broken gold is kept, and the audit names it. Only
what cannot be asked at all, and files that are not the benchmark's, are refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from crossalpaca.benchmarks import bbh, mlqa, mmlu, squad, squad_it, xquad
from crossalpaca.benchmarks.forms import choices, extractive, reasoning
from crossalpaca.benchmarks.forms.files import stem
from crossalpaca.benchmarks.forms.rows import Table
from crossalpaca.benchmarks.refusals import check_askable, check_golds, check_ids
from crossalpaca.errors import DataError, InputError, nearest
from crossalpaca.languages import Language
from crossalpaca.records import Example


@dataclass(frozen=True, slots=True)
class Form:
    """A form of files, and what becomes of their rows.

    Attributes:
        name: which checks the audit asks.
        task: the task that a file's name says; empty where the form has none.
        read: reads a file, of a task; a broken row hides no other.
        examples: the examples of a file's rows in a language, under a benchmark's name.
        take_golds: a file's rows with the golds of its English original; None where golds by row make no sense.
    """

    name: Literal["extractive", "choices", "reasoning"]
    task: Callable[[Path], str]
    read: Callable[[Path, str], Table]
    examples: Callable[[Table, Language, str], list[Example]]
    take_golds: Callable[[Table, Table, Language], Table] | None


def _no_task(path: Path) -> str:
    return ""


EXTRACTIVE = Form("extractive", _no_task, extractive.read_published, squad.examples, None)
OWN_EXTRACTIVE = Form("extractive", _no_task, extractive.read_own, squad.examples, None)
CHOICES = Form("choices", mmlu.subject, choices.read, mmlu.examples, mmlu.take_golds)
REASONING = Form("reasoning", stem, reasoning.read, bbh.examples, bbh.take_golds)


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A benchmark, or a form in which users bring their own.

    Attributes:
        id: what experiments call it.
        description: one line for people.
        form: the form of its files.
        max_new_tokens: how long an answer may be, in tokens, unless the experiment says otherwise.
        check: refuses files that have not the published counts; None for users' own files, which may have any.
    """

    id: str
    description: str
    form: Form
    max_new_tokens: int
    check: Callable[[Sequence[Table]], None] | None = None

    @property
    def own(self) -> bool:
        """A form for users' own files; the experiment gives it a name."""
        return self.check is None


BENCHMARKS: Mapping[str, Benchmark] = {
    benchmark.id: benchmark
    for benchmark in (
        Benchmark("xquad", "XQuAD: 1190 questions on 240 passages in 12 languages", EXTRACTIVE, 64, xquad.check),
        Benchmark("mlqa", "MLQA: extractive questions in 7 languages", EXTRACTIVE, 64, mlqa.check),
        Benchmark("squad_it", "SQuAD-it: 7609 extractive questions in Italian", EXTRACTIVE, 64, squad_it.check),
        Benchmark("mmlu", "MMLU, MMMLU, Global-MMLU: four-choice questions", CHOICES, 8, mmlu.check),
        Benchmark("bbh", "BIG-Bench Hard: 27 reasoning tasks, a file each", REASONING, 16, bbh.check),
        Benchmark("squad", "own extractive questions: SQuAD v1.1 JSON, JSON lines or CSV", OWN_EXTRACTIVE, 64),
        Benchmark("choices", "own four-choice questions: CSV as MMLU's, or JSON lines", CHOICES, 8),
        Benchmark("tasks", "own reasoning tasks: BIG-Bench Hard's JSON, JSON lines or CSV", REASONING, 16),
    )
}


def find_benchmark(id: str) -> Benchmark:
    """The benchmark, or form for own files, of an id.

    Raises:
        InputError: the id is unknown.
    """
    if id not in BENCHMARKS:
        raise InputError(f"unknown benchmark {id!r}{nearest(id, BENCHMARKS)}: known are {', '.join(BENCHMARKS)}")
    return BENCHMARKS[id]


def read_examples(
    benchmark: Benchmark, paths: Sequence[Path], language: Language, name: str, golds: Sequence[Path] = ()
) -> list[Example]:
    """All examples of a benchmark's files, in order; ids are unique, and are those of the audit.

    Args:
        benchmark: what the files are.
        paths: its files in one language.
        language: that language.
        name: what the examples call the benchmark.
        golds: the English originals of the files, in their order, to take golds from by row.

    Raises:
        DataError: as for `read_tables`.
    """
    tables = read_tables(benchmark, paths, language, golds)
    return [example for table, _ in tables for example in benchmark.form.examples(table, language, name)]


def read_tables(
    benchmark: Benchmark, paths: Sequence[Path], language: Language, golds: Sequence[Path] = ()
) -> list[tuple[Table, Table | None]]:
    """The files of a benchmark, each with its English original where golds are taken from that, row by row.

    Raises:
        DataError: a file is in none of the benchmark's forms, or has other keys or other counts than the published;
            an item has no question, or the id of another; golds do not fit the files.
    """
    form = benchmark.form
    tables = [form.read(path, form.task(path)) for path in paths]
    check_askable(tables)
    check_ids(tables)
    if benchmark.check is not None:
        benchmark.check(tables)
    if not golds:
        return [(table, None) for table in tables]
    if form.take_golds is None:
        raise DataError(f"benchmark {benchmark.id}: English answers do not stand in its passages; leave out the golds")
    english = [form.read(path, form.task(path)) for path in golds]
    check_golds(tables, english, same_tasks=not benchmark.own)
    pairs = zip(tables, english, strict=True)
    return [(form.take_golds(table, original, language), original) for table, original in pairs]
