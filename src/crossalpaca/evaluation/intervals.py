"""Means and paired differences with 95% intervals from a bootstrap over clusters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

RESAMPLES = 2000
LEVEL = 0.95
_DRAWS_AT_ONCE = 1_000_000  # bounds the memory for large benchmarks


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over items.

    Attributes:
        value: the mean.
        interval: 95% percentile interval.
        items, clusters: how many of each it rests on.
    """

    value: float
    interval: tuple[float, float]
    items: int
    clusters: int


def estimate(values: Sequence[float], clusters: Sequence[str], seed: int) -> Estimate:
    """Mean of item values with a cluster bootstrap: whole passages are drawn with replacement, since the questions of
    one passage are not independent. For paired differences, pass the differences.

    Args:
        values: one number an item, at least one.
        clusters: the cluster of each item.
        seed: of the resampling.
    """
    names, index = np.unique(np.asarray(clusters, dtype=object).astype(str), return_inverse=True)
    sums = np.bincount(index, weights=np.asarray(values, dtype=float))
    sizes = np.bincount(index).astype(float)
    mean = float(sums.sum() / sizes.sum())
    generator = np.random.default_rng(seed)
    means: list[float] = []
    block = max(1, _DRAWS_AT_ONCE // len(names))
    for start in range(0, RESAMPLES, block):
        drawn = generator.integers(0, len(names), size=(min(block, RESAMPLES - start), len(names)))
        means.extend(sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1))
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    return Estimate(mean, (float(low), float(high)), len(values), len(names))
