"""The sample: a bottom-k sketch over stable hashes.

Every item gets a priority from the seed and its own content, and the k items of lowest priority are kept. So the sample
takes one pass and k items of memory, does not depend on order or on how the data is split, collapses duplicates, and a
smaller k is a prefix of a larger one.
"""

from __future__ import annotations

import heapq
from collections.abc import Hashable
from typing import Generic, TypeVar

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
