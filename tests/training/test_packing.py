"""Packed demonstrations learn exactly what they would learn one by one."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from crossalpaca.training.encoding import Encoded
from crossalpaca.training.packing import Row, pack_rows

Target = tuple[tuple[int, ...], int]


@st.composite
def demonstrations(draw: st.DrawFn) -> Encoded:
    prompt = draw(st.lists(st.integers(0, 2), min_size=1, max_size=6))
    completion = draw(st.lists(st.integers(0, 2), max_size=4))
    return Encoded(draw(st.text(max_size=3)), (*prompt, *completion, 9), len(prompt))


BATCH = st.lists(demonstrations(), max_size=12)
TOKENS = st.integers(1, 50)


def ancestors(row: Row, node: int) -> list[int]:
    path = []
    while node >= 0:
        path.append(node)
        node = row.forest.parents[node]
    return path[::-1]


def one_by_one(batch: list[Encoded]) -> Counter[Target]:
    """What is learnt without packing: after which tokens which token, and how often."""
    return Counter((d.tokens[:n], d.tokens[n]) for d in batch for n in range(d.completion_start, len(d.tokens)))


@given(batch=BATCH, row_tokens=TOKENS)
def test_targets_with_multiplicity_are_those_of_the_demonstrations_one_by_one(
    batch: list[Encoded], row_tokens: int
) -> None:
    packed: Counter[Target] = Counter()
    for row in pack_rows(batch, row_tokens):
        for (node, token), times in row.targets.items():
            packed[tuple(row.forest.tokens[n] for n in ancestors(row, node)), token] += times
    assert packed == one_by_one(batch)


@given(batch=BATCH, row_tokens=TOKENS)
def test_every_demonstration_is_whole_in_one_row(batch: list[Encoded], row_tokens: int) -> None:
    found: list[tuple[int, ...]] = []
    for row in pack_rows(batch, row_tokens):
        for path in row.forest.members.values():
            assert ancestors(row, path[-1]) == path
            found.append(tuple(row.forest.tokens[node] for node in path))
    assert sorted(found) == sorted(demonstration.tokens for demonstration in batch)


@given(batch=BATCH, row_tokens=TOKENS)
def test_a_target_is_learnt_where_a_demonstration_goes_on_with_it(batch: list[Encoded], row_tokens: int) -> None:
    for row in pack_rows(batch, row_tokens):
        children = {(parent, token) for parent, token in zip(row.forest.parents, row.forest.tokens, strict=True)}
        assert set(row.targets) <= children


@given(batch=BATCH, row_tokens=TOKENS)
def test_rows_keep_to_their_size_unless_one_demonstration_is_longer(batch: list[Encoded], row_tokens: int) -> None:
    for row in pack_rows(batch, row_tokens):
        assert len(row.forest.tokens) <= row_tokens or len(row.forest.members) == 1


def test_a_prompt_is_never_learnt_even_where_another_demonstration_learns_the_same_token() -> None:
    batch = [Encoded("a", (1, 2, 3, 9), 2), Encoded("b", (1, 2, 3, 9), 3)]
    (row,) = pack_rows(batch, 100)
    assert row.forest.tokens == [1, 2, 3, 9]
    assert row.targets == {(1, 3): 1, (2, 9): 2}


def test_a_demonstration_that_comes_twice_counts_twice_and_is_computed_once() -> None:
    (row,) = pack_rows([Encoded("a", (1, 2, 9), 1)] * 3, 100)
    assert row.forest.tokens == [1, 2, 9]
    assert row.targets == {(0, 2): 3, (1, 9): 3}


def test_an_empty_batch_has_no_rows() -> None:
    assert list(pack_rows([], 100)) == []
