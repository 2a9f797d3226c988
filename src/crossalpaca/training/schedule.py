"""Which demonstrations an optimiser step sees: decided before training, so that a resumed run sees the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count, islice

from crossalpaca.hashing import priority
from crossalpaca.training.encoding import Encoded
from crossalpaca.training.recipe import Recipe


def schedule(encoded: Sequence[Encoded], recipe: Recipe, seed: int) -> list[list[int]]:
    """Indices into `encoded` for each optimiser step.

    Demonstrations are dealt from one pass after another, each in an order of its own that depends on seed, pass and
    ids alone; every step has `batch` of them, the last one what is left.
    """
    steps = recipe.total_steps(len(encoded))
    total = steps * recipe.batch if recipe.steps else recipe.epochs * len(encoded)
    dealt = list(islice(_passes(encoded, seed), total))
    return [dealt[start : start + recipe.batch] for start in range(0, total, recipe.batch)]


def _passes(encoded: Sequence[Encoded], seed: int) -> Iterator[int]:
    for number in count():
        priorities = [priority(seed, f"pass {number}", demonstration.id) for demonstration in encoded]
        yield from sorted(range(len(encoded)), key=priorities.__getitem__)
