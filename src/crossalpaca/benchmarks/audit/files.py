"""Which files an audit is of: one, or all of a folder, each with its task and its English counterpart."""

from __future__ import annotations

from pathlib import Path

from crossalpaca.benchmarks import Benchmark
from crossalpaca.benchmarks.bbh import KINDS
from crossalpaca.errors import DataError, InputError, nearest

_LINES_AND_CSV = (".csv", ".csv.gz", ".jsonl", ".jsonl.gz")
_SUFFIXES = {"choices": _LINES_AND_CSV, "reasoning": (".json", ".json.gz", *_LINES_AND_CSV)}


def audited_files(path: Path, benchmark: Benchmark, task: str | None) -> dict[str, Path]:
    """Files by task, in the order of names; the one file of extractive questions has the empty task.

    Raises:
        InputError: the task is unknown, or cannot be told, or is given where it has no meaning.
        DataError: the folder holds no file, or two of one task.
    """
    suffixes = _SUFFIXES.get(benchmark.form.name)
    if suffixes is None:
        if task is not None:
            raise InputError(f"{benchmark.id} has no tasks; leave out --task")
        return {"": path}
    if not path.is_dir():
        told = _task_of(path, benchmark, "say which with --task") if task is None else _known(task, benchmark)
        return {told: path}
    if task is not None:
        raise InputError(f"{path}: is a folder, so each file's name says its task; leave out --task")
    found: dict[str, Path] = {}
    for file in sorted(path.iterdir()):
        if file.is_file() and file.name.casefold().endswith(suffixes):
            name = _task_of(file, benchmark, "rename it, or take it out of the folder")
            if name in found:
                raise DataError(f"{file}: is of task {name}, and so is {found[name].name}; keep one of them")
            found[name] = file
    if not found:
        raise DataError(f"{path}: holds no {' or '.join(suffixes)} file; name the folder that does")
    return found


def english_files(reference: Path, files: dict[str, Path], benchmark: Benchmark) -> dict[str, Path]:
    """The English files by task, of which every audited task has one.

    Raises:
        DataError: a task has none, or a folder is compared with a single file.
    """
    if not reference.is_dir():
        if len(files) > 1:
            raise DataError(f"{reference}: is not a folder; a folder is compared with a folder of English files")
        return dict.fromkeys(files, reference)
    if benchmark.form.name not in _SUFFIXES:
        raise DataError(f"{reference}: is a folder, not a file; name the English file")
    english = audited_files(reference, benchmark, None)
    for task, file in files.items():
        if task not in english:
            raise DataError(f"{file}: {reference} has no file of task {task}{nearest(task, english)}")
    return english


def _task_of(path: Path, benchmark: Benchmark, advice: str) -> str:
    """The task that a file's name says; `advice` is for a name that says none."""
    return _known(benchmark.form.task(path), benchmark, f"{path}: ", f"; {advice}")


def _known(task: str, benchmark: Benchmark, where: str = "", advice: str = "") -> str:
    """The task, if there is such a one; subjects of MMLU may be any, for files of its form have others too."""
    if not task.strip():
        raise InputError(f"{where}the task has no name{advice}")
    if benchmark.id == "bbh" and task not in KINDS:
        raise InputError(f"{where}unknown task {task!r}{nearest(task, KINDS)} of BIG-Bench Hard{advice}")
    return task
