"""Leaks: demonstrations that hold a benchmark's questions or parts of its passages, in whatever language.

Compared are tokens, without case, width and punctuation. A text of a benchmark leaks where a demonstration's
instruction, input or output holds `WORDS` of its words in a row (`CHARACTERS` in scripts without spaces), numbers alone
aside. A shorter question must be there whole; one of fewer than `FEW_WORDS` must be a sentence of its own, and one of
fewer than `LEAST_WORDS` cannot be told from chance. Answers count only where they are as long as a passage's part.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from crossalpaca.demonstrations.ngrams import Hashed, Hashes, Indices, tokens, unspaced
from crossalpaca.languages import language
from crossalpaca.records import Demonstration, Example

WORDS, CHARACTERS = 10, 20
FEW_WORDS, FEW_CHARACTERS = 5, 8
LEAST_WORDS, LEAST_CHARACTERS = 3, 5
FLORES = "flores"
_FIELDS = ("instruction", "input", "output")
_EXAMPLES_SHOWN = 5
_SENTENCE_ENDS = re.compile(r"[.?!:;\n…。？！：；؟।]+")

Part = Literal["passage", "question", "answer", "sentence"]
Policy = Literal["remove", "report"]


@dataclass(frozen=True, slots=True)
class Leak:
    """One demonstration that overlaps one file of a benchmark.

    Attributes:
        demonstration: its id.
        field: where the overlap is: instruction, input or output.
        benchmark, origin, item: the benchmark, its file, and the first of its items with this text.
        part: what of the item it is.
        text: the tokens in common.
        whole: the item's text is there from its beginning to its end.
    """

    demonstration: str
    field: str
    benchmark: str
    origin: str
    item: str
    part: Part
    text: str
    whole: bool


@dataclass(frozen=True, slots=True)
class _Known:
    """A text of a benchmark, and the first example that has it."""

    example: Example
    part: Part
    tokens: tuple[str, ...]
    size: int  # tokens in a row that are a leak
    alone: bool  # too short to mean anything within a sentence

    def speaks(self, window: Sequence[str], text: str) -> bool:
        """True if the window, found in a text, is no row of numbers, and a sentence where it is too short for less."""
        if self.alone:
            return any(tokens(sentence) == list(window) for sentence in _SENTENCE_ENDS.split(text))
        return len(self.tokens) == self.size or sum(map(str.isnumeric, window)) * 2 < self.size


@dataclass(frozen=True, slots=True)
class _Table:
    """Windows of one size: distinct hashes in order, and the text of each."""

    hashes: Hashes
    texts: Indices


class LeakIndex:
    """The texts of benchmarks, to be looked for in demonstrations."""

    def __init__(self, examples: Iterable[Example]) -> None:
        self._known = list(_known(examples))
        hashed = Hashed.of([text.tokens for text in self._known])
        sizes = np.fromiter((text.size for text in self._known), dtype=np.int64, count=len(self._known))
        self._tables: dict[int, _Table] = {}
        for size in sorted({text.size for text in self._known}):
            hashes, starts = hashed.windows(size)
            owners = hashed.owners[starts]
            own = sizes[owners] == size
            distinct, first = np.unique(hashes[own], return_index=True)
            self._tables[size] = _Table(distinct, owners[own][first])

    def leaks(self, demonstrations: Sequence[Demonstration]) -> list[Leak]:
        """Leaks in the order of the demonstrations, at most one for each file of a benchmark; of files with the same
        text, the first."""
        fields = [tokens(getattr(each, name)) for each in demonstrations for name in _FIELDS]
        hashed = Hashed.of(fields)
        found: dict[tuple[int, str, str], Leak] = {}
        for field, first, text in sorted(self._hits(hashed)):
            known = self._known[text]
            number, name = field // len(_FIELDS), _FIELDS[field % len(_FIELDS)]
            window = fields[field][first : first + known.size]
            key = (number, known.example.benchmark, known.example.origin)
            if key not in found and known.speaks(window, getattr(demonstrations[number], name)):
                found[key] = _leak(demonstrations[number], name, known, window, fields[field])
        return list(found.values())

    def _hits(self, hashed: Hashed) -> Iterator[tuple[int, int, int]]:
        """Field, first token within it, and text of the benchmark, for every window that is known."""
        for size, table in self._tables.items():
            hashes, starts = hashed.windows(size)
            places = np.minimum(np.searchsorted(table.hashes, hashes), len(table.hashes) - 1)
            for hit in np.flatnonzero(table.hashes[places] == hashes):
                field = int(hashed.owners[starts[hit]])
                yield field, int(starts[hit] - hashed.starts[field]), int(table.texts[places[hit]])


def _leak(demonstration: Demonstration, name: str, known: _Known, window: Sequence[str], field: Sequence[str]) -> Leak:
    example = known.example
    whole = f" {' '.join(known.tokens)} " in f" {' '.join(field)} "
    text = " ".join(window)
    return Leak(demonstration.id, name, example.benchmark, example.origin, example.id, known.part, text, whole)


def _known(examples: Iterable[Example]) -> Iterator[_Known]:
    """Each text of a file once: passages come with every question on them."""
    seen: set[tuple[str, str, str]] = set()
    for example in examples:
        for part, text in parts(example):
            key = (example.benchmark, example.origin, text)
            if text and key not in seen:
                seen.add(key)
                yield from _measured(example, part, tuple(tokens(text)))


def _measured(example: Example, part: Part, text: tuple[str, ...]) -> Iterator[_Known]:
    longest, few, least = (
        (CHARACTERS, FEW_CHARACTERS, LEAST_CHARACTERS) if unspaced(text) else (WORDS, FEW_WORDS, LEAST_WORDS)
    )
    if len(text) >= (longest if part == "answer" else least):
        yield _Known(example, part, text, min(len(text), longest), len(text) < few)


def parts(example: Example) -> Iterator[tuple[Part, str]]:
    """The texts of an example, without the labels that a prompt puts before them."""
    if example.benchmark == FLORES:
        yield "sentence", example.input
        return
    question = example.input
    start, end = example.passage
    if end > start:
        yield "passage", example.input[start:end]
        question = example.input[end:].removeprefix(f"\n{language(example.language).labels['question']}: ")
    elif example.answer == "letter" and example.labels[:1] == ("A",):
        question = example.input.split("\nA. ", 1)[0]
    yield "question", question
    for answer in (*example.references, *example.choices):
        yield "answer", answer


def summary(found: Sequence[Leak], policy: Policy) -> dict[str, Any]:
    """Counts by benchmark, file and part with a few examples of each, for the report."""
    files: dict[str, dict[str, Any]] = {}
    for leak in found:
        counted = files.setdefault(
            f"{leak.benchmark}: {leak.origin}", {"demonstrations": 0, "parts": {}, "examples": []}
        )
        counted["demonstrations"] += 1
        counted["parts"][leak.part] = counted["parts"].get(leak.part, 0) + 1
        if len(counted["examples"]) < _EXAMPLES_SHOWN:
            counted["examples"].append({k: v for k, v in asdict(leak).items() if k not in ("benchmark", "origin")})
    return {
        "policy": policy,
        "tokens": {"words": WORDS, "characters": CHARACTERS},
        "demonstrations": len({leak.demonstration for leak in found}),
        "files": dict(sorted(files.items())),
    }
