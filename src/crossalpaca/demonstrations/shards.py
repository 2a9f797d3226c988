"""A sample of bitext as a map over shards and a merge: to the byte what one pass over all of it gives.

A shard is every n-th stretch of lines of one file or pair of files. Whoever samples it reads the whole, which is the
small part of the work, and checks its share; so files of every form can be shared out, compressed ones too, and lines
keep their numbers. What comes back does not depend on how it was cut:

- of bottom-k sketches, the merge keeps the k smallest, as one pass does, and counts add up;
- what comes twice within a shard is a duplicate whatever the others hold. Whether its first occurrence is one too, the
  merge finds from 16 bytes a distinct pair, its hash and its line. The texts of three examples at most are read again.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from itertools import islice
from math import ceil
from typing import Any

import polars as pl

from crossalpaca.demonstrations.bitext import PAIR, PairSample, Part, example, sample_pairs
from crossalpaca.demonstrations.drops import EXAMPLES_SHOWN, Drops, Place
from crossalpaca.demonstrations.filters import Filter, changed
from crossalpaca.demonstrations.filters_sampled import SampledFilter, sampled_filters
from crossalpaca.errors import DataError
from crossalpaca.languages import language
from crossalpaca.records import Direction, SentencePair, SourceFile
from crossalpaca.sources.bitext import read_batches
from crossalpaca.sources.pairs import BATCH, PairBatch
from crossalpaca.store import file_sha256


@dataclass(frozen=True, slots=True)
class Sampling:
    """How bitext is read and sampled.

    Attributes:
        counts: direction to number of pairs.
        language: code of the language x.
        seed: of the sample.
        filters: what is changed of the filters, as in an experiment file.
        reading: options of `read_batches`.
    """

    counts: Mapping[Direction, int]
    language: str
    seed: int
    filters: Mapping[str, float | bool] = field(default_factory=dict)
    reading: Mapping[str, Any] = field(default_factory=dict)

    def empty(self, drops: Drops) -> PairSample:
        """The sample of no pairs."""
        return PairSample(self.counts, language(self.language), self.seed, drops, *self.checks())

    def checks(self) -> tuple[dict[str, Filter], dict[str, SampledFilter]]:
        """The filters, with what is changed of them."""
        return changed(self.filters), sampled_filters(self.filters)

    def batches(self, files: Sequence[SourceFile], left_out: Drops) -> Iterator[PairBatch]:
        """The pairs of one file or of two; `left_out` takes in what the reader leaves out.

        Raises:
            DataError: a file cannot be read.
        """
        paths = [file.path for file in files]
        return read_batches(paths, language(self.language), drops=left_out.add, **self.reading)


@dataclass(frozen=True, slots=True)
class Shard:
    """A part of a corpus: of its stretches of lines, counted from 0, every `of`-th from `number` on.

    Attributes:
        files: as in `Sampling.batches`.
        corpus: what the corpus is called.
        number, of: which part.
        sampling: how it is sampled.
    """

    files: tuple[SourceFile, ...]
    corpus: str
    number: int
    of: int
    sampling: Sampling

    def share(self, batch: PairBatch) -> PairBatch:
        """The pairs of a batch that are of this shard, by their lines: batches may be cut otherwise elsewhere."""
        own = pl.col("line") // STRETCH % self.of == self.number
        return PairBatch(self.corpus, batch.pairs.filter(own))


@dataclass(frozen=True, slots=True)
class Spread:
    """Where shards are sampled.

    Attributes:
        mapped: samples shards, and answers in their order.
        ways: how many are sampled at a time.
    """

    mapped: Callable[[Sequence[Shard]], Iterable[Part]]
    ways: int


Told = Callable[[int, int], None]

SPREAD: ContextVar[Spread | None] = ContextVar("SPREAD", default=None)
"""Set where several machines are at hand; none of what is made depends on it."""
STRETCH = BATCH  # lines
LARGE = 1 << 30
"""Bytes of bitext from which a map is worth its tasks: one machine of two cores takes some ten seconds for them."""


def spread_for(entries: Sequence[Sequence[SourceFile]]) -> Spread | None:
    """Where this bitext is to be sampled in shards; None where one pass is as quick."""
    return SPREAD.get() if sum(map(_size, entries)) >= LARGE else None


def numbered(corpus: str, seen: Counter[str]) -> str:
    """The name of one more corpus: where others have it too, the later ones are numbered, so that ids stay unique."""
    seen[corpus] += 1
    return corpus if seen[corpus] == 1 else f"{corpus}#{seen[corpus]}"


def sample_whole(
    entries: Sequence[Sequence[SourceFile]], sampling: Sampling, drops: Drops, progress: Told
) -> tuple[dict[Direction, list[SentencePair]], int]:
    """A sample of the files, each one or two line-aligned ones, in one pass, and how many pairs were read.

    `progress` is told of files, otherwise as `sample_sharded`.
    """

    def batches() -> Iterator[PairBatch]:
        seen = Counter[str]()
        for number, files in enumerate(entries):
            progress(number, len(entries))
            corpus = ""
            for batch in sampling.batches(files, drops):
                corpus = corpus or numbered(batch.corpus, seen)
                yield PairBatch(corpus, batch.pairs)

    return sample_pairs(
        batches(), sampling.counts, language(sampling.language), sampling.seed, drops, *sampling.checks()
    )


def sample_shard(shard: Shard) -> Part:
    """Reads a shard and samples it.

    Raises:
        DataError: it cannot be read, or is not the file that was planned with.
    """
    for file in shard.files:
        if file.path.is_file() and file_sha256(file.path) != file.sha256:
            raise DataError(f"{file.path}: is another file here than where the run was started; share one folder")
    left_out = Drops()
    sample = shard.sampling.empty(Drops())
    first = [pl.DataFrame(schema={"line": pl.UInt64, "priority": pl.UInt64})]
    for batch in shard.sampling.batches(shard.files, left_out):
        if len((own := shard.share(batch)).pairs):
            first.append(sample.take(sample.checked(own)))
    # All parts of a corpus read all of it: one of them tells of that.
    return Part(sample.read, sample.drops, Drops() if shard.number else left_out, pl.concat(first), sample.kept())


def sample_sharded(
    entries: Sequence[Sequence[SourceFile]],
    sampling: Sampling,
    drops: Drops,
    spread: Spread,
    progress: Told,
) -> tuple[dict[Direction, list[SentencePair]], int]:
    """A sample of the files, and how many pairs were read: to the byte what `sample_whole` gives.

    Args:
        entries: each one file, or two line-aligned ones, in their order.
        sampling: how they are sampled.
        drops: takes in what is dropped.
        spread: where.
        progress: told how many of the shards are merged, of how many.

    Raises:
        DataError: an entry cannot be read, or the sampled filters drop more than half of the best pairs.
    """
    corpora = _cut(entries, sampling, spread.ways)
    shards = [shard for corpus in corpora for shard in corpus]
    parts = iter(spread.mapped(shards))
    whole, again = sampling.empty(drops), list[tuple[Place, int, Shard]]()
    merged = 0
    for corpus in corpora:
        own = list(islice(parts, len(corpus)))
        for line, priority in whole.merge(own).head(EXAMPLES_SHOWN).iter_rows():
            again.append(((corpus[0].corpus, line), priority, corpus[0]))
        for part in own:
            drops.follow(part.left_out)
        merged += len(own)
        progress(merged, len(shards))
    if again:
        first = heapq.nsmallest(EXAMPLES_SHOWN, again, key=lambda each: each[0])
        drops.add_many("duplicate", 0, [_read_again(shard, line, priority) for (_, line), priority, shard in first])
    return whole.drawn(), whole.read


def _cut(entries: Sequence[Sequence[SourceFile]], sampling: Sampling, ways: int) -> list[list[Shard]]:
    """The shards of each entry, about as large as the whole's share of one of the `ways`."""
    share = max(sum(map(_size, entries)) / ways, 1)
    seen = Counter[str]()
    made = []
    for entry in entries:
        # Nodes may have another current folder.
        files = tuple(replace(file, path=file.path.absolute()) for file in entry)
        corpus = numbered(next(sampling.batches(files, Drops())).corpus, seen)
        of = max(ceil(_size(entry) / share), 1)
        made.append([Shard(files, corpus, number, of, sampling) for number in range(of)])
    return made


def _size(entry: Sequence[SourceFile]) -> int:
    return sum(file.path.stat().st_size for file in entry if file.path.is_file())


def _read_again(shard: Shard, line: int, priority: int) -> tuple[Place, str]:
    """The pair of a priority at a line of a shard's corpus, as an example."""
    sample = shard.sampling.empty(Drops())
    for batch in shard.sampling.batches(shard.files, Drops()):
        at = PairBatch(shard.corpus, batch.pairs.filter(pl.col("line") == line))
        found = sample.checked(at).filter(pl.col("priority") == priority)
        if len(found):
            return example(*found.select(PAIR).row(0))
    raise DataError(f"{shard.files[0].path}: changed while it was read; run the same command again")
