"""Laws of taking structure out and putting it back."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossalpaca.translation.structure import Markers, protect

MARKERS: tuple[Markers, ...] = ("tags", "words", "none")
SCRAPS = st.sampled_from(
    ["word ", "a dog", "x = 5", "\n", "  ", "\n- ", "`c`", "<b>", "&amp;", "Zqb", '<x id="0"/>', "$x^2$", "```", "7pm",
     "(A)", "http://a.b/c", "{name}", "é", "猫", "\t", "1. ", "I only", "%s", "\x1e", "\x00", "İ", "_", "\ud7ff"]
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=60), st.lists(SCRAPS, max_size=14).map("".join))


@pytest.mark.parametrize("markers", MARKERS)
@given(text=TEXTS)
def test_an_engine_that_changes_nothing_gives_the_text_back(markers: Markers, text: str) -> None:
    protected = protect(text, markers)
    assert protected.restore(protected.segments) == text


@pytest.mark.parametrize("markers", MARKERS)
@given(text=TEXTS)
def test_what_is_more_to_keep_is_in_no_segment(markers: Markers, text: str) -> None:
    protected = protect(f"{text} keep Otto here", markers, r"\bOtto\b")
    assert not any("Otto" in segment for segment in protected.segments)
    assert protected.restore(protected.segments) == f"{text} keep Otto here"


@given(text=TEXTS)
def test_segments_without_markers_hold_words_and_no_edges(text: str) -> None:
    for segment in protect(text, "none").segments:
        assert segment == segment.strip()
        assert re.search(r"[^\W\d_]", segment)


TWO = "Take `this` and {that} away"


@pytest.mark.parametrize(
    ("markers", "answer"),
    [
        ("tags", 'Nimm <x id="0"/> weg'),
        ("tags", 'Nimm <x id="0"/> und <x id="0"/> weg'),
        ("tags", 'Nimm <x id="0"/>, <x id="1"/> und <x id="2"/> weg'),
        ("tags", ""),
        ("words", "Nimm Zqb weg"),
        ("words", "Nimm Zqb und zqc weg"),
        ("words", "Nimm Zqb und Zqcs weg"),
        ("words", "Nimm Zqb, Zqc und Zqc weg"),
    ],
)
def test_a_piece_that_does_not_come_back_once_is_noticed(markers: Markers, answer: str) -> None:
    assert protect(TWO, markers).restore([answer]) is None


@pytest.mark.parametrize(
    ("markers", "answer", "restored"),
    [
        ("tags", '{that} &amp; <x id="1"/>, <x id="0" /> weg', "{that} & {that}, `this` weg"),
        ("tags", 'Nimm <x id="0"></x>  und <x id="1"/>\n', "Nimm `this` und {that}"),
        ("words", "Zqc und Zqb, weg", "{that} und `this`, weg"),
    ],
)
def test_pieces_come_back_wherever_the_engine_moves_them(markers: Markers, answer: str, restored: str) -> None:
    assert protect(TWO, markers).restore([answer]) == restored


def test_tags_are_html_and_words_are_not() -> None:
    assert protect("Q & A about `x`", "tags").segments == ('<x id="0"/> &amp; A about <x id="1"/>',)
    assert protect("R & D about `x`", "words").segments == ("Zqb & Zqc about Zqd",)


def test_many_pieces_have_markers_of_their_own() -> None:
    text = " word ".join(f"`{n}`" for n in range(500))
    protected = protect(text, "words")
    assert len(protected.pieces[0]) == 500
    assert protected.restore(protected.segments) == text
