"""Drawing a part of a benchmark: by whole passages, the same in every language, nested as it grows."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossalpaca.benchmarks import BENCHMARKS, read_examples
from crossalpaca.benchmarks.draw import draw
from crossalpaca.languages import language
from crossalpaca.records import Example


def benchmark(passages: list[int], tasks: list[int]) -> list[Example]:
    """Examples of passages of these sizes, spread over tasks."""
    return [
        Example(f"{p}-{n}", "b", f"t{tasks[p % len(tasks)]}", f"p{p}", "en", "", "", "span", (), (), ("x",), "f")
        for p, size in enumerate(passages)
        for n in range(size)
    ]


PASSAGES = st.lists(st.integers(1, 6), min_size=1, max_size=15)
SEED = st.integers(0, 2**32)
ONE_TASK = PASSAGES.map(lambda sizes: benchmark(sizes, [0]))
TASKS = st.builds(benchmark, PASSAGES, st.lists(st.integers(0, 4), min_size=1, max_size=5))
ITEMS = st.integers(1, 60)


def ids(examples: list[Example]) -> list[str]:
    return [example.id for example in examples]


@given(examples=ONE_TASK, items=ITEMS, seed=SEED)
def test_as_many_are_drawn_as_are_asked_or_there(examples: list[Example], items: int, seed: int) -> None:
    assert len(draw(examples, items, seed)) == min(items, len(examples))


@given(examples=TASKS, seed=SEED)
def test_all_are_drawn_where_no_number_is_given(examples: list[Example], seed: int) -> None:
    assert draw(examples, None, seed) == examples


@given(examples=TASKS, items=ITEMS, seed=SEED)
def test_the_original_order_is_kept(examples: list[Example], items: int, seed: int) -> None:
    drawn = set(ids(draw(examples, items, seed)))
    assert ids(draw(examples, items, seed)) == [id for id in ids(examples) if id in drawn]


@given(examples=TASKS, items=ITEMS, seed=SEED)
def test_passages_are_drawn_whole_except_the_last_of_a_task(examples: list[Example], items: int, seed: int) -> None:
    whole = Counter((example.task, example.cluster) for example in examples)
    drawn = Counter((example.task, example.cluster) for example in draw(examples, items, seed))
    cut = Counter(task for (task, cluster), count in drawn.items() if count < whole[task, cluster])
    assert all(count == 1 for count in cut.values())


@given(examples=TASKS, items=ITEMS, more=st.integers(0, 30), seed=SEED)
def test_a_smaller_draw_is_part_of_a_larger_one(examples: list[Example], items: int, more: int, seed: int) -> None:
    assert set(ids(draw(examples, items, seed))) <= set(ids(draw(examples, items + more, seed)))


@given(examples=TASKS, items=ITEMS, seed=SEED)
def test_tasks_are_drawn_from_evenly(examples: list[Example], items: int, seed: int) -> None:
    sizes = Counter(example.task for example in examples)
    drawn = Counter(example.task for example in draw(examples, items, seed))
    assert sum(drawn.values()) <= items
    shares = [drawn[task] for task in sizes if drawn[task] < sizes[task]]
    assert not shares or max(shares) - min(shares) <= 1
    assert not shares or max(drawn.values()) <= min(shares) + 1


@given(sizes=st.lists(st.integers(5, 9), min_size=2, max_size=5), items=st.integers(1, 25), seed=SEED)
def test_as_many_are_drawn_as_are_asked_where_every_task_has_its_share(sizes: list[int], items: int, seed: int) -> None:
    examples = benchmark(sizes, list(range(len(sizes))))
    items = min(items, 5 * len(sizes))
    assert len(draw(examples, items, seed)) == items


@given(examples=TASKS, items=ITEMS, seed=SEED, data=st.data())
def test_which_passages_are_drawn_does_not_depend_on_their_order(
    examples: list[Example], items: int, seed: int, data: st.DataObject
) -> None:
    order = data.draw(st.permutations(sorted({example.cluster for example in examples})))
    shuffled = [example for cluster in order for example in examples if example.cluster == cluster]
    assert set(ids(draw(shuffled, items, seed))) == set(ids(draw(examples, items, seed)))


def test_the_seed_changes_the_draw() -> None:
    examples = benchmark([3] * 30, [0])
    assert ids(draw(examples, 20, 1)) != ids(draw(examples, 20, 2))


@pytest.mark.parametrize("items", [1, 7, 120, 500, 1189])
@pytest.mark.parametrize("other", ["de", "zh"])
def test_parallel_xquad_gives_the_same_items_in_each_language(data_folder: Path, items: int, other: str) -> None:
    drawn = [
        draw(
            read_examples(BENCHMARKS["xquad"], [data_folder / f"xquad/xquad.{code}.json.gz"], language(code), "xquad"),
            items,
            42,
        )
        for code in ("en", other)
    ]
    assert ids(drawn[0]) == ids(drawn[1])
    assert len(drawn[0]) == items
