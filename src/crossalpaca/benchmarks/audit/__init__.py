"""The audit of benchmark files: what is broken in a file, before anyone scores a model on it.

`audited` reads official forms and the CSVs that translators make of them, asks every check that applies (`CHECKS`) and
answers with an `Audit`. It changes nothing and drops nothing: scores are reported with and without `Audit.failing`.
`audited_benchmark` does the same for the files of an evaluation; what fails are ids of its examples.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from crossalpaca.benchmarks import Benchmark, find_benchmark, read_tables
from crossalpaca.benchmarks.audit import extractive, multiple_choice, reasoning, texts
from crossalpaca.benchmarks.audit.checks import CHECKS, Check, Severity
from crossalpaca.benchmarks.audit.files import audited_files, english_files
from crossalpaca.benchmarks.audit.findings import Audit, Finding, Tally
from crossalpaca.benchmarks.audit.pairing import paired
from crossalpaca.benchmarks.forms.rows import Table
from crossalpaca.errors import DataError
from crossalpaca.languages import Language
from crossalpaca.languages import language as find_language

__all__ = ["CHECKS", "Audit", "Check", "Finding", "Severity", "audited", "audited_benchmark"]


def audited(
    path: Path, benchmark: str, language: Language | str, *, task: str | None = None, reference: Path | None = None
) -> Audit:
    """What is broken in a benchmark file, or in the files of a folder.

    Args:
        path: a file, plain or gzipped; where the benchmark has tasks also a folder of them, each named after its task.
        benchmark: id of a benchmark, or of a form for own files.
        language: the language that the file should be in, or its code.
        task: the task of a single bbh file, or subject of an mmlu file, where the file's name does not say it.
        reference: the English file or folder, in any of the forms; without it nothing is compared.

    Raises:
        InputError: the benchmark, language or task is unknown.
        DataError: a file is missing, or not in any form of the benchmark; a folder has a file without counterpart.
    """
    known = find_benchmark(benchmark)
    spoken = language if isinstance(language, Language) else find_language(language)
    try:
        for each in (path, reference):
            if each is not None and not each.exists():
                raise DataError(f"{each}: is not there; mend the path")
        return _audited(path, known, spoken, task, reference)
    except OSError as error:
        raise DataError(f"{error.filename or path}: cannot be read ({error.strerror})") from None


def audited_benchmark(
    benchmark: Benchmark, paths: Sequence[Path], language: Language, golds: Sequence[Path] = ()
) -> Audit:
    """What is broken in the items that `read_examples` makes of the same files, which it calls by the same ids.

    With golds by row the items are judged with those, and compared with the English rows.

    Raises:
        DataError: as for `read_tables`.
    """
    tally = Tally()
    items = 0
    for table, english in read_tables(benchmark, paths, language, golds):
        items += len(table.rows)
        _judge(tally, benchmark, table, english, language)
    return tally.audit(items)


def _audited(path: Path, benchmark: Benchmark, spoken: Language, task: str | None, reference: Path | None) -> Audit:
    files = audited_files(path, benchmark, task)
    english = english_files(reference, files, benchmark) if reference is not None else {}
    read = benchmark.form.read
    tally = Tally()
    items = 0
    for name, file in files.items():
        table = read(file, name)
        items += len(table.rows)
        _judge(tally, benchmark, table, read(english[name], name) if english else None, spoken)
    if path.is_dir():
        for name in sorted(english.keys() - files.keys()):
            tally.ask("row-count", name, f"no file, in English {english[name].name}")
    return tally.audit(items)


def _judge(tally: Tally, benchmark: Benchmark, table: Table, english: Table | None, spoken: Language) -> None:
    """Asks one file every check of its form."""
    pairs = paired(table, english)
    texts.judge_table(tally, table, english, counted=benchmark.id != "mlqa")
    if benchmark.form.name == "choices":
        multiple_choice.judge(tally, pairs)
    elif benchmark.form.name == "reasoning":
        reasoning.judge(tally, table.task, pairs, spoken)
    else:
        extractive.judge(tally, pairs, translated=benchmark.id == "xquad")
    texts.judge_texts(tally, pairs, spoken)
