"""The step that builds one model's demonstrations: instructions and translations, sampled, counted, written."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from crossalpaca.demonstrations import mixture
from crossalpaca.demonstrations.against import leak_index, refuse_named_flores, sift
from crossalpaca.demonstrations.card import CARD, card
from crossalpaca.demonstrations.drops import Drops
from crossalpaca.demonstrations.leaks import Leak, LeakIndex, summary
from crossalpaca.demonstrations.wording import instruction
from crossalpaca.errors import DataError
from crossalpaca.hashing import priority
from crossalpaca.languages import language
from crossalpaca.records import Demonstration, Direction, SentencePair, SourceFile, StepRun, write_jsonl
from crossalpaca.sources.files import source_file
from crossalpaca.sources.instructions import read_instructions
from crossalpaca.translation.steps import instructions_file

VERSION = 2
DEMONSTRATIONS = "demonstrations.jsonl"
ALPACA = "alpaca.json"
REPORT = "report.json"
DEFAULTS: Mapping[str, Any] = {
    "wording": "english",
    "control": None,
    "against": (),
    "leaks": "remove",
    "filters": {},
    "reading": {},
    "spoken": None,
}


def build(run: StepRun) -> None:
    """Writes `demonstrations.jsonl` (instructions, then translations, each by priority), the same in Alpaca form in
    `alpaca.json`, `report.json`, and a dataset card in `README.md`.

    Arguments of the step: language (code), seed, instructions (SourceFile or None), instruction_count (None: all),
    bitext (tuples of SourceFile, in any order), translations (direction to a count, or to a share of the instruction
    demonstrations such as "40%"), and where they are not the default: wording (of the translation instruction),
    control ("mis-paired", or "repeated": instructions in place of the translations), against (what to look for leaks
    of), leaks ("remove" or "report"), filters (what is changed of them), reading (options of `read_batches`), spoken
    (code of the instructions' language, where it is another).
    Input: instructions, where they are translated.

    Raises:
        DataError: a source is malformed, is FLORES, or has too few demonstrations for what is asked.
    """
    arguments: dict[str, Any] = {**DEFAULTS, **run.arguments}
    if "instructions" in run.inputs:
        name = instructions_file(arguments["language"])
        arguments["instructions"] = source_file(run.inputs["instructions"] / name)
    bitext = () if arguments["control"] == "repeated" else arguments["bitext"]
    arguments["bitext"] = sorted(bitext, key=lambda files: [(file.name, file.sha256) for file in files])
    report: dict[str, Any] = {"language": arguments["language"], "seed": arguments["seed"]}
    building = _Building(run, arguments, report)
    refuse_named_flores(building.sources())
    demonstrations = building.demonstrations()
    run.log.info("%d demonstrations", len(demonstrations))
    report["mixture"] = _mixture(demonstrations, arguments)
    if arguments["against"]:
        report["leaks"] = summary(building.leaks, arguments["leaks"])
    rows = [{"instruction": d.instruction, "input": d.input, "output": d.output} for d in demonstrations]
    write_jsonl(run.output / DEMONSTRATIONS, demonstrations)
    for name, content in ((ALPACA, rows), (REPORT, report)):
        (run.output / name).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (run.output / CARD).write_text(card(arguments, report), encoding="utf-8")
    run.progress(1, 1, "set", {})


def _mixture(demonstrations: Sequence[Demonstration], arguments: Mapping[str, Any]) -> dict[str, Any]:
    directions = Counter(each.direction for each in demonstrations)
    return {
        "demonstrations": len(demonstrations),
        "instructions": directions[None],
        "translations": {direction: directions[direction] for direction in mixture.DIRECTIONS if directions[direction]},
        "wording": arguments["wording"],
        "control": arguments["control"],
    }


class _Building:
    """The parts of one set, with what is told of them."""

    def __init__(self, run: StepRun, arguments: Mapping[str, Any], report: dict[str, Any]) -> None:
        self.run, self.arguments, self.report = run, arguments, report
        self.other = language(arguments["language"])
        self.seed: int = arguments["seed"]
        self.index: LeakIndex | None = None
        self.leaks: list[Leak] = []

    def sources(self) -> Iterator[SourceFile]:
        """Every file that demonstrations come from."""
        if self.arguments["instructions"] is not None:
            yield self.arguments["instructions"]
        for files in self.arguments["bitext"]:
            yield from files

    def demonstrations(self) -> list[Demonstration]:
        """Instructions, then translations or what a control has in their place."""
        self.index = leak_index(self.arguments["against"])
        control: mixture.Control | None = self.arguments["control"]
        source: SourceFile | None = self.arguments["instructions"]
        instructions = [] if source is None else self._instructions(source, self.arguments["instruction_count"])
        counts = mixture.counts(self.arguments["translations"], len(instructions))
        if control == "repeated":
            return mixture.repeated(instructions, len(instructions) + sum(counts.values()))
        translations = self._translations(counts) if counts else {}
        made = list(instructions)
        for direction in counts:
            each = translations[direction]
            made += mixture.mis_paired(each, self.seed) if control == "mis-paired" else each
        return made

    def _instructions(self, source: SourceFile, count: int | None) -> list[Demonstration]:
        from crossalpaca.demonstrations.sample import (
            BottomK,  # late, as all that needs polars: plans import this module
        )

        drops = Drops()
        rows = list(read_instructions(source.path, self.arguments["spoken"] or self.other.code))
        sketch: BottomK[Demonstration] = BottomK(len(rows))
        for row in rows:
            if not row.output.strip() or not row.instruction.strip():
                drops.add("empty", row.id)
            elif sketch.add(priority(self.seed, row.instruction, row.input, row.output), row.id, row):
                drops.add("duplicate", row.id)
        kept = self._sifted(sketch.items(), len(rows) if count is None else count, drops)
        if count is not None and len(kept) < count:
            raise DataError(f"{source.path}: has {len(kept)} usable demonstrations, {count} are asked ({drops})")
        self.report["instructions"] = _accounting(source.name, len(rows), len(kept), drops)
        return kept

    def _translations(self, counts: Mapping[Direction, int]) -> dict[Direction, list[Demonstration]]:
        """The asked demonstrations of each direction; where leaks are removed, the next in line take their places."""
        removing = self.index is not None and self.arguments["leaks"] == "remove"
        reserve = 1.05 if removing else 1.0
        while True:
            drops, met = Drops(), list(self.leaks)
            wanted = {direction: int(n * reserve) + 100 * removing for direction, n in counts.items()}
            samples, read = self._sample(wanted, drops)
            kept: dict[Direction, list[Demonstration]] = {}
            for direction, n in counts.items():
                candidates = [self._translation(pair, direction) for pair in samples[direction]]
                kept[direction] = self._sifted(candidates, n, drops)
            short = [direction for direction, n in counts.items() if len(kept[direction]) < n]
            if all(len(samples[direction]) < wanted[direction] for direction in short):
                break
            reserve, self.leaks = 4 * reserve, met  # so many leaks that the reserve was used up
        names = ", ".join(file.name for files in self.arguments["bitext"] for file in files)
        for direction in short:
            found = f"{len(kept[direction])} usable sentence pairs for {direction}, {counts[direction]} are asked"
            raise DataError(f"{names}: {found}; of {read} pairs read: {drops}")
        directions = {direction: len(each) for direction, each in kept.items()}
        accounted = _accounting(names, read, sum(directions.values()), drops)
        self.report["translations"] = accounted | {"directions": directions}
        return kept

    def _sample(self, counts: Mapping[Direction, int], drops: Drops) -> tuple[dict[Direction, list[SentencePair]], int]:
        """The pairs of each direction, and how many were read; on several machines, where they are at hand."""
        from crossalpaca.demonstrations.shards import Sampling, sample_sharded, sample_whole, spread_for

        entries = self.arguments["bitext"]
        sampling = Sampling(counts, self.other.code, self.seed, self.arguments["filters"], self.arguments["reading"])
        spread = spread_for(entries)
        if spread is None:
            return sample_whole(entries, sampling, drops, lambda done, of: self.run.progress(done, of, "file", {}))
        return sample_sharded(
            entries, sampling, drops, spread, lambda done, of: self.run.progress(done, of, "shard", {})
        )

    def _translation(self, pair: SentencePair, direction: Direction) -> Demonstration:
        wording = instruction(pair, direction, self.other, self.seed, self.arguments["wording"])
        source, target = pair.texts if direction == "en-x" else pair.texts[::-1]
        return Demonstration(
            f"{pair.id}:{direction}", "translation", wording, source, target, self.other.code, direction, pair.corpus
        )

    def _sifted(self, candidates: Sequence[Demonstration], count: int, drops: Drops) -> list[Demonstration]:
        kept, met = sift(candidates, count, self.index, self.arguments["leaks"])
        self.leaks += met
        if self.arguments["leaks"] == "remove":
            for leak in {leak.demonstration: leak for leak in met}.values():
                drops.add("leak", f"{leak.demonstration}: {leak.text}")
        return kept


def _accounting(name: str, read: int, kept: int, drops: Drops) -> dict[str, Any]:
    unused = read - kept - sum(drops.counts.values())
    return {"source": name, "read": read, "kept": kept, "not_sampled": unused, "dropped": drops.summary()}
