"""The types that flow between the stages: frozen dataclasses, read from and written to JSON lines."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from crossalpaca.errors import DataError

Kind = Literal["instruction", "translation"]
Direction = Literal["en-x", "x-en"]
Items = Literal["all", "sound"]
Fit = Literal["whole", "cut", "gold-lost", "skipped"]
"""How a prompt went into the model's window: whole; with its passage cut, without or with the loss of every gold in it;
or not at all."""
AnswerKind = Literal["span", "letter", "truth", "yes-no", "validity", "number", "words", "brackets", "text"]
"""What an answer is: a span of the passage, an option's letter, true or false, yes or no, valid or invalid, a whole
number, a list of words, closing brackets, or any text."""


@dataclass(frozen=True, slots=True)
class SentencePair:
    """One sentence in two languages; in which direction it is used is decided later.

    Attributes:
        id: `corpus:line`, the line counted from 1.
        corpus: name of the corpus.
        languages: codes of the two texts.
        texts: the two texts, in the order of `languages`.
    """

    id: str
    corpus: str
    languages: tuple[str, str]
    texts: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Demonstration:
    """One training example in Alpaca form.

    Attributes:
        id: stable and unique within a demonstration set.
        kind: instruction-following or translation-following.
        instruction, input, output: as in Alpaca; `input` may be empty.
        language: the language of the instruction set, or the language x of a translation.
        direction: `en-x`, `x-en`, or None for instruction demonstrations.
        origin: the file or corpus that it comes from.
    """

    id: str
    kind: Kind
    instruction: str
    input: str
    output: str
    language: str
    direction: Direction | None
    origin: str


@dataclass(frozen=True, slots=True)
class Example:
    """One item of a benchmark.

    Attributes:
        id: unique within benchmark, task and language.
        benchmark: its id, or the user's name for an own file.
        task: subject (MMLU) or task (BBH); empty where there is none.
        cluster: items of one cluster share a passage and are not independent.
        language: code.
        instruction: the localised instruction.
        input: everything below the instruction: passage and question, or question and options.
        answer: what kind of answer is expected.
        labels: the answers to choose from, where they are given: option letters, or the words for yes and no.
        choices: the text behind each label; empty where the labels are the answers themselves.
        references: the accepted answers; with labels, one of them. Empty where the file has no gold that reads.
        origin: the file that it comes from.
        passage: where the passage stands in `input`, as code points from and to; empty where there is none.
    """

    id: str
    benchmark: str
    task: str
    cluster: str
    language: str
    instruction: str
    input: str
    answer: AnswerKind
    labels: tuple[str, ...]
    choices: tuple[str, ...]
    references: tuple[str, ...]
    origin: str
    passage: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Adapter:
    """A fine-tuned adapter on disk.

    Attributes:
        path: folder in peft's own format.
        backbone, revision: the model that it belongs to.
        template, template_hash: the prompt template that it was trained with.
        demonstrations: hash of the demonstrations file.
        losses: training loss of each optimiser step.
    """

    path: str
    backbone: str
    revision: str
    template: str
    template_hash: str
    demonstrations: str
    losses: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a model answered to one example.

    Attributes:
        example: id of the example.
        model: its name in the experiment.
        completion: the generated text.
        ended: the model ended its answer itself (EOS), rather than at the token limit.
        reference_bits: bits (negative log2-likelihood) of each reference as a completion, in the example's order.
        label_bits, choice_bits: the same for each label and for each choice text; empty where there are none.
        prompt_tokens, completion_tokens: token counts.
        fit: how the prompt went into the window; one that was skipped has no answer and no bits.
    """

    example: str
    model: str
    completion: str
    ended: bool
    reference_bits: tuple[float, ...]
    label_bits: tuple[float, ...]
    choice_bits: tuple[float, ...]
    prompt_tokens: int
    completion_tokens: int
    fit: Fit = "whole"


@dataclass(frozen=True, slots=True)
class Score:
    """One number with what is needed to trust it.

    Attributes:
        model, benchmark, task, language, metric: what was measured.
        items: over all items, or over the sound ones: those without an error in the benchmark's audit.
        value: the mean over `n` items.
        interval: 95% interval, clustered by passage, and over seeds where there are several.
        by_seed: the mean of each seed, in order.
        signature: every choice behind the number in one line.
    """

    model: str
    benchmark: str
    task: str
    language: str
    metric: str
    items: Items
    value: float
    n: int
    interval: tuple[float, float]
    by_seed: tuple[float, ...]
    signature: str


