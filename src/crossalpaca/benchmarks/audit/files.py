"""Which files an audit is of: one, or all of a folder, each with its task and its English counterpart."""

from __future__ import annotations

from pathlib import Path

from crossalpaca.errors import DataError, InputError, nearest

BENCHMARKS = ("xquad", "mlqa", "mmlu", "bbh")
TASKS = (
    "boolean_expressions",
    "causal_judgement",
    "date_understanding",
    "disambiguation_qa",
    "dyck_languages",
    "formal_fallacies",
    "geometric_shapes",
    "hyperbaton",
    "logical_deduction_five_objects",
    "logical_deduction_seven_objects",
    "logical_deduction_three_objects",
    "movie_recommendation",
    "multistep_arithmetic_two",
    "navigate",
    "object_counting",
    "penguins_in_a_table",
    "reasoning_about_colored_objects",
    "ruin_names",
    "salient_translation_error_detection",
    "snarks",
    "sports_understanding",
    "temporal_sequences",
    "tracking_shuffled_objects_five_objects",
    "tracking_shuffled_objects_seven_objects",
    "tracking_shuffled_objects_three_objects",
    "web_of_lies",
    "word_sorting",
)
"""The 27 tasks of BIG-Bench Hard (Suzgun et al. 2022)."""

_SUFFIXES = {"mmlu": (".csv", ".csv.gz"), "bbh": (".json", ".json.gz", ".csv", ".csv.gz")}


def check_benchmark(benchmark: str) -> None:
    """Refuses a benchmark that has no audit.

    Raises:
        InputError: it is not one of `BENCHMARKS`.
    """
    if benchmark not in BENCHMARKS:
        known = ", ".join(BENCHMARKS)
        raise InputError(f"unknown benchmark {benchmark!r}{nearest(benchmark, BENCHMARKS)}: audited are {known}")


def audited_files(path: Path, benchmark: str, task: str | None) -> dict[str, Path]:
    """Files by task, in the order of names; the one file of xquad or mlqa has the empty task.

    Raises:
        InputError: the task is unknown, or cannot be told, or is given where it has no meaning.
        DataError: the folder holds no file, or two of one task.
    """
    if benchmark not in _SUFFIXES:
        if task is not None:
            raise InputError(f"{benchmark} has no tasks; leave out --task")
        return {"": path}
    if not path.is_dir():
        return {_known(task, benchmark) if task is not None else _task_of(path, benchmark): path}
    if task is not None:
        raise InputError(f"{path}: is a folder, so each file's name says its task; leave out --task")
    found: dict[str, Path] = {}
    for file in sorted(path.iterdir()):
        if file.is_file() and file.name.casefold().endswith(_SUFFIXES[benchmark]):
            name = _task_of(file, benchmark)
            if name in found:
                raise DataError(f"{file}: is of task {name}, and so is {found[name].name}; keep one of them")
            found[name] = file
    if not found:
        raise DataError(f"{path}: holds no {' or '.join(_SUFFIXES[benchmark])} file; name the folder that does")
    return found


def english_files(reference: Path, files: dict[str, Path], benchmark: str) -> dict[str, Path]:
    """The English files by task, of which every audited task has one.

    Raises:
        DataError: a task has none, or a folder is compared with a single file.
    """
    if not reference.is_dir():
        if len(files) > 1:
            raise DataError(f"{reference}: is not a folder; a folder is compared with a folder of English files")
        return dict.fromkeys(files, reference)
    if benchmark not in _SUFFIXES:
        raise DataError(f"{reference}: is a folder, not a file; name the English file")
    english = audited_files(reference, benchmark, None)
    for task, file in files.items():
        if task not in english:
            raise DataError(f"{file}: {reference} has no file of task {task}{nearest(task, english)}")
    return english


def _task_of(path: Path, benchmark: str) -> str:
    """The task in a file's name: without `.gz`, `.csv`, `.json`, and for MMLU without `_test`, `_dev`, `_val`."""
    name = path.name
    for suffix in (".gz", ".csv", ".json", *(("_test", "_dev", "_val") if benchmark == "mmlu" else ())):
        name = name.removesuffix(suffix)
    return _known(name, benchmark, f"{path}: ", "; say which with --task")


def _known(task: str, benchmark: str, where: str = "", advice: str = "") -> str:
    """The task, if there is such a one; subjects of MMLU may be any, for files of its form have others too."""
    if not task.strip():
        raise InputError(f"{where}the task has no name{advice}")
    if benchmark == "bbh" and task not in TASKS:
        raise InputError(f"{where}unknown task {task!r}{nearest(task, TASKS)} of BIG-Bench Hard{advice}")
    return task
