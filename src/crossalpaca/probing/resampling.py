"""Bootstrap over sentences of sums of many statistics at once, and over a model's seeds where it has several.

It draws as `evaluation.intervals.estimate` does, sentence by sentence, so that the interval of a mean is the same; but
what is resampled are sums, from which any score can be made, and one draw serves all layers and directions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from crossalpaca.evaluation.intervals import RESAMPLES, drawn_runs

Floats = npt.NDArray[np.float64]

_DRAWS_AT_ONCE = 1_000_000  # bounds the memory for many sentences


@dataclass(frozen=True, slots=True)
class Resampled:
    """Sums over drawn sentences.

    Attributes:
        sums: [resamples, columns].
        shares: [resamples, runs], how much each run counts: drawn too where there are several, else 1.
    """

    sums: Floats
    shares: Floats


def resample(statistics: npt.NDArray[Any], runs: int, seed: int) -> Resampled:
    """Draws sentences with replacement, and as many runs as there are apart from them.

    Args:
        statistics: [sentences, columns], what is summed.
        runs: how many seeds the model has.
        seed: of the resampling.
    """
    n = len(statistics)
    values = statistics.astype(np.float64)
    generator = np.random.default_rng(seed)
    block = max(1, _DRAWS_AT_ONCE // n)
    sums, shares = [], []
    for start in range(0, RESAMPLES, block):
        rows = min(block, RESAMPLES - start)
        drawn = generator.integers(0, n, size=(rows, n)) + n * np.arange(rows)[:, None]
        times = np.bincount(drawn.ravel(), minlength=rows * n).reshape(rows, n)
        sums.append(times @ values)
        shares.append(drawn_runs(runs, rows, generator))
    return Resampled(np.concatenate(sums), np.concatenate(shares))
