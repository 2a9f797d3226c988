"""The sample: a bottom-k sketch over stable hashes.

Every item gets a priority from the seed and its own content, and the k items of lowest priority are kept. So the sample
takes one pass and k items of memory, does not depend on order or on how the data is split, collapses duplicates, and a
smaller k is a prefix of a larger one.
"""

from __future__ import annotations

import heapq
from collections.abc import Hashable
from typing import Generic, TypeVar

import polars as pl
import polars_hash as plh

Item = TypeVar("Item")


class BottomK(Generic[Item]):
    """Keeps the k items of lowest priority, each identity once, in O(log k) an item.

    An identity that comes twice keeps the item with the smaller tie-break, so that order never matters.
    """

    def __init__(self, k: int) -> None:
        self.k = k
        self._heap: list[int] = []  # negated priorities: the largest priority is at the top
        self._kept: dict[int, tuple[Hashable, Item]] = {}

    def add(self, priority: int, tie_break: Hashable, item: Item) -> bool:
        """Offers an item; True if it, or an equal one, was seen among the kept (a duplicate)."""
        if priority in self._kept:
            if tie_break < self._kept[priority][0]:  # type: ignore[operator]
                self._kept[priority] = (tie_break, item)
            return True
        if len(self._heap) < self.k:
            heapq.heappush(self._heap, -priority)
        elif self.k and priority < -self._heap[0]:
            del self._kept[-heapq.heapreplace(self._heap, -priority)]
        else:
            return False
        self._kept[priority] = (tie_break, item)
        return False

    def merge(self, other: BottomK[Item]) -> None:
        """Takes in another sketch, as if its items had been added here."""
        for key, (tie_break, item) in other._kept.items():
            self.add(key, tie_break, item)

    def items(self) -> list[Item]:
        """The kept items, lowest priority first."""
        return [self._kept[key][1] for key in sorted(self._kept)]


def pair_priority(seed: int) -> pl.Expr:
    """The priority of a normalised pair (columns `en` and `x`), in bulk.

    The first 8 bytes, big-endian, of the SHA-256 of seed, English and other text, joined by U+001F, in UTF-8. It is not
    that of `hashing.priority`, whose hash polars does not have.
    """
    text = plh.concat_str([pl.lit(str(seed)), pl.col("en"), pl.col("x")], separator="\x1f")
    return (
        text.chash.sha2_256()
        .str.head(16)
        .str.decode("hex")
        .bin.reinterpret(dtype=pl.UInt64, endianness="big")
        .alias("priority")
    )


class PairSketch:
    """Keeps the k pairs of lowest priority, each once, as a table that batches are added to.

    Of pairs with one priority, which are equal but for a chance of one in 2**64, that of the smallest (corpus, line)
    stays, so that order never matters.
    """

    def __init__(self, k: int) -> None:
        self.k = k
        schema = {"priority": pl.UInt64, "corpus": pl.String, "line": pl.UInt64, "en": pl.String, "x": pl.String}
        self.kept = pl.DataFrame(schema=schema)

    def add(self, pairs: pl.DataFrame) -> None:
        """Offers pairs: columns `priority`, `corpus`, `line`, `en`, `x`."""
        if len(self.kept) == self.k:
            pairs = pairs.filter(pl.col("priority") <= self.kept["priority"].max()) if self.k else pairs.clear()
        if len(pairs):
            self.kept = self._smallest(pl.concat([self.kept, _copied(self._smallest(pairs.select(self.kept.columns)))]))

    def _smallest(self, pairs: pl.DataFrame) -> pl.DataFrame:
        ordered = pairs.sort("priority", "corpus", "line")
        return ordered.unique("priority", keep="first", maintain_order=True).head(self.k)


def _copied(table: pl.DataFrame) -> pl.DataFrame:
    """The same, with texts of its own: a few rows of a batch would keep the texts of the whole batch in memory."""
    return pl.DataFrame([pl.Series(each.name, each.to_list(), dtype=each.dtype) for each in table])
