"""Prefix trees hold every sequence, each distinct prefix once, and let a token see its own past alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossalpaca.prefix_tree import Forest, common_prefix, pack

# few tokens, so that prefixes are shared, and sequences that repeat or continue each other
SEQUENCES = st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=8).map(tuple), max_size=12)
CAPACITY = st.integers(1, 40)

Sequences = list[tuple[int, ...]]


def ancestors(forest: Forest, node: int) -> list[int]:
    """The path from the root to the node, by parents alone."""
    path = []
    while node >= 0:
        path.append(node)
        node = forest.parents[node]
    return path[::-1]


@given(sequences=SEQUENCES, capacity=CAPACITY)
def test_every_sequence_is_the_tokens_along_its_ancestors(sequences: Sequences, capacity: int) -> None:
    placed = {}
    for forest in pack(sequences, capacity):
        for index, path in forest.members.items():
            assert ancestors(forest, path[-1]) == path
            assert index not in placed
            placed[index] = tuple(forest.tokens[node] for node in path)
    assert placed == dict(enumerate(sequences))


@given(sequences=SEQUENCES, capacity=CAPACITY)
def test_a_mask_shows_each_token_its_ancestors_and_itself(sequences: Sequences, capacity: int) -> None:
    for forest in pack(sequences, capacity):
        mask = forest.mask()
        assert mask.shape == (len(forest.tokens), len(forest.tokens))
        assert mask.dtype == np.bool_
        for node in range(len(forest.tokens)):
            assert np.flatnonzero(mask[node]).tolist() == ancestors(forest, node)


@given(sequences=SEQUENCES, capacity=CAPACITY)
def test_a_token_sits_at_its_own_depth_after_its_parent(sequences: Sequences, capacity: int) -> None:
    for forest in pack(sequences, capacity):
        for node, (parent, depth) in enumerate(zip(forest.parents, forest.depths, strict=True)):
            assert parent < node
            assert depth == len(ancestors(forest, node)) - 1


@given(sequences=SEQUENCES, capacity=CAPACITY)
def test_each_distinct_prefix_stands_once(sequences: Sequences, capacity: int) -> None:
    for forest in pack(sequences, capacity):
        own = [sequences[index] for index in forest.members]
        prefixes = [tuple(forest.tokens[n] for n in ancestors(forest, node)) for node in range(len(forest.tokens))]
        assert sorted(prefixes) == sorted({tuple(s[:length]) for s in own for length in range(1, len(s) + 1)})


@given(sequences=SEQUENCES, capacity=CAPACITY)
def test_a_forest_keeps_to_its_capacity_unless_one_sequence_is_longer(sequences: Sequences, capacity: int) -> None:
    for forest in pack(sequences, capacity):
        assert forest.members
        assert len(forest.tokens) <= capacity or len(forest.members) == 1


@given(sequences=SEQUENCES)
def test_all_is_one_forest_where_there_is_room(sequences: Sequences) -> None:
    assert len(list(pack(sequences, 1000))) == bool(sequences)


@given(sequences=SEQUENCES, capacity=CAPACITY, data=st.data())
def test_what_is_computed_does_not_depend_on_order(sequences: Sequences, capacity: int, data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(sequences))
    assert [f.tokens for f in pack(shuffled, capacity)] == [f.tokens for f in pack(sequences, capacity)]


def test_a_shared_beginning_is_computed_once() -> None:
    (forest,) = pack([(1, 2, 3, 4), (1, 2, 3, 5), (1, 2, 6)], 100)
    assert forest.tokens == [1, 2, 3, 4, 5, 6]
    assert forest.parents == [-1, 0, 1, 2, 2, 1]
    assert forest.depths == [0, 1, 2, 3, 3, 2]


def test_sequences_of_any_kind_are_packed_alike() -> None:
    lists, tuples = list(pack([[1, 2], [1]], 10)), list(pack([(1, 2), (1,)], 10))
    assert lists == tuples


@pytest.mark.parametrize(
    ("first", "second", "length"),
    [
        ((), (), 0),
        ((1,), (), 0),
        ((1, 2), (1, 2), 2),
        ((1, 2), (1, 2, 3), 2),
        ((1, 2, 3), (1, 4, 3), 1),
        ((2,), (1,), 0),
    ],
)
def test_a_common_prefix_ends_at_the_first_difference(
    first: tuple[int, ...], second: tuple[int, ...], length: int
) -> None:
    assert common_prefix(first, second) == common_prefix(second, first) == length
