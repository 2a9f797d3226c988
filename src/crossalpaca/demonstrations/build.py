"""The step that builds one model's demonstrations: instructions and translations, sampled, counted, written."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

from crossalpaca.demonstrations.filters import normalised, reason_to_drop
from crossalpaca.demonstrations.sample import BottomK
from crossalpaca.errors import DataError
from crossalpaca.hashing import priority
from crossalpaca.languages import Language, language
from crossalpaca.records import Demonstration, Direction, SentencePair, SourceFile, StepRun, write_jsonl
from crossalpaca.sources.bitext import read_bitext
from crossalpaca.sources.instructions import read_instructions

VERSION = 1
DEMONSTRATIONS = "demonstrations.jsonl"
REPORT = "report.json"
_EXAMPLES_SHOWN = 3
_DIRECTIONS: tuple[Direction, Direction] = ("en-x", "x-en")


@dataclass(slots=True)
class Drops:
    """What was dropped: counts by reason, with the first few as examples."""

    counts: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)

    def add(self, reason: str, example: str) -> None:
        """Counts one drop."""
        self.counts[reason] += 1
        shown = self.examples.setdefault(reason, [])
        if len(shown) < _EXAMPLES_SHOWN:
            shown.append(example[:200])

    def summary(self) -> dict[str, Any]:
        """Counts and examples, for the report."""
        return {reason: {"count": n, "examples": self.examples[reason]} for reason, n in sorted(self.counts.items())}

    def __str__(self) -> str:
        return ", ".join(f"{n} {reason}" for reason, n in self.counts.most_common()) or "none dropped"


def build(run: StepRun) -> None:
    """Writes `demonstrations.jsonl` (instructions, then translations, each by priority) and `report.json`.

    Arguments of the step: language (code), seed, instructions (SourceFile or None), instruction_count (None: all),
    bitext (tuples of SourceFile), translations (direction to count).

    Raises:
        DataError: a source is malformed, or has too few demonstrations for what is asked.
    """
    arguments = run.arguments
    code: str = arguments["language"]
    seed: int = arguments["seed"]
    report: dict[str, Any] = {"language": code, "seed": seed}
    instructions: list[Demonstration] = []
    if arguments["instructions"] is not None:
        instructions = _instructions(arguments["instructions"], arguments["instruction_count"], code, seed, report)
    translations: list[Demonstration] = []
    if any(arguments["translations"].values()):
        translations = _translations(arguments["bitext"], arguments["translations"], language(code), seed, report)
    run.log.info("%d instruction and %d translation demonstrations", len(instructions), len(translations))
    write_jsonl(run.output / DEMONSTRATIONS, chain(instructions, translations))
    text = json.dumps(report, indent=1, ensure_ascii=False) + "\n"
    (run.output / REPORT).write_text(text, encoding="utf-8")
    run.progress(1, 1, "set", {})


def _instructions(
    source: SourceFile, count: int | None, code: str, seed: int, report: dict[str, Any]
) -> list[Demonstration]:
    drops = Drops()
    rows = list(read_instructions(source.path, code))
    sketch: BottomK[Demonstration] = BottomK(len(rows) if count is None else count)
    for row in rows:
        if not row.output.strip() or not row.instruction.strip():
            drops.add("empty", row.id)
        elif sketch.add(priority(seed, row.instruction, row.input, row.output), row.id, row):
            drops.add("duplicate", row.id)
    kept = sketch.items()
    if count is not None and len(kept) < count:
        raise DataError(f"{source.path}: has {len(kept)} usable demonstrations, {count} are asked ({drops})")
    report["instructions"] = _accounting(source.name, len(rows), len(kept), drops)
    return kept


def _accounting(name: str, read: int, kept: int, drops: Drops) -> dict[str, Any]:
    unused = read - kept - sum(drops.counts.values())
    return {"source": name, "read": read, "kept": kept, "not_sampled": unused, "dropped": drops.summary()}


def _translations(
    bitext: Sequence[Sequence[SourceFile]],
    counts: Mapping[str, int],
    other: Language,
    seed: int,
    report: dict[str, Any],
) -> list[Demonstration]:
    drops = Drops()
    counts = {direction: wanted for direction, wanted in counts.items() if wanted}
    pairs = _named_apart(read_bitext([file.path for file in files], other.code) for files in bitext)
    samples, read = sample_pairs(pairs, counts, other, seed, drops)
    names = ", ".join(file.name for files in bitext for file in files)
    for direction, wanted in counts.items():
        found = len(samples[direction])
        if found < wanted:
            raise DataError(
                f"{names}: {found} usable sentence pairs for {direction}, {wanted} are asked; "
                f"of {read} pairs read: {drops}"
            )
    kept = {direction: len(sample) for direction, sample in samples.items()}
    report["translations"] = _accounting(names, read, sum(kept.values()), drops) | {"directions": kept}
    return [
        _translation(pair, direction, other, seed) for direction in _DIRECTIONS for pair in samples.get(direction, [])
    ]


def _named_apart(corpora: Iterable[Iterable[SentencePair]]) -> Iterator[SentencePair]:
    """All pairs; where two files have one name, the later ones are numbered, so that ids stay unique."""
    seen: Counter[str] = Counter()
    for corpus in corpora:
        name = ""
        for pair in corpus:
            if not name:
                seen[pair.corpus] += 1
                name = pair.corpus if seen[pair.corpus] == 1 else f"{pair.corpus}#{seen[pair.corpus]}"
            yield (
                pair if name == pair.corpus else replace(pair, corpus=name, id=name + pair.id.removeprefix(pair.corpus))
            )


def sample_pairs(
    pairs: Iterable[SentencePair], counts: Mapping[str, int], other: Language, seed: int, drops: Drops
) -> tuple[dict[str, list[SentencePair]], int]:
    """A bottom-k sample of each direction, and how many pairs were read.

    A pair serves one direction, which is a bit of its own hash, so the directions are disjoint however the counts are
    chosen, and each is nested in larger ones. Where one direction alone is asked, it may use every pair.
    """
    sketches: dict[str, BottomK[SentencePair]] = {d: BottomK(n) for d, n in counts.items() if n}
    single = next(iter(sketches)) if len(sketches) == 1 else None
    read = 0
    for read, pair in enumerate(pairs, start=1):  # noqa: B007  (the last count is the result)
        english, text = normalised(pair.texts[0]), normalised(pair.texts[1])
        reason = reason_to_drop(english, text, other)
        if reason is not None:
            drops.add(reason, f"{pair.id}: {english} ||| {text}")
            continue
        direction = single or _DIRECTIONS[priority(seed, "direction", english, text) & 1]
        clean = SentencePair(pair.id, pair.corpus, pair.languages, (english, text))
        if sketches[direction].add(priority(seed, english, text), pair.id, clean):
            drops.add("duplicate", f"{pair.id}: {english} ||| {text}")
    return {direction: sketch.items() for direction, sketch in sketches.items()}, read


def _translation(pair: SentencePair, direction: Direction, other: Language, seed: int) -> Demonstration:
    kind = "from_english" if direction == "en-x" else "to_english"
    wordings = other.translation[f"{kind}_in_english"]
    wording = wordings[priority(seed, "wording", *pair.texts) % len(wordings)]
    source, target = pair.texts if direction == "en-x" else pair.texts[::-1]
    return Demonstration(
        f"{pair.id}:{direction}", "translation", wording, source, target, other.code, direction, pair.corpus
    )
