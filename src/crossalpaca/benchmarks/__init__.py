"""Benchmarks: one module each, registered here; all answer with `Example`s of one shape."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from crossalpaca.benchmarks import bbh, mlqa, mmlu, squad, xquad
from crossalpaca.errors import DataError, InputError, nearest
from crossalpaca.languages import Language
from crossalpaca.records import Example

Reader = Callable[[Path, Language, str], list[Example]]


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A benchmark, or a form in which users bring their own.

    Attributes:
        id: what experiments call it.
        description: one line for people.
        read: reads a file of it in a language, under a name.
        max_new_tokens: how long an answer may be, in tokens, unless the experiment says otherwise.
        own: a form for users' own files; the experiment gives it a name.
    """

    id: str
    description: str
    read: Reader
    max_new_tokens: int
    own: bool = False


BENCHMARKS: Mapping[str, Benchmark] = {
    benchmark.id: benchmark
    for benchmark in (
        Benchmark("xquad", "XQuAD: 1190 questions on 240 passages, parallel in 12 languages", xquad.read, 64),
        Benchmark("mlqa", "MLQA: extractive questions in 7 languages", mlqa.read, 64),
        Benchmark("mmlu", "MMLU: four-choice questions of 57 subjects, a CSV each", mmlu.read, 8),
        Benchmark("bbh", "BIG-Bench Hard: 27 reasoning tasks, a JSON file each", bbh.read, 16),
        Benchmark("squad", "an own file in SQuAD v1.1 form", squad.read, 64, own=True),
        Benchmark("choices", "an own CSV in MMLU's form: question, four options, gold letter", mmlu.read, 8, own=True),
        Benchmark("tasks", "an own JSON file in BIG-Bench Hard's form", bbh.read, 16, own=True),
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


def read_examples(benchmark: Benchmark, paths: Iterable[Path], language: Language, name: str) -> list[Example]:
    """All examples of a benchmark's files, in order; ids are unique.

    Raises:
        DataError: a file is malformed, or two items have one id; the message names file and item.
    """
    examples: list[Example] = []
    seen: dict[str, str] = {}
    for path in paths:
        for example in benchmark.read(path, language, name):
            if example.id in seen:
                raise DataError(f"{path}: item {example.id!r} has the id of another in {seen[example.id]}")
            seen[example.id] = path.name
            examples.append(example)
    if not examples:
        raise DataError(f"benchmark {name}: its files hold no item")
    return examples
