"""Prompts that are too long for a model's window: found before anything is asked, and dealt with by a stated policy."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from crossalpaca.decoding.requests import TooLong
from crossalpaca.errors import InputError
from crossalpaca.languages import language
from crossalpaca.records import Example, Fit


@dataclass(frozen=True, slots=True)
class Fitted:
    """An example as it is asked, its passage perhaps cut, and what that did."""

    example: Example
    fit: Fit


def fitted(examples: Sequence[Example], excess: Callable[[Example], int], policy: TooLong, where: str) -> list[Fitted]:
    """Every example in a form that fits, in order; what does not fit in any form is marked as skipped.

    Args:
        examples: what is to be asked.
        excess: tokens by which an example's prompt and its longest answer exceed the window; 0 or less if it fits.
        policy: what becomes of those that exceed it. Cutting shortens the passage from its end, never the instruction
            or the question; an example without a passage cannot be cut.
        where: benchmark, language and model, for the error.

    Raises:
        InputError: the policy is "error" and there are such examples, or none is left.
    """
    over = {example.id: tokens for example in examples if (tokens := excess(example)) > 0}
    if over and policy == "error":
        worst = max(over, key=over.__getitem__)
        raise InputError(
            f"{where}: {len(over)} of {len(examples)} prompts do not fit the model's window, {worst} by "
            f"{over[worst]} tokens; set evaluation.decoding.too_long to truncate-context or skip, or name "
            "a backbone of a longer window"
        )
    found = [_fit(example, excess, policy) if example.id in over else Fitted(example, "whole") for example in examples]
    if all(each.fit == "skipped" for each in found):
        raise InputError(f"{where}: no prompt fits the model's window; name a backbone of a longer one")
    return found


def _fit(example: Example, excess: Callable[[Example], int], policy: TooLong) -> Fitted:
    start, end = example.passage
    if policy == "truncate-context":
        passage = example.input[start:end]
        kept = _longest(example, _ends(passage, language(example.language).segmentation == "space"), excess)
        if kept is not None:
            lost = any(gold in passage for gold in example.references) and not any(
                gold in passage[:kept] for gold in example.references
            )
            return Fitted(_cut(example, kept), "gold-lost" if lost else "cut")
    return Fitted(example, "skipped")


def _cut(example: Example, kept: int) -> Example:
    """The example with the first `kept` code points of its passage."""
    start, end = example.passage
    return replace(example, input=example.input[: start + kept] + example.input[end:], passage=(start, start + kept))


def _ends(passage: str, spaced: bool) -> list[int]:
    """Where a passage may be cut: after a word, or in scripts without spaces after any character."""
    return [word.end() for word in re.finditer(r"\S+" if spaced else r"\S", passage)]


def _longest(example: Example, ends: Sequence[int], excess: Callable[[Example], int]) -> int | None:
    """The largest of the places to cut at which the example fits, None where there is none.

    Tokens grow with characters but for a few at the cut, so bisection finds a place that fits, and at most a word
    less than the largest.
    """
    low, high = -1, len(ends)  # low fits, if it is not -1; high does not
    while high - low > 1:
        middle = (low + high) // 2
        if excess(_cut(example, ends[middle])) > 0:
            high = middle
        else:
            low = middle
    return ends[low] if low >= 0 else None
