"""The sample is a bottom-k sketch: it depends on what is there, never on how it comes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossalpaca.demonstrations.sample import BottomK
from crossalpaca.hashing import priority

# (priority, tie-break); few values, so that both come twice, and large ones, as real hashes are
KEY = st.integers(0, 12) | st.integers(2**64 - 3, 2**64 - 1)
ITEMS = st.lists(st.tuples(KEY, st.integers(0, 5)), max_size=40)
SIZE = st.integers(0, 20)

Key = tuple[int, int]


def bottom_k(keyed: Iterable[tuple[int, Any, Any]], k: int) -> list[Any]:
    made: BottomK[Any] = BottomK(k)
    for key, tie_break, item in keyed:
        made.add(key, tie_break, item)
    return made.items()


def sketch(items: list[Key], k: int) -> BottomK[Key]:
    made: BottomK[Key] = BottomK(k)
    for item in items:
        made.add(item[0], item[1], item)
    return made


def by_definition(items: list[Key], k: int) -> list[Key]:
    smallest: dict[int, Key] = {}
    for item in sorted(items):
        smallest.setdefault(item[0], item)
    return list(smallest.values())[:k]


@given(items=ITEMS, k=SIZE, data=st.data())
def test_the_sample_is_the_first_k_of_the_sorted_distinct_items_in_any_order(
    items: list[Key], k: int, data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(items))
    assert sketch(shuffled, k).items() == by_definition(items, k)
    assert bottom_k([(item[0], item[1], item) for item in shuffled], k) == by_definition(items, k)


@given(parts=st.lists(ITEMS, min_size=1, max_size=5), k=SIZE, data=st.data())
def test_any_split_merged_in_any_order_equals_the_whole(parts: list[list[Key]], k: int, data: st.DataObject) -> None:
    whole = sketch([item for part in parts for item in part], k)
    first, *others = data.draw(st.permutations([sketch(part, k) for part in parts]))
    for other in others:
        first.merge(other)
    assert first.items() == whole.items()


@given(items=ITEMS, k=SIZE, more=SIZE)
def test_a_smaller_sample_is_a_prefix_of_a_larger_one(items: list[Key], k: int, more: int) -> None:
    small, large = sketch(items, k).items(), sketch(items, k + more).items()
    assert large[: len(small)] == small
    assert len(small) == min(k, len(large))


@given(items=ITEMS, k=SIZE, times=st.integers(2, 4))
def test_duplicates_collapse(items: list[Key], k: int, times: int) -> None:
    assert sketch(items * times, k).items() == sketch(items, k).items()


@given(items=ITEMS, k=SIZE)
def test_an_item_is_told_a_duplicate_exactly_when_its_equal_is_kept(items: list[Key], k: int) -> None:
    made: BottomK[Key] = BottomK(k)
    for number, item in enumerate(items):
        kept = {key for key, _ in by_definition(items[:number], k)}
        assert made.add(item[0], item[1], item) == (item[0] in kept)


@given(items=ITEMS, k=SIZE)
def test_items_can_be_asked_for_twice(items: list[Key], k: int) -> None:
    made = sketch(items, k)
    assert made.items() == made.items()


def test_of_equal_items_the_one_with_the_smaller_tie_break_stays() -> None:
    assert bottom_k([(7, "b", "second"), (7, "a", "first"), (7, "c", "third")], 1) == ["first"]


def test_a_sample_of_none_is_empty() -> None:
    made: BottomK[str] = BottomK(0)
    assert made.add(1, "a", "item") is False
    assert made.items() == []


@pytest.mark.parametrize(
    ("seed", "content", "value"),
    [
        (0, (), 9523843951405948789),
        (42, ("Good morning.", "Guten Morgen."), 2219494794006574055),
        (43, ("Good morning.", "Guten Morgen."), 8421272282824336605),
        (42, ("Guten Morgen.", "Good morning."), 6299771719606169856),
        (42, ("direction", "Good morning.", "Guten Morgen."), 5506791522136107012),
        (42, ("Peace", "\u548c\u5e73"), 4846415787882424876),
        (42, ("Peace", "\u0633\u0644\u0627\u0645"), 8419714482842361647),
    ],
)
def test_priorities_never_change(seed: int, content: tuple[str, ...], value: int) -> None:
    assert priority(seed, *content) == value


@given(seed=st.integers(0), first=st.text(), second=st.text())
def test_a_priority_has_64_bits(seed: int, first: str, second: str) -> None:
    assert 0 <= priority(seed, first, second) < 2**64


def test_a_sample_of_sentence_pairs_never_changes() -> None:
    pairs = [(f"Sentence number {n}.", f"Satz Nummer {n}.") for n in range(1000)]
    drawn = bottom_k(((priority(42, *pair), "", pair[0]) for pair in pairs), 5)
    assert drawn == [f"Sentence number {n}." for n in (105, 459, 484, 859, 212)]
