"""Means and their bootstrap intervals over passages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossalpaca.evaluation.intervals import Estimate, estimate

SHARE = st.floats(0, 1, allow_subnormal=False)
ITEMS = st.lists(st.tuples(SHARE | st.sampled_from([0.0, 1.0]), st.sampled_from("abcdefgh")), min_size=1, max_size=40)
Items = list[tuple[float, str]]


def of(items: Items, seed: int = 42) -> Estimate:
    return estimate([[value for value, _ in items]], [cluster for _, cluster in items], seed)


@given(items=ITEMS, seed=st.integers(0, 2**32))
def test_the_same_items_and_seed_give_the_same_estimate(items: Items, seed: int) -> None:
    assert of(items, seed) == of(items, seed)


@given(value=st.floats(-100, 100), clusters=st.lists(st.sampled_from("abcd"), min_size=1, max_size=30))
def test_equal_values_give_an_interval_without_width(value: float, clusters: list[str]) -> None:
    found = estimate([[value] * len(clusters)], clusters, 42)
    assert found.value == pytest.approx(value)
    assert found.interval == pytest.approx((value, value))


@given(items=ITEMS)
def test_the_interval_contains_the_mean(items: Items) -> None:
    found = of(items)
    assert found.interval[0] - 1e-9 <= found.value <= found.interval[1] + 1e-9


@given(items=ITEMS)
def test_the_interval_lies_within_the_values(items: Items) -> None:
    values = [value for value, _ in items]
    low, high = of(items).interval
    assert min(values) - 1e-9 <= low <= high <= max(values) + 1e-9


@given(items=ITEMS)
def test_the_value_is_the_mean_over_items_and_both_counts_are_told(items: Items) -> None:
    found = of(items)
    assert found.value == pytest.approx(sum(value for value, _ in items) / len(items))
    assert (found.items, found.clusters) == (len(items), len({cluster for _, cluster in items}))


@given(items=ITEMS, data=st.data())
def test_the_order_of_items_does_not_matter(items: Items, data: st.DataObject) -> None:
    one, other = of(items), of(data.draw(st.permutations(items)))
    assert (one.value, *one.interval) == pytest.approx((other.value, *other.interval))


@given(items=ITEMS, shift=st.floats(-10, 10), factor=st.floats(0.1, 10))
def test_the_interval_moves_and_stretches_with_the_values(items: Items, shift: float, factor: float) -> None:
    one, other = of(items), of([(value * factor + shift, cluster) for value, cluster in items])
    expected = [number * factor + shift for number in (one.value, *one.interval)]
    assert [other.value, *other.interval] == pytest.approx(expected, abs=1e-9)


def test_questions_of_one_passage_count_as_one_draw() -> None:
    values = [1.0] * 50 + [0.0] * 50
    independent = estimate([values], [str(n) for n in range(100)], 42)
    clustered = estimate([values], [str(n // 10) for n in range(100)], 42)
    width = [found.interval[1] - found.interval[0] for found in (independent, clustered)]
    assert width[1] > 2 * width[0]


def test_the_interval_is_near_the_one_of_theory() -> None:
    low, high = estimate([[1.0] * 200 + [0.0] * 200], [str(n) for n in range(400)], 42).interval
    assert (low, high) == pytest.approx((0.5 - 1.96 * 0.025, 0.5 + 1.96 * 0.025), abs=0.006)


def test_the_seed_is_that_of_the_resampling() -> None:
    items: Items = [(float(n % 7), str(n)) for n in range(50)]
    assert of(items, 1).value == of(items, 2).value
    assert of(items, 1).interval != of(items, 2).interval


@given(items=ITEMS, shift=st.floats(-1, 1), seed=st.integers(0, 2**32))
def test_the_value_over_runs_is_the_mean_of_theirs_and_lies_in_the_interval(
    items: Items, shift: float, seed: int
) -> None:
    clusters = [cluster for _, cluster in items]
    runs = [[value for value, _ in items], [value + shift for value, _ in items]]
    found = estimate(runs, clusters, seed)
    assert found.value == pytest.approx(sum(estimate([run], clusters, seed).value for run in runs) / 2)
    assert found.interval[0] - 1e-9 <= found.value <= found.interval[1] + 1e-9


@given(items=ITEMS)
def test_runs_that_agree_have_the_interval_of_one_up_to_the_draw(items: Items) -> None:
    values, clusters = [value for value, _ in items], [cluster for _, cluster in items]
    one, three = estimate([values], clusters, 42), estimate([values] * 3, clusters, 42)
    assert three.value == pytest.approx(one.value)
    width = one.interval[1] - one.interval[0]
    assert three.interval == pytest.approx(one.interval, abs=0.2 * width + 1e-9)


def test_runs_that_disagree_widen_the_interval() -> None:
    clusters = [str(n) for n in range(200)]
    alike = estimate([[n % 2 for n in range(200)]] * 3, clusters, 42)
    apart = estimate([[n % 2 + shift for n in range(200)] for shift in (-0.3, 0.0, 0.3)], clusters, 42)
    assert apart.value == pytest.approx(alike.value)
    assert apart.interval[1] - apart.interval[0] > 2 * (alike.interval[1] - alike.interval[0])
