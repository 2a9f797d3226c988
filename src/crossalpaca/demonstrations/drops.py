"""What was dropped on the way to a sample: counts by reason, each with a few examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

EXAMPLES_SHOWN = 3
_EXAMPLE_LENGTH = 200  # characters

Place = tuple[str, int]


@dataclass(slots=True)
class Drops:
    """What was dropped: counts by reason, with the examples that come first by (corpus, line).

    So the examples do not depend on how the pairs are read or split, except those of `duplicate`, which is what was
    read after its equal.
    """

    counts: Counter[str] = field(default_factory=Counter)
    places: dict[str, list[tuple[Place, str]]] = field(default_factory=dict)

    def add(self, reason: str, example: str) -> None:
        """Counts one drop; without a place, examples come in the order of adding."""
        self.add_many(reason, 1, [(("", self.counts[reason]), example)])

    def add_many(self, reason: str, count: int, examples: Iterable[tuple[Place, str]]) -> None:
        """Counts drops of one reason, given at least the first three of them by (corpus, line)."""
        self.counts[reason] += count
        shown = self.places.setdefault(reason, [])
        shown += [(place, example[:_EXAMPLE_LENGTH]) for place, example in examples]
        shown.sort()
        del shown[EXAMPLES_SHOWN:]

    def merge(self, other: Drops) -> None:
        """Adds what another part of the same data dropped."""
        for reason, count in other.counts.items():
            self.add_many(reason, count, other.places[reason])

    def follow(self, more: Drops) -> None:
        """Adds what was dropped later, and without a place: its examples come after those that are here."""
        for reason, count in more.counts.items():
            before = self.counts[reason]
            self.add_many(reason, count, [((name, before + at), text) for (name, at), text in more.places[reason]])

    @property
    def examples(self) -> dict[str, list[str]]:
        """The first three of each reason, at most 200 characters of each."""
        return {reason: [example for _, example in shown] for reason, shown in self.places.items()}

    def summary(self) -> dict[str, Any]:
        """Counts and examples, for the report."""
        examples = self.examples
        return {reason: {"count": n, "examples": examples[reason]} for reason, n in sorted(self.counts.items())}

    def __str__(self) -> str:
        return ", ".join(f"{n} {reason}" for reason, n in self.counts.most_common()) or "none dropped"
