"""The schedule deals whole passes, decided by seed and ids before training begins."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossalpaca.training.encoding import Encoded
from crossalpaca.training.recipe import Recipe
from crossalpaca.training.schedule import schedule

COUNT, BATCH, EPOCHS, STEPS, SEED = (
    st.integers(1, 30),
    st.integers(1, 12),
    st.integers(1, 4),
    st.integers(1, 20),
    st.integers(0, 2**32),
)


def encoded(count: int) -> list[Encoded]:
    return [Encoded(f"d{n}", (1, 2), 1) for n in range(count)]


@given(count=COUNT, batch=BATCH, epochs=EPOCHS, seed=SEED)
def test_epochs_deal_every_demonstration_as_often_as_there_are_passes(
    count: int, batch: int, epochs: int, seed: int
) -> None:
    steps = schedule(encoded(count), Recipe(batch=batch, epochs=epochs), seed)
    dealt = [index for step in steps for index in step]
    assert Counter(dealt) == dict.fromkeys(range(count), epochs)
    for number in range(epochs):
        assert sorted(dealt[number * count : (number + 1) * count]) == list(range(count))


@given(count=COUNT, batch=BATCH, epochs=EPOCHS, seed=SEED)
def test_all_steps_but_the_last_are_full(count: int, batch: int, epochs: int, seed: int) -> None:
    recipe = Recipe(batch=batch, epochs=epochs)
    steps = schedule(encoded(count), recipe, seed)
    assert len(steps) == recipe.total_steps(count)
    assert {len(step) for step in steps[:-1]} <= {batch}
    assert 0 < len(steps[-1]) <= batch


@given(count=COUNT, batch=BATCH, number=STEPS, seed=SEED)
def test_a_number_of_steps_deals_exactly_as_many_full_ones(count: int, batch: int, number: int, seed: int) -> None:
    steps = schedule(encoded(count), Recipe(batch=batch, steps=number, epochs=3), seed)
    assert [len(step) for step in steps] == [batch] * number
    times = Counter(index for step in steps for index in step)
    assert max(times.values()) - min(times.get(index, 0) for index in range(count)) <= 1


@given(count=COUNT, batch=BATCH, number=STEPS, more=STEPS, seed=SEED)
def test_a_shorter_training_begins_as_a_longer_one(count: int, batch: int, number: int, more: int, seed: int) -> None:
    short = schedule(encoded(count), Recipe(batch=batch, steps=number), seed)
    long = schedule(encoded(count), Recipe(batch=batch, steps=number + more), seed)
    assert long[:number] == short


@given(count=COUNT, batch=BATCH, seed=SEED, data=st.data())
def test_what_is_dealt_depends_on_ids_and_not_on_their_order(
    count: int, batch: int, seed: int, data: st.DataObject
) -> None:
    given_order, recipe = encoded(count), Recipe(batch=batch, epochs=2)
    shuffled = data.draw(st.permutations(given_order))
    one = [[given_order[index].id for index in step] for step in schedule(given_order, recipe, seed)]
    other = [[shuffled[index].id for index in step] for step in schedule(shuffled, recipe, seed)]
    assert one == other


def test_passes_and_seeds_have_orders_of_their_own() -> None:
    recipe = Recipe(batch=50, epochs=2)
    first, second = schedule(encoded(50), recipe, 1)
    assert first != second
    assert schedule(encoded(50), recipe, 2)[0] != first


def test_the_schedule_never_changes() -> None:
    assert schedule(encoded(6), Recipe(batch=4, epochs=1), 42) == [[1, 2, 4, 0], [3, 5]]


@pytest.mark.parametrize(
    ("recipe", "demonstrations", "steps"),
    [
        (Recipe(batch=16, epochs=1), 160, 10),
        (Recipe(batch=16, epochs=1), 161, 11),
        (Recipe(batch=16, epochs=3), 10, 2),
        (Recipe(batch=16, epochs=3, steps=7), 10, 7),
        (Recipe(batch=16), 1, 1),
    ],
)
def test_steps_are_counted_before_training(recipe: Recipe, demonstrations: int, steps: int) -> None:
    assert recipe.total_steps(demonstrations) == steps
