"""Which part of a translation answers to which part of the text: by sentences, and between two like translations."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate
from math import inf, sqrt

from rapidfuzz.distance import Indel

from crossalpaca.translation.markers import Span
from crossalpaca.translation.sentences import sentences

_BEADS = ((1, 1, 0.0), (1, 2, 2.0), (2, 1, 2.0), (1, 0, 4.0), (0, 1, 4.0))
"""Sentences of the text and of its translation that may answer to each other, and what it costs beside the lengths."""

_AROUND = 12  # characters that must be the same on both sides of a carried span


def aligned(source: Sequence[str], target: Sequence[str]) -> list[tuple[int, int]]:
    """For each sentence the range of sentences of the translation that answers to it.

    Sentence by sentence where there are equally many; else by lengths, in the way of Gale and Church (1993).
    """
    if len(source) == len(target):
        return [(n, n + 1) for n in range(len(source))]
    ratio = sum(map(len, target)) / max(sum(map(len, source)), 1)
    cost: dict[tuple[int, int], float] = {(0, 0): 0.0}
    taken: dict[tuple[int, int], tuple[int, int]] = {}
    for i in range(len(source) + 1):
        for j in range(len(target) + 1):
            for di, dj, extra in _BEADS if i or j else ():
                before = cost.get((i - di, j - dj), inf)
                expected = ratio * sum(map(len, source[max(i - di, 0) : i]))
                actual = sum(map(len, target[max(j - dj, 0) : j]))
                total = before + extra + abs(expected - actual) / sqrt(max(expected + actual, 1))
                if total < cost.get((i, j), inf):
                    cost[i, j], taken[i, j] = total, (di, dj)
    ranges = [(0, 0)] * len(source)
    i, j = len(source), len(target)
    while i or j:
        di, dj = taken[i, j]
        i, j = i - di, j - dj
        ranges[i : i + di] = [(j, j + dj)] * di
    return ranges


class SentenceAlignment:
    """A text and its translation, sentence by sentence.

    Attributes:
        one_to_one: both have equally many.
    """

    def __init__(self, text: str, translation: str) -> None:
        own, others = sentences(text), sentences(translation)
        self._ends = list(accumulate(map(len, own)))
        self._other_ends = [0, *accumulate(map(len, others))]
        self._ranges = aligned(own, others)
        self.one_to_one = len(own) == len(others)

    def of(self, span: Span) -> tuple[Span, Span]:
        """The sentences that a span of the text touches, and those of the translation that answer to them."""
        first, last = bisect_right(self._ends, span[0]), bisect_left(self._ends, span[1])
        ranges = [self._ranges[n] for n in range(first, last + 1)]
        home = (self._ends[first - 1] if first else 0), self._ends[last]
        return home, (self._other_ends[ranges[0][0]], self._other_ends[ranges[-1][1]])


def carried(span: Span, text: str, other: str) -> Span | None:
    """A span of a text in another text that says nearly the same.

    None unless its characters, and some on both sides of it, stand in the other text alike but for case and spaces.
    """
    units, places = _units(text)
    others, other_places = _units(other)
    inside = [n for n, place in enumerate(places) if span[0] <= place < span[1]]
    if not inside:
        return None
    first, last = inside[0], inside[-1]
    low, high = max(first - _AROUND, 0), min(last + _AROUND, len(units) - 1)
    for same in Indel.opcodes(units, others):
        if same.tag == "equal" and same.src_start <= low and high < same.src_end:
            shift = same.dest_start - same.src_start
            return other_places[first + shift], other_places[last + shift] + 1
    return None


def _units(text: str) -> tuple[str, list[int]]:
    """The characters that are no white space, in lower case, and where they stand."""
    places = [place for place, character in enumerate(text) if not character.isspace()]
    return "".join(text[place].lower()[0] for place in places), places
