"""Markers around answers: groups that do not overlap, and only whole markers count."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossalpaca.translation.markers import Span, marked, passes, unmarked

SPANS = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 9)).map(lambda p: (p[0], p[0] + p[1])), max_size=12)


@given(spans=SPANS)
def test_each_span_is_in_one_group_and_no_group_overlaps(spans: list[Span]) -> None:
    groups = passes(spans)
    assert sorted(span for group in groups for span in group) == sorted(set(spans))
    assert all(a[1] <= b[0] for group in groups for a, b in pairwise(group))


@given(spans=SPANS)
def test_there_are_as_many_groups_as_answers_share_a_character(spans: list[Span]) -> None:
    deepest = max((sum(a <= n < b for a, b in set(spans)) for n in range(40)), default=0)
    assert len(passes(spans)) == deepest


@given(text=st.text(min_size=40, max_size=60), spans=SPANS)
def test_markers_come_off_again(text: str, spans: list[Span]) -> None:
    for group in passes(spans):
        plain, places = unmarked(marked(text, group))
        assert plain == text
        assert places == {n: span for n, span in enumerate(group) if text[slice(*span)].strip()}


@pytest.mark.parametrize(
    ("text", "plain", "places"),
    [
        ("el <x0>gato</x0> y", "el gato y", {0: (3, 7)}),
        ("el < X0 >gato</ x0> y", "el gato y", {0: (3, 7)}),  # engines change case and spaces of tags
        ("<x0>a</x0> <x1>b</x1>", "a b", {0: (0, 1), 1: (2, 3)}),
        ("<x1>b</x1> <x0>a</x0>", "b a", {0: (2, 3), 1: (0, 1)}),
        ("<x0>a b</x0> <x0>c</x0>", "a b c", {}),
        ("<x0>a b", "a b", {}),
        ("a b</x0>", "a b", {}),
        ("</x0>a<x0> b", "a b", {}),
        ("a <x0></x0>b", "a b", {}),
        ("a <x0> </x0>b", "a  b", {}),
        ("<x0>a <x1>b</x1></x0> <x2>c</x2>", "a b c", {2: (4, 5)}),
        ("<x0>a <x1>b</x0> c</x1>", "a b c", {}),
        ("<x0>R&amp;D</x0> &lt;x1&gt;", "R&D <x1>", {0: (0, 3)}),
        (f"<x{'1' * 5000}>a", f"<x{'1' * 5000}>a", {}),
    ],
)
def test_only_whole_markers_count(text: str, plain: str, places: dict[int, Span]) -> None:
    assert unmarked(text) == (plain, places)
