"""Tests of paired differences, and their correction where several are read together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

Test = Literal["mcnemar", "permutation"]
PERMUTATIONS = 10_000
_BLOCK = 500  # permutations drawn at a time, which bounds the memory


def mcnemar(wins: int, losses: int) -> float:
    """Exact two-sided p-value of McNemar's test: under no difference each of the changed items is won or lost by a
    fair coin."""
    changed = wins + losses
    term = tail = 1
    for k in range(1, min(wins, losses) + 1):
        term = term * (changed - k + 1) // k
        tail += term
    return min(1.0, 2 * tail / (1 << changed))


def permutation(gaps: Sequence[float], clusters: Sequence[str], seed: int) -> float:
    """Two-sided p-value of a paired permutation test that swaps the two models passage by passage.

    Args:
        gaps: difference of each item.
        clusters: the passage of each item; items of one passage are swapped together.
        seed: of the random swaps.
    """
    _, index = np.unique(np.asarray(clusters, dtype=object).astype(str), return_inverse=True)
    sums = np.bincount(index, weights=np.asarray(gaps, dtype=float))
    observed = abs(sums.sum())
    generator = np.random.default_rng(seed)
    extreme = 0
    for _ in range(PERMUTATIONS // _BLOCK):
        signs = generator.integers(0, 2, size=(_BLOCK, len(sums)), dtype=np.int8) * 2 - 1
        extreme += int((np.abs(signs @ sums) >= observed - 1e-12).sum())
    return (extreme + 1) / (PERMUTATIONS + 1)


def paired_test(gaps: Sequence[float], clusters: Sequence[str], seed: int) -> tuple[float, Test]:
    """p-value of paired differences, and the test it is from: McNemar's where the items are independent and each is
    won, lost or tied as a whole, else the permutation of passages."""
    independent = len(set(clusters)) == len(clusters)
    if independent and all(gap in (-1.0, 0.0, 1.0) for gap in gaps):
        return mcnemar(sum(gap > 0 for gap in gaps), sum(gap < 0 for gap in gaps)), "mcnemar"
    return permutation(gaps, clusters, seed), "permutation"


def holm(p_values: Sequence[float]) -> list[float]:
    """p-values adjusted by Holm's step-down method, in the order given."""
    adjusted = [0.0] * len(p_values)
    running = 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        running = max(running, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = running
    return adjusted
