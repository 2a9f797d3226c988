"""The sample is a bottom-k sketch: it depends on what is there, never on how it comes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossalpaca.demonstrations.distinct import Distinct
from crossalpaca.demonstrations.sample import BottomK, PairSketch, pair_priority
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


# Pairs in bulk

# priority, corpus, line; the texts follow from the priority
ROWS = st.lists(st.tuples(KEY, st.sampled_from("ab"), st.integers(1, 5)), max_size=40)
FEW = st.integers(0, 5)  # less than there are different rows, so that equal ones compete with others for a place
Row = tuple[int, str, int]


def pair_table(rows: list[Row]) -> pl.DataFrame:
    schema = {"priority": pl.UInt64, "corpus": pl.String, "line": pl.UInt64, "en": pl.String, "x": pl.String}
    return pl.DataFrame([(*row, f"en {row[0]}", f"x {row[0]}") for row in rows], schema=schema, orient="row")


def pair_sketch(parts: list[list[Row]], k: int) -> PairSketch:
    made = PairSketch(k)
    for part in parts:
        made.add(pair_table(part))
    return made


def kept(made: PairSketch) -> list[Row]:
    return [row[:3] for row in made.kept.rows()]


def smallest(rows: list[Row], k: int) -> list[Row]:
    return [(key, *first) for key, first, _ in by_definition([(r[0], r[1:], 0) for r in rows], k)]


@given(rows=ROWS, k=FEW, data=st.data())
def test_pairs_are_sketched_alike_in_any_order_and_any_batches(rows: list[Row], k: int, data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(rows))
    cut = data.draw(st.integers(0, len(rows)))
    expected = smallest(rows, k)
    assert kept(pair_sketch([shuffled], k)) == expected
    assert kept(pair_sketch([shuffled[:cut], shuffled[cut:]], k)) == expected
    assert kept(pair_sketch([[row] for row in shuffled], k)) == expected


@given(parts=st.lists(ROWS, min_size=1, max_size=4), k=FEW, data=st.data())
def test_sketches_of_parts_merge_to_that_of_the_whole(parts: list[list[Row]], k: int, data: st.DataObject) -> None:
    first, *others = data.draw(st.permutations([pair_sketch([part], k) for part in parts]))
    for other in others:
        first.add(other.kept)
    assert kept(first) == smallest([row for part in parts for row in part], k)


def bulk_priorities(seed: int, pairs: list[tuple[str, str]]) -> list[int]:
    table = pl.DataFrame(pairs, schema={"en": pl.String, "x": pl.String}, orient="row")
    return table.select(pair_priority(seed))["priority"].to_list()


@pytest.mark.parametrize(
    ("seed", "pair", "value"),
    [
        (42, ("Good morning.", "Guten Morgen."), 11083193490265092428),
        (43, ("Good morning.", "Guten Morgen."), 2169953885173247210),
        (42, ("Guten Morgen.", "Good morning."), 9965317599827407753),
        (42, ("Peace", "\u548c\u5e73"), 18019154339433830076),
        (42, ("Peace", "\u0633\u0644\u0627\u0645"), 15922631722111819748),
        (0, ("", ""), 17344033692578230146),
    ],
)
def test_priorities_of_pairs_never_change(seed: int, pair: tuple[str, str], value: int) -> None:
    assert bulk_priorities(seed, [pair]) == [value]


@given(seed=st.integers(0), pairs=st.lists(st.tuples(st.text(), st.text()), max_size=4))
def test_priorities_of_pairs_are_those_of_the_standard_library(seed: int, pairs: list[tuple[str, str]]) -> None:
    digests = [hashlib.sha256("\x1f".join((str(seed), *pair)).encode()).digest() for pair in pairs]
    assert bulk_priorities(seed, pairs) == [int.from_bytes(digest[:8], "big") for digest in digests]


@given(parts=st.lists(st.lists(KEY, max_size=30), max_size=6))
def test_what_was_seen_before_is_not_new(parts: list[list[int]]) -> None:
    seen = Distinct()
    known: set[int] = set()
    for part in parts:
        new = seen.add(np.array(part, dtype=np.uint64))
        for value, is_new in zip(part, new.tolist(), strict=True):
            assert is_new == (value not in known)
            known.add(value)