Shown = Mapping[str, float | str]

Progress = Callable[[int, int, str, Shown], None]
"""Told by a step how far it is: done, total, unit, and a few figures to show beside them (loss, tokens a second)."""


@dataclass(frozen=True, slots=True)
class StepRun:
    """What a step's function is given.

    Attributes:
        arguments: the step's arguments.
        inputs: role to folder of a finished artefact.
        output: an empty folder for the results; it becomes the artefact.
        scratch: a folder that survives a kill and is dropped when the step finishes; checkpoints go here.
        progress: to be called while working.
        log: the step's own log.
    """

    arguments: Mapping[str, Any]
    inputs: Mapping[str, Path]
    output: Path
    scratch: Path
    progress: Progress
    log: logging.Logger


@dataclass(frozen=True, slots=True)
class Step:
    """One unit of a plan.

    Attributes:
        name: the stage, such as `train`.
        version: raised when the function's results change.
        function: does the work; resumes from `StepRun.scratch` where it is long.
        arguments: values with a deterministic form (see `store.canonical`).
        inputs: role to key of the step that makes it.
        title: for people; not part of the key.
        size: for people: how much there is to do; not part of the key.
    """

    name: str
    version: int
    function: Callable[[StepRun], None]
    arguments: Mapping[str, Any]
    inputs: Mapping[str, str]
    title: str
    size: str = ""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A data file outside the store, known by its content: the path is for people and not part of a key."""

    path: Path
    sha256: str

    @property
    def name(self) -> str:
        """The file's name without its folder."""
        return self.path.name

    @property
    def identity(self) -> str:
        """What stands for the file in a step's key."""
        return self.sha256


_HALF = re.compile("[\ud800-\udfff]")
"""Half a character (a lone surrogate), which JSON can say and no UTF-8 file can hold."""

Record = TypeVar("Record", SentencePair, Demonstration, Example, Prediction, Score)


def write_jsonl(path: Path, records: Iterable[Record]) -> None:
    """Writes records as JSON lines, in UTF-8, one a line, in the order given."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for record in records:
            file.write(to_line(record))


def to_line(record: Record) -> str:
    """One record as a line of JSON with its line end."""
    return json.dumps(asdict(record), ensure_ascii=False) + "\n"


def read_jsonl(path: Path, kind: type[Record]) -> Iterator[Record]:
    """Reads records written by `write_jsonl`.

    Raises:
        DataError: a line is not JSON or lacks a field; the message names the line.
    """
    try:
        if not path.is_file():  # opening a pipe would wait for its writer
            raise DataError(f"{path}: is not there, or no file; name the folder that was written")
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                yield from_line(line, kind, f"{path}:{number}")
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}); mend the path") from None


def from_line(line: bytes, kind: type[Record], where: str) -> Record:
    """One record from a line of JSON in UTF-8; lists become tuples.

    Raises:
        DataError: the line is not JSON or its fields are not those of `kind`.
    """
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{where}: not a line of JSON ({error}); was the file cut off?") from None
    anything: Any = kind  # mypy takes the hash of a class for that of its instances
    kinds = _field_kinds(anything)
    if not isinstance(row, dict) or set(row) != set(kinds):
        raise DataError(f"{where}: not a {kind.__name__.lower()}: its fields are {', '.join(sorted(kinds))}")
    values: dict[str, Any] = {name: _tuples(value) for name, value in row.items()}
    for name, value in values.items():
        if not _is(value, kinds[name]):
            raise DataError(f"{where}: not a {kind.__name__.lower()}: {name!r} is not as it was written; get it again")
    return kind(**values)


@cache
def _field_kinds(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _is(value: object, kind: Any) -> bool:
    """Whether a value is of the kind that a field of a record has."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Literal:
        return value in inner
    if origin in (Union, UnionType):
        return any(_is(value, each) for each in inner)
    if origin is tuple and isinstance(value, tuple):
        kinds = inner[:1] * len(value) if inner[1:] == (...,) else inner
        return len(value) == len(kinds) and all(map(_is, value, kinds))
    if kind is str and isinstance(value, str):
        return value.isascii() or not _HALF.search(value)
    return type(value) is kind or (kind is float and type(value) is int)


def _tuples(value: object) -> object:
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value
