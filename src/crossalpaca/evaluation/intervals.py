"""Means and paired differences with 95% intervals from a bootstrap over clusters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_Floats = NDArray[np.float64]
_Indices = NDArray[np.int64]

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


def estimate(runs: Sequence[Sequence[float]], clusters: Sequence[str], seed: int) -> Estimate:
    """Mean of item values with a cluster bootstrap: whole passages are drawn with replacement, since the questions of
    one passage are not independent. For paired differences, pass the differences.

    Where there are several runs (seeds), these are drawn with replacement too, apart from the passages: the interval is
    then one for other passages and other seeds. Drawing both ways errs on the wide side (Owen 2007, The pigeonhole
    bootstrap).

    Args:
        runs: for each run one number an item, at least one.
        clusters: the cluster of each item.
        seed: of the resampling.
    """
    names, index = np.unique(np.asarray(clusters, dtype=object).astype(str), return_inverse=True)
    sums = np.array([np.bincount(index, weights=np.asarray(run, dtype=float)) for run in runs])
    sizes = np.bincount(index).astype(float)
    mean = float(sums.mean(axis=0).sum() / sizes.sum())
    generator = np.random.default_rng(seed)
    means: list[float] = []
    block = max(1, _DRAWS_AT_ONCE // len(names))
    for start in range(0, RESAMPLES, block):
        drawn = generator.integers(0, len(names), size=(min(block, RESAMPLES - start), len(names)))
        means.extend(_drawn_sums(sums, drawn, generator) / sizes[drawn].sum(axis=1))
    return Estimate(mean, percentiles(means), len(clusters), len(names))


def _drawn_sums(sums: _Floats, drawn: _Indices, generator: np.random.Generator) -> _Floats:
    """Sums over drawn clusters, of the mean of as many drawn runs.

    Args:
        sums: of each cluster in each run, runs by clusters.
        drawn: clusters, draws by clusters.
        generator: of the runs that are drawn.
    """
    weights = drawn_runs(len(sums), len(drawn), generator)
    return np.asarray((weights * sums[:, drawn].sum(axis=2).T).sum(axis=1))


def drawn_runs(runs: int, draws: int, generator: np.random.Generator) -> _Floats:
    """How much each run counts in each draw, draws by runs: as many are drawn as there are; a single one is not."""
    if runs == 1:
        return np.ones((draws, 1))
    picked = generator.integers(0, runs, size=(draws, runs))
    return np.stack([(picked == run).mean(axis=1) for run in range(runs)], axis=1)


def percentiles(resampled: _Floats | Sequence[float]) -> tuple[float, float]:
    """The ends of the 95% interval of resampled values."""
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(np.asarray(resampled), [tail, 1 - tail])
    return float(low), float(high)
