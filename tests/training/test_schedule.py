"""The schedule deals whole passes, decided by seed and ids before training begins."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossalpaca.training.encoding import Encoded
from crossalpaca.training.recipe import Recipe
from crossalpaca.training.schedule import held_out, schedule

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


def of_length(lengths: list[int]) -> list[Encoded]:
    return [Encoded(f"d{n}", (1, n, *[2] * length), 1) for n, length in enumerate(lengths)]


@given(lengths=st.lists(st.integers(1, 30), min_size=1, max_size=60), batch=BATCH, seed=SEED)
def test_grouped_by_length_steps_have_the_same_demonstrations_sorted(lengths: list[int], batch: int, seed: int) -> None:
    whole = of_length(lengths)
    recipe = Recipe(batch=batch, epochs=1)
    plain = schedule(whole, recipe, seed)
    grouped = schedule(whole, Recipe(batch=batch, epochs=1, group_by_length=True), seed)
    assert [len(step) for step in grouped] == [len(step) for step in plain]
    for start in range(0, len(plain), 50):
        part = [index for step in grouped[start : start + 50] for index in step]
        assert sorted(part) == sorted(index for step in plain[start : start + 50] for index in step)
        sizes = [len(whole[index].tokens) for index in part]
        assert sizes == sorted(sizes, reverse=True)


@given(
    contents=st.lists(st.integers(0, 9), max_size=40),
    count=st.integers(0, 40),
    less=st.integers(0, 40),
    seed=SEED,
    data=st.data(),
)
def test_what_is_held_out_is_chosen_by_content(
    contents: list[int], count: int, less: int, seed: int, data: st.DataObject
) -> None:
    whole = [Encoded(f"d{n}", (1, content), 1) for n, content in enumerate(contents)]
    kept, held = held_out(whole, count, seed)
    assert len({d.tokens for d in held}) == min(count, len(set(contents)))
    assert sorted(d.id for d in kept + held) == sorted(d.id for d in whole)
    assert {d.tokens for d in kept}.isdisjoint(d.tokens for d in held)
    smaller = {d.id for d in held_out(whole, min(less, count), seed)[1]}
    assert smaller <= {d.id for d in held}
    shuffled = data.draw(st.permutations(whole))
    assert {d.id for d in held_out(shuffled, count, seed)[1]} == {d.id for d in held}
