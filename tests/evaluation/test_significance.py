"""Tests of paired differences: against scipy's and published values, and calibrated on simulated data."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from crossalpaca.evaluation.intervals import estimate
from crossalpaca.evaluation.significance import holm, mcnemar, paired_test, permutation


@given(st.integers(0, 200), st.integers(0, 200))
def test_mcnemar_is_the_binomial_test_of_a_fair_coin(wins: int, losses: int) -> None:
    expected = stats.binomtest(wins, wins + losses).pvalue if wins + losses else 1.0
    assert mcnemar(wins, losses) == pytest.approx(expected, rel=1e-9)
    assert mcnemar(wins, losses) == mcnemar(losses, wins)


def test_the_test_follows_from_the_data() -> None:
    assert paired_test([1.0, 0.0, -1.0], ["a", "b", "c"], 1)[1] == "mcnemar"
    assert paired_test([1.0, 0.0, -1.0], ["a", "a", "c"], 1)[1] == "permutation"
    assert paired_test([0.5, 0.0, -1.0], ["a", "b", "c"], 1)[1] == "permutation"


def test_no_difference_has_p_value_one() -> None:
    assert permutation([0.0] * 8, list("abcdefgh"), 1) == 1.0
    assert mcnemar(0, 0) == 1.0


def test_permutation_agrees_with_all_sign_flips_where_they_can_be_counted() -> None:
    gaps = [0.9, 0.4, -0.3, 0.8, 0.1, 0.7, -0.2, 0.5]
    flips = np.array(np.meshgrid(*[[-1, 1]] * len(gaps))).reshape(len(gaps), -1).T
    exact = float((np.abs(flips @ np.array(gaps)) >= abs(sum(gaps)) - 1e-12).mean())
    assert permutation(gaps, list("abcdefgh"), 7) == pytest.approx(exact, abs=0.015)


def test_items_of_one_passage_count_as_one() -> None:
    alone = permutation([1.0] * 6, list("abcdef"), 3)
    together = permutation([1.0] * 6, ["a"] * 6, 3)
    assert alone < 0.05
    assert together == 1.0


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_holm_keeps_the_order_and_never_lowers_a_p_value(values: list[float]) -> None:
    adjusted = holm(values)
    assert all(a >= p and a <= 1 for a, p in zip(adjusted, values, strict=True))
    assert holm([values[0]]) == [values[0]]
    ranked = [a for _, a in sorted(zip(values, adjusted, strict=True))]
    assert ranked == sorted(ranked)


def test_the_interval_covers_the_truth_as_often_as_it_says_with_clusters() -> None:
    generator = np.random.default_rng(20)
    covered = 0
    for draw in range(1000):
        sizes = generator.integers(1, 9, size=100)
        passages = generator.normal(0.0, 0.3, size=100)
        values = np.concatenate(
            [0.1 + shift + generator.normal(0, 0.5, n) for shift, n in zip(passages, sizes, strict=True)]
        )
        clusters = [str(i) for i, n in enumerate(sizes) for _ in range(n)]
        low, high = estimate([values.tolist()], clusters, draw).interval
        covered += low <= 0.1 <= high
    assert 930 <= covered <= 970
