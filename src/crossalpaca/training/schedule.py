"""Which demonstrations an optimiser step sees: decided before training, so that a resumed run sees the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count, islice

from crossalpaca.hashing import priority
from crossalpaca.training.encoding import Encoded
from crossalpaca.training.recipe import Recipe

_GROUPED = 50  # steps that are sorted by length together


def schedule(encoded: Sequence[Encoded], recipe: Recipe, seed: int) -> list[list[int]]:
    """Indices into `encoded` for each optimiser step.

    Demonstrations are dealt from one pass after another, each in an order of its own that depends on seed, pass and
    ids alone; every step has `batch` of them, the last one what is left. Grouped by length, as transformers does it,
    each run of 50 steps is sorted by length before it is cut into steps.
    """
    steps = recipe.total_steps(len(encoded))
    total = steps * recipe.batch if recipe.steps else recipe.epochs * len(encoded)
    dealt = list(islice(_passes(encoded, seed), total))
    if recipe.group_by_length:
        size = _GROUPED * recipe.batch
        parts = [dealt[start : start + size] for start in range(0, total, size)]
        dealt = [i for part in parts for i in sorted(part, key=lambda i: -len(encoded[i].tokens))]
    return [dealt[start : start + recipe.batch] for start in range(0, total, recipe.batch)]


def held_out(encoded: Sequence[Encoded], count: int, seed: int) -> tuple[list[Encoded], list[Encoded]]:
    """Demonstrations to train on, and to validate on, both in order.

    Held out are `count` distinct ones, each with its copies: nothing is on both sides, and a smaller count is part of a
    larger one.
    """
    groups: dict[int, list[int]] = {}
    for index, demonstration in enumerate(encoded):
        content = priority(seed, "validation", " ".join(map(str, demonstration.tokens)))
        groups.setdefault(content, []).append(index)
    chosen = {index for content in sorted(groups)[:count] for index in groups[content]}
    kept = [demonstration for index, demonstration in enumerate(encoded) if index not in chosen]
    return kept, [encoded[index] for index in sorted(chosen)]


def _passes(encoded: Sequence[Encoded], seed: int) -> Iterator[int]:
    for number in count():
        priorities = [priority(seed, f"pass {number}", demonstration.id) for demonstration in encoded]
        yield from sorted(range(len(encoded)), key=priorities.__getitem__)
