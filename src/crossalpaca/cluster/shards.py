"""A sample of bitext as a map over its files and a merge: what is drawn is that of one pass over all of them.

The merge is that of the bottom-k sketch, so nothing but the sketches, the counts and 8 bytes a distinct pair comes back
from the nodes. One thing is told otherwise than in one pass: of what comes twice in two files no examples are shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from crossalpaca.demonstrations.bitext import PairSample
from crossalpaca.demonstrations.drops import Drops
from crossalpaca.demonstrations.filters import changed
from crossalpaca.demonstrations.filters_sampled import sampled_filters
from crossalpaca.languages import language
from crossalpaca.records import Direction, SentencePair
from crossalpaca.sources.bitext import read_batches
from crossalpaca.sources.pairs import PairBatch


class Travelling(PairSample):
    """A sample that can be sent: what arrives is good for merging into another, which is all that is done with it."""

    def __getstate__(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("read", "drops", "_distinct", "_sketches")}


@dataclass(frozen=True, slots=True)
class Shard:
    """One entry of bitext, and how it is sampled.

    Attributes:
        paths: one file, or two line-aligned ones.
        counts: direction to number of pairs.
        language: code of the language x.
        seed: of the sample.
        filters: what is changed of the filters, as in an experiment file.
        reading: options of `read_batches`.
        names: corpus to what it is called, where another file has one of that name.
    """

    paths: tuple[Path, ...]
    counts: Mapping[Direction, int]
    language: str
    seed: int
    filters: Mapping[str, float | bool] = field(default_factory=dict)
    reading: Mapping[str, Any] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)

    def empty(self, drops: Drops) -> Travelling:
        """The sample of no pairs."""
        filters = changed(self.filters), sampled_filters(self.filters)
        return Travelling(self.counts, language(self.language), self.seed, drops, *filters)


@dataclass(slots=True)
class Part:
    """What the map gives for one shard: its sample, what the reader left out, and its corpora in their order."""

    sample: Travelling
    left_out: Drops
    corpora: list[str]


Map = Callable[[Callable[[Shard], Part], Iterable[Shard]], Iterable[Part]]
"""Answers in the order of what is given, as the built-in `map` does."""


def sample_shard(shard: Shard) -> Part:
    """Reads and samples one entry.

    Raises:
        DataError: it cannot be read.
    """
    left_out = Drops()
    part = Part(shard.empty(Drops()), left_out, [])
    for batch in read_batches(shard.paths, language(shard.language), drops=left_out.add, **shard.reading):
        if batch.corpus not in part.corpora:
            part.corpora.append(batch.corpus)
        part.sample.add(PairBatch(shard.names.get(batch.corpus, batch.corpus), batch.pairs))
    return part


def sample_sharded(
    shards: Sequence[Shard], drops: Drops, mapped: Map = map
) -> tuple[dict[Direction, list[SentencePair]], int]:
    """The sample of all shards, and how many pairs were read: what `sample_pairs` gives of their batches, one by one.

    Args:
        shards: entries in their order, made with the same arguments.
        drops: takes in what is dropped.
        mapped: where the shards are sampled; here, where not given.

    Raises:
        DataError: an entry cannot be read, or the sampled filters drop more than half of the best pairs.
    """
    parts = list(mapped(sample_shard, shards))
    # Only now is it known which corpora have one name; theirs are sampled once more, under the names that they get.
    renamed = {at: replace(shards[at], names=names) for at, names in _names(parts).items()}
    for at, part in zip(renamed, mapped(sample_shard, renamed.values()), strict=True):
        parts[at] = part
    whole = shards[0].empty(drops)
    for part in parts:
        whole.merge(part.sample)
        _follow(drops, part.left_out)
    return whole.drawn(), whole.read


def _names(parts: Sequence[Part]) -> dict[int, dict[str, str]]:
    """Number of a part to the names of its corpora, where a part before it has one of the same name."""
    seen: Counter[str] = Counter()
    found: dict[int, dict[str, str]] = {}
    for number, part in enumerate(parts):
        for corpus in part.corpora:
            seen[corpus] += 1
            if seen[corpus] > 1:
                found.setdefault(number, {})[corpus] = f"{corpus}#{seen[corpus]}"
    return found


def _follow(drops: Drops, more: Drops) -> None:
    """Adds what a reader left out of a later file: its examples have no place, but their order."""
    for reason, count in more.counts.items():
        before = drops.counts[reason]
        drops.add_many(reason, count, [((name, before + at), text) for (name, at), text in more.places[reason]])


def map_on_ray(ray: Any) -> Map:
    """A map whose shards are tasks of the Ray cluster that this process, or this task, is connected to."""

    def mapped(sampled: Callable[[Shard], Part], shards: Iterable[Shard]) -> Iterable[Part]:
        task = ray.remote(sampled)
        titled = [task.options(name=f"sample {shard.paths[0].name}").remote(shard) for shard in shards]
        parts: list[Part] = ray.get(titled)
        return parts

    return mapped
