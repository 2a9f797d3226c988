"""Resampled sums are drawn as the project's intervals are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossalpaca.evaluation.intervals import RESAMPLES, estimate, percentiles
from crossalpaca.probing import resampling
from crossalpaca.probing.resampling import resample


@settings(max_examples=15)
@given(seed=st.integers(0, 99), n=st.integers(2, 600), runs=st.integers(1, 3))
def test_the_interval_of_a_mean_is_that_of_scores(seed: int, n: int, runs: int) -> None:
    values = np.random.default_rng(seed).integers(0, 2, size=(n, runs))
    drawn = resample(values, runs, seed)
    found = percentiles((drawn.sums * drawn.shares).sum(axis=1) / n)
    expected = estimate(values.T.tolist(), [f"{number:04}" for number in range(n)], seed)
    assert found == pytest.approx(expected.interval)


def test_many_sentences_are_drawn_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resampling, "_DRAWS_AT_ONCE", 300)
    drawn = resample(np.ones((100, 2)), 1, 0)
    assert drawn.sums.shape == (RESAMPLES, 2)
    assert (drawn.sums == 100).all()
