"""Sentences that answer to each other, and spans carried from one translation into another like it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossalpaca.translation.alignment import SentenceAlignment, aligned, carried

SENTENCES = st.lists(st.text(min_size=1, max_size=40), max_size=8)


@given(source=SENTENCES, target=SENTENCES)
def test_every_sentence_of_the_translation_answers_to_the_text_in_order(source: list[str], target: list[str]) -> None:
    ranges = aligned(source, target)
    assert len(ranges) == len(source)
    assert all(0 <= first <= last <= len(target) for first, last in ranges)
    assert ranges == sorted(ranges)


@pytest.mark.parametrize(
    ("source", "target", "ranges"),
    [
        (["a" * 9, "b" * 50], ["x" * 60, "y" * 5], [(0, 1), (1, 2)]),  # equally many: one by one, whatever the length
        (["a" * 40, "b" * 80, "c" * 40], ["x" * 40, "y" * 40, "z" * 40, "w" * 40], [(0, 1), (1, 3), (3, 4)]),
        (["a" * 40, "b" * 40, "c" * 90], ["x" * 80, "y" * 90], [(0, 1), (0, 1), (1, 2)]),
        ([], ["x"], []),
    ],
)
def test_sentences_are_aligned_by_length(source: list[str], target: list[str], ranges: list[tuple[int, int]]) -> None:
    assert aligned(source, target) == ranges


def test_the_sentences_of_a_span() -> None:
    text, translation = "One is here. Two is there. Three.", "Uno va aquí. Dos va allí. Tres."
    alignment = SentenceAlignment(text, translation)
    home, area = alignment.of((13, 16))
    assert (text[slice(*home)], translation[slice(*area)]) == ("Two is there. ", "Dos va allí. ")
    home, area = alignment.of((7, 16))
    assert (text[slice(*home)], translation[slice(*area)]) == (
        "One is here. Two is there. ",
        "Uno va aquí. Dos va allí. ",
    )


@given(text=st.text(min_size=1, max_size=60), data=st.data())
def test_a_span_is_carried_into_the_same_text(text: str, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(text) - 1))
    last = data.draw(st.integers(first + 1, len(text)))
    place = carried((first, last), text, text)
    assert (place is None) == (not text[first:last].strip())
    if place is not None:
        assert text[slice(*place)] == text[first:last].strip()


@pytest.mark.parametrize(
    ("text", "other", "found"),
    [
        ("El equipo ganó en 1943 y perdió después", "el  equipo ganó en 1943 y  perdió después", "1943"),
        (
            "El rugby nacional ganó en 1943 y perdió después",
            "El fútbol nacional ganó en 1943 y perdió después",
            "1943",
        ),
        ("El equipo ganó en 1943 y perdió después", "El equipo ganó el 1943 y perdió después", None),
        ("El equipo ganó en 1943 y perdió después", "El equipo ganó en 1944 y perdió después", None),
    ],
)
def test_a_span_is_carried_where_its_surroundings_are_the_same(text: str, other: str, found: str | None) -> None:
    start = text.index("1943")
    place = carried((start, start + 4), text, other)
    assert (other[slice(*place)] if place else None) == found
