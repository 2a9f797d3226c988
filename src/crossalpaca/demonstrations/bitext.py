"""A sample of bitext of any size: batches are normalised, filtered and sketched, in bounded memory.

What is drawn depends on the pairs alone, never on their order or on how they are split over batches, files or machines;
so do the counts of what is dropped.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import get_args

import polars as pl

from crossalpaca.demonstrations.distinct import Distinct
from crossalpaca.demonstrations.drops import EXAMPLES_SHOWN, Drops, Place
from crossalpaca.demonstrations.filters import FILTERS, Filter, reason
from crossalpaca.demonstrations.filters_sampled import SAMPLED_FILTERS, SampledFilter
from crossalpaca.demonstrations.normalising import normalised
from crossalpaca.demonstrations.sample import PairSketch, pair_priority
from crossalpaca.errors import DataError
from crossalpaca.languages import Language
from crossalpaca.records import Direction, SentencePair
from crossalpaca.sources.pairs import PairBatch

DIRECTIONS: tuple[Direction, Direction] = get_args(Direction)
PAIR = ("corpus", "line", "en", "x")
_RESERVE = 2  # times as many pairs as are asked are kept for the sampled filters to choose from


def example(corpus: str, line: int, english: str, other: str) -> tuple[Place, str]:
    """A dropped pair, as `Drops` takes examples."""
    return (corpus, line), f"{corpus}:{line}: {english} ||| {other}"


@dataclass(slots=True)
class Part:
    """What a part of one corpus gives, to be merged with the others.

    Attributes:
        read: pairs of the part.
        drops: what the filters dropped, and what comes twice within the part.
        left_out: what the reader left out.
        first: columns `line`, `priority`, of what comes for the first time in the part, in its order.
        kept: direction to the table of its sketch.
    """

    read: int
    drops: Drops
    left_out: Drops
    first: pl.DataFrame
    kept: Mapping[Direction, pl.DataFrame]


class PairSample:
    """A bottom-k sample of each direction, with what was dropped.

    A pair serves one direction, which is a bit of its own hash, so the directions are disjoint however the counts are
    chosen, and each is nested in larger ones. Where one direction alone is asked, it may use every pair.

    Attributes:
        counts: direction to number of pairs.
        drops: counts and examples of what was dropped.
        read: pairs seen so far.
    """

    def __init__(
        self,
        counts: Mapping[Direction, int],
        language: Language,
        seed: int,
        drops: Drops | None = None,
        filters: Mapping[str, Filter] = FILTERS,
        sampled_filters: Mapping[str, SampledFilter] = SAMPLED_FILTERS,
    ) -> None:
        self.counts = {direction: count for direction, count in counts.items() if count}
        self.drops = Drops() if drops is None else drops
        self.read = 0
        self._language, self._sampled_filters = language, sampled_filters
        self._priority, self._reason = pair_priority(seed), reason(language, filters)
        times = _RESERVE if sampled_filters else 1
        self._sketches = {direction: PairSketch(times * count) for direction, count in self.counts.items()}
        self._distinct = Distinct()

    def add(self, batch: PairBatch) -> None:
        """Takes in the pairs of a batch."""
        self.take(self.checked(batch))

    def checked(self, batch: PairBatch) -> pl.DataFrame:
        """The pairs of a batch, normalised, with the reason to drop each, or null, and its priority.

        Changes nothing, so that batches can be checked side by side: columns `corpus`, `line`, `en`, `x`, `reason`,
        `priority`.
        """
        normal = batch.pairs.lazy().with_columns(normalised("en"), normalised("x")).with_columns(self._reason).collect()
        corpus = pl.lit(batch.corpus).alias("corpus")
        return normal.select(corpus, "line", "en", "x", "reason", self._priority)

    def take(self, checked: pl.DataFrame) -> pl.DataFrame:
        """Takes in what `checked` gave: counts what is dropped, and sketches the rest.

        Returns:
            Columns `line`, `priority`, of the pairs whose like was not taken in before.
        """
        self.read += len(checked)
        for name, dropped in checked.filter(pl.col("reason").is_not_null()).group_by("reason"):
            self._drop(str(name[0]), dropped.select(PAIR))
        return self._sketch(checked.filter(pl.col("reason").is_null()).select(*PAIR, "priority"))

    def _drop(self, name: str, pairs: pl.DataFrame) -> None:
        first = pairs.bottom_k(EXAMPLES_SHOWN, by="line").rows()
        self.drops.add_many(name, len(pairs), [example(*row) for row in first])

    def _sketch(self, pairs: pl.DataFrame) -> pl.DataFrame:
        new = self._new(pairs)
        if not new.all():
            self._drop("duplicate", pairs.filter(~new).select(PAIR))
        for direction, sketch in self._sketches.items():
            sketch.add(pairs.filter(self._serves(direction)))
        return pairs.select("line", "priority").filter(new)

    def _new(self, pairs: pl.DataFrame) -> pl.Series:
        return pl.Series(self._distinct.add(pairs["priority"].to_numpy()), dtype=pl.Boolean)

    def _serves(self, direction: Direction) -> pl.Expr:
        if len(self._sketches) == 1:
            return pl.lit(True)
        return pl.col("priority") % 2 == DIRECTIONS.index(direction)

    def kept(self) -> dict[Direction, pl.DataFrame]:
        """The table of each direction's sketch."""
        return {direction: sketch.kept for direction, sketch in self._sketches.items()}

    def merge(self, parts: Sequence[Part]) -> pl.DataFrame:
        """Takes in all parts of one corpus, after the corpora that are read before it.

        Returns:
            Columns `line`, `priority`, of what came in an earlier corpus, or in a part that has an earlier line: it is
            counted as a duplicate, and its examples, whose texts no part has, are for the caller to add.
        """
        for part in parts:
            self.read += part.read
            self.drops.merge(part.drops)
            for direction, sketch in self._sketches.items():
                sketch.add(part.kept[direction])
        first = pl.concat(part.first for part in parts).sort("line", maintain_order=True)
        again = first.filter(~self._new(first))
        if len(again):
            self.drops.add_many("duplicate", len(again), [])
        return again

    def drawn(self) -> dict[Direction, list[SentencePair]]:
        """The pairs of each direction, lowest priority first: as many as are asked, or fewer where there are no more.

        Raises:
            DataError: the sampled filters drop more than half of the best pairs.
        """
        return {direction: self._drawn(direction) for direction in self.counts}

    def _drawn(self, direction: Direction) -> list[SentencePair]:
        wanted, sketch = self.counts[direction], self._sketches[direction]
        chosen: list[SentencePair] = []
        for _, corpus, line, english, other in sketch.kept.iter_rows():
            if len(chosen) == wanted:
                break
            pair = SentencePair(f"{corpus}:{line}", corpus, ("en", self._language.code), (english, other))
            name = next((name for name, drops in self._sampled_filters.items() if drops(pair, self._language)), None)
            if name is None:
                chosen.append(pair)
            else:
                self.drops.add_many(name, 1, [((corpus, line), f"{pair.id}: {english} ||| {other}")])
        if len(chosen) < wanted and len(sketch.kept) == sketch.k:
            raise DataError(
                f"{len(chosen)} of the {sketch.k} best pairs for {direction} are usable, {wanted} are asked "
                f"(dropped: {self.drops}); is the bitext in English and {self._language.name}?"
            )
        return chosen


def sample_pairs(
    batches: Iterable[PairBatch],
    counts: Mapping[Direction, int],
    language: Language,
    seed: int,
    drops: Drops,
    filters: Mapping[str, Filter] = FILTERS,
    sampled_filters: Mapping[str, SampledFilter] = SAMPLED_FILTERS,
) -> tuple[dict[Direction, list[SentencePair]], int]:
    """A bottom-k sample of each direction (see `PairSample`), and how many pairs were read.

    Raises:
        DataError: a batch cannot be read, or the sampled filters drop more than half of the best pairs.
    """
    sample = PairSample(counts, language, seed, drops, filters, sampled_filters)
    for checked in _side_by_side(sample, batches):
        sample.take(checked)
    return sample.drawn(), sample.read


def _side_by_side(sample: PairSample, batches: Iterable[PairBatch]) -> Iterator[pl.DataFrame]:
    """The checked batches in their order, as many under way as there are cores: polars leaves some of them idle."""
    cores = os.cpu_count() or 1
    under_way: deque[Future[pl.DataFrame]] = deque()
    with ThreadPoolExecutor(cores) as pool:
        for batch in batches:
            under_way.append(pool.submit(sample.checked, batch))
            if len(under_way) > cores:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
