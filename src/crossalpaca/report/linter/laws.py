"""Laws that hold of numbers wherever they stand, in a report or on a page: each says what does not fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from crossalpaca.report.linter.findings import Seen
from crossalpaca.report.published import Quantity

TOLERANCE = 1e-6
"""How far a number of a report may be from what it recomputes to."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number in its place.

    Attributes:
        where: the place.
        text: as it stands there.
        value: what it says.
        slack: how far the exact value may be from it: half of the last digit where it was rounded.
    """

    where: str
    text: str
    value: float
    slack: float = TOLERANCE


def stored(where: str, value: float) -> Number:
    """A number of a report, which has all its digits."""
    return Number(where, shown(value), value)


def printed(quantity: Quantity) -> Number:
    """A number of the paper, rounded to its last digit."""
    where = f"{quantity.place}: {quantity.what}, {quantity.benchmark}"
    return Number(where, quantity.printed, quantity.value, quantity.step / 2 + 1e-9)


def shown(value: float) -> str:
    """A number as findings write it."""
    return f"{value:.9g}"


def average(number: Number, parts: Sequence[Number], weights: Sequence[float] | None = None) -> Iterator[Seen]:
    """A mean is the mean of its parts."""
    weights = weights or [1.0] * len(parts)
    weighed = [weight * part.value for weight, part in zip(weights, parts, strict=True)]
    yield from _equal(
        number,
        sum(weighed) / sum(weights),
        f"the mean of its {len(parts)} values is",
        max(part.slack for part in parts),
    )


def difference(number: Number, first: Number, second: Number) -> Iterator[Seen]:
    """A difference is that of its two numbers."""
    says = f"{first.text} less {second.text} is"
    yield from _equal(number, first.value - second.value, says, first.slack + second.slack)


def agreement(number: Number, other: Number) -> Iterator[Seen]:
    """A number that is said twice is the same number, to the coarser of the two roundings."""
    if not abs(number.value - other.value) <= max(number.slack, other.slack):
        yield Seen(number.where, f"{number.text} here, {other.text} in {other.where}")


def above_guessing(number: Number, high: float, guess: float) -> Iterator[Seen]:
    """No accuracy on given options is below guessing: else the answers were probably not found in the completions.

    Args:
        number: an accuracy.
        high: the upper end of its interval; the value itself where there is none.
        guess: what guessing reaches.
    """
    if high < guess:
        yield Seen(number.where, f"{number.text}, guessing gives {shown(guess)}; were letters always extracted?")


def _equal(number: Number, recomputed: float, says: str, room: float) -> Iterator[Seen]:
    gap = abs(number.value - recomputed)
    if not gap <= number.slack:  # true of what is no number at all, too
        # Values that were rounded before they came here leave room; what is then left is wrong for certain.
        rounding = "; rounding of these could explain it" if room > TOLERANCE and gap <= number.slack + room else ""
        yield Seen(number.where, f"{number.text}, but {says} {shown(recomputed)}{rounding}")
