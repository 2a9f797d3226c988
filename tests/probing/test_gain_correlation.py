"""Correlations over few cells."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from crossalpaca.probing.correlation import COEFFICIENTS, Cells, Coefficient, correlation

OFFICIAL = {"spearman": stats.spearmanr, "pearson": stats.pearsonr}


def cells(seed: int, n: int, slope: float = 1.0) -> Cells:
    drawn = np.random.default_rng(seed)
    first = drawn.integers(0, 6, size=n).astype(float)  # with ties
    second = slope * first + drawn.normal(size=n)
    return Cells(first.tolist(), second.tolist(), [str(number) for number in range(n)])


@settings(max_examples=20)
@given(seed=st.integers(0, 999), n=st.integers(5, 40), coefficient=st.sampled_from(COEFFICIENTS))
def test_the_coefficient_is_scipy_s(seed: int, n: int, coefficient: Coefficient) -> None:
    known = cells(seed, n)
    expected = OFFICIAL[coefficient](known.first, known.second)[0]
    found = correlation(known, coefficient, 0).value
    assert (found is None and np.isnan(expected)) or found == pytest.approx(expected)


@pytest.mark.parametrize("coefficient", COEFFICIENTS)
def test_the_interval_holds_the_value_and_is_the_same_every_time(coefficient: Coefficient) -> None:
    found = correlation(cells(1, 30), coefficient, 7)
    assert found.value is not None
    assert found.interval is not None
    assert found.interval[0] < found.value < found.interval[1]
    assert found == correlation(cells(1, 30), coefficient, 7)


def test_under_four_cells_there_is_none() -> None:
    assert correlation(cells(1, 3), "spearman", 0).value is None


def test_cells_that_are_alike_have_none() -> None:
    found = correlation(Cells([1.0] * 5, [1.0, 2.0, 3.0, 4.0, 5.0], list("abcde")), "pearson", 0)
    assert (found.value, found.interval) == (None, None)


def test_cells_that_share_a_gain_say_no_more_than_one() -> None:
    one = cells(3, 8)
    many = Cells([*one.first] * 4, [*one.second] * 4, [*one.groups] * 4)
    apart = Cells(many.first, many.second, [str(number) for number in range(32)])
    once, shared, alone = (correlation(each, "pearson", 0) for each in (one, many, apart))
    assert once.value == pytest.approx(shared.value)
    assert once.interval == pytest.approx(shared.interval)
    assert shared.interval is not None
    assert alone.interval is not None
    assert shared.interval[1] - shared.interval[0] > alone.interval[1] - alone.interval[0]
