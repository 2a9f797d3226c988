"""Packed demonstrations learn exactly what they would learn one by one."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from crossalpaca.training.encoding import Encoded
from crossalpaca.training.packing import LossOn, Packing, Row

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


def one_by_one(batch: list[Encoded], loss_on: LossOn) -> Counter[Target]:
    """What is learnt without packing: after which tokens which token, and how often."""
    firsts = [d.completion_start if loss_on == "completion" else 1 for d in batch]
    return Counter(
        (d.tokens[:n], d.tokens[n]) for d, f in zip(batch, firsts, strict=True) for n in range(f, len(d.tokens))
    )


@given(batch=BATCH, row_tokens=TOKENS, loss_on=st.sampled_from(["completion", "all"]), shared=st.booleans())
def test_targets_with_multiplicity_are_those_of_the_demonstrations_one_by_one(
    batch: list[Encoded], row_tokens: int, loss_on: LossOn, shared: bool
) -> None:
    packed: Counter[Target] = Counter()
    packing = Packing(row_tokens, loss_on, shared)
    for row in packing.rows(batch):
        for (node, token), times in row.targets.items():
            packed[tuple(row.forest.tokens[n] for n in ancestors(row, node)), token] += times
    assert packed == one_by_one(batch, loss_on)
    assert packed.total() == sum(len(packing.learnt(demonstration)) for demonstration in batch)


@given(batch=BATCH, row_tokens=TOKENS)
def test_every_demonstration_is_whole_in_one_row(batch: list[Encoded], row_tokens: int) -> None:
    found: list[tuple[int, ...]] = []
    for row in Packing(row_tokens).rows(batch):
        for path in row.forest.members.values():
            assert ancestors(row, path[-1]) == path
            found.append(tuple(row.forest.tokens[node] for node in path))
    assert sorted(found) == sorted(demonstration.tokens for demonstration in batch)


@given(batch=BATCH, row_tokens=TOKENS)
def test_a_target_is_learnt_where_a_demonstration_goes_on_with_it(batch: list[Encoded], row_tokens: int) -> None:
    for row in Packing(row_tokens).rows(batch):
        children = {(parent, token) for parent, token in zip(row.forest.parents, row.forest.tokens, strict=True)}
        assert set(row.targets) <= children


@given(batch=BATCH, row_tokens=TOKENS)
def test_rows_keep_to_their_size_unless_one_demonstration_is_longer(batch: list[Encoded], row_tokens: int) -> None:
    for row in Packing(row_tokens).rows(batch):
        assert len(row.forest.tokens) <= row_tokens or len(row.forest.members) == 1


def test_a_prompt_is_never_learnt_even_where_another_demonstration_learns_the_same_token() -> None:
    batch = [Encoded("a", (1, 2, 3, 9), 2), Encoded("b", (1, 2, 3, 9), 3)]
    (row,) = Packing(100).rows(batch)
    assert row.forest.tokens == [1, 2, 3, 9]
    assert row.targets == {(1, 3): 1, (2, 9): 2}


def test_a_demonstration_that_comes_twice_counts_twice_and_is_computed_once() -> None:
    (row,) = Packing(100).rows([Encoded("a", (1, 2, 9), 1)] * 3)
    assert row.forest.tokens == [1, 2, 9]
    assert row.targets == {(0, 2): 3, (1, 9): 3}


def test_an_empty_batch_has_no_rows() -> None:
    assert list(Packing(100).rows([])) == []


@given(batch=BATCH)
def test_without_sharing_every_demonstration_is_a_plain_row_of_its_own(batch: list[Encoded]) -> None:
    rows = list(Packing(100, shared=False).rows(batch))
    assert [tuple(row.forest.tokens) for row in rows] == [demonstration.tokens for demonstration in batch]
    assert not any(row.packed for row in rows)


@given(batch=st.lists(demonstrations(), min_size=1, max_size=12), row_tokens=TOKENS, processes=st.integers(1, 5))
def test_rows_are_dealt_once_each_and_no_process_is_without(
    batch: list[Encoded], row_tokens: int, processes: int
) -> None:
    from crossalpaca.training.dealing import dealt

    rows = list(Packing(row_tokens).rows(batch))
    shares = dealt(rows, processes)
    assert len(shares) == processes
    assert all(shares)
    counted = [row for share in shares for row in share if any(row.targets.values())]
    assert sorted(map(id, counted)) == sorted(map(id, rows))
    idle = [row for share in shares for row in share if not any(row.targets.values())]
    assert len(idle) == max(processes - len(rows), 0)
