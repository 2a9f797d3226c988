"""Answers in translated passages: a published span is in its place, and a lost marker never makes a wrong one."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Sequence

import ciphers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossalpaca.languages import language
from crossalpaca.translation.boundaries import completed, core
from crossalpaca.translation.markers import Span, marked, passes
from crossalpaca.translation.matching import likeness, nearest_match, occurrences, reordered
from crossalpaca.translation.spans import Passage, Projection, project

Engine = Callable[[Sequence[str]], list[str]]
ENGLISH, SPANISH, RUSSIAN = language("en"), language("es"), language("ru")  # Russian has no articles to trim
FAITHFUL = (ciphers.cipher, ciphers.shouting)
LOSING = (ciphers.dropping, ciphers.duplicating, ciphers.nesting, ciphers.silent, ciphers.moving)
ENGINES = (*FAITHFUL, *LOSING, ciphers.shifting)

WORDS = st.sampled_from(("apple", "bee", "apples", "cold", "42", "dog", "bee-eater", "end"))
SENTENCE = st.lists(WORDS, min_size=3, max_size=7).map(lambda words: " ".join(words).capitalize() + ".")
PASSAGE = st.lists(SENTENCE, min_size=1, max_size=4).map(" ".join)


@st.composite
def asked(draw: st.DrawFn) -> tuple[str, list[Span]]:
    """A passage in which words recur, and answers of a few words of one sentence."""
    text = draw(PASSAGE)
    spans = []
    for _ in range(draw(st.integers(1, 4))):
        sentence = draw(st.sampled_from(text.split(". ")))
        words = sentence.rstrip(".").split()
        first = draw(st.integers(0, len(words) - 1))
        answer = " ".join(words[first : first + draw(st.integers(1, 3))])
        start = text.index(sentence) + len("".join(f"{word} " for word in words[:first]))
        spans.append((start, start + len(answer)))
    return text, spans


def projected(text: str, spans: Sequence[Span], engine: Engine) -> tuple[str, dict[Span, Projection | str]]:
    apart = {text[slice(*span)]: engine([text[slice(*span)]])[0] for span in spans}
    markers = engine([marked(text, group) for group in passes(spans)])
    passage = Passage(text, engine([text])[0], markers, apart, ENGLISH, RUSSIAN)
    return passage.translation, project(passage, spans)


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.__name__)
@given(item=asked())
def test_a_published_span_is_in_its_context_at_its_offset(engine: Engine, item: tuple[str, list[Span]]) -> None:
    translation, found = projected(*item, engine)
    assert set(found) == set(item[1])
    for placed in found.values():
        if isinstance(placed, Projection):
            assert placed.text
            assert translation[placed.start : placed.start + len(placed.text)] == placed.text


@pytest.mark.parametrize("engine", FAITHFUL, ids=lambda engine: engine.__name__)
@given(item=asked())
def test_markers_that_come_through_place_every_answer(engine: Engine, item: tuple[str, list[Span]]) -> None:
    translation, found = projected(*item, engine)
    for span, placed in found.items():
        assert isinstance(placed, Projection)
        assert (placed.method, placed.start, placed.text) == ("marker", span[0], translation[slice(*span)])


@pytest.mark.parametrize("engine", LOSING, ids=lambda engine: engine.__name__)
@given(item=asked())
def test_a_lost_marker_never_makes_a_wrong_span(engine: Engine, item: tuple[str, list[Span]]) -> None:
    translation, found = projected(*item, engine)
    for span, placed in found.items():
        if isinstance(placed, Projection):
            assert (placed.start, placed.text) == (span[0], translation[slice(*span)])


def place(text: str, answer: str, translation: str, markers: str, apart: str) -> Projection | str:
    """The projection of the first occurrence of an answer."""
    span = (text.index(answer), text.index(answer) + len(answer))
    passage = Passage(text, translation, [markers] if markers else [], {answer: apart}, ENGLISH, SPANISH)
    return project(passage, [span])[span]


HOUSE = "At the old house we met. Then the house fell."
CASA = "En la casa vieja nos encontramos. Luego la casa cayó."


@pytest.mark.parametrize(
    ("answer", "markers", "apart", "method", "start"),
    [
        ("old house", "En la <x0>casa vieja</x0> nos encontramos. Luego la casa cayó.", "casa vieja", "marker", 6),
        # the marker stayed where it was, and the word moved out of it
        ("old", "En la <x0>casa</x0> vieja nos encontramos. Luego la casa cayó.", "vieja", "exact", 11),
        ("old", "En la <x0>casa</x0> vieja nos encontramos. Luego la casa cayó.", "viejas", "near", 11),
        # a translation of its own that differs is no reason to leave the marker
        ("old house", "En la <x0>casa vieja</x0> nos encontramos. Luego la casa cayó.", "hogar antiguo", "marker", 6),
        ("old", "", "Vieja", "exact", 11),
        ("old house", "", "Vieja casa", "near", 6),
        ("house", "", "casa", "exact", 6),
        ("old", "", "antigua", "not found in the aligned sentence", 0),
        ("old", "", "", "not found in the aligned sentence", 0),
        ("old", "", "en", "exact", 0),
        # a part of a word has no turn
        ("hous", "", "antigu", "not found in the aligned sentence", 0),
        ("hous", "", "casa", "its translation occurs more or less often than it in the aligned sentence", 0),
        # in another sentence than the answer's, which the answer translated apart does not confirm
        ("house", "En la casa vieja nos encontramos. Luego la casa <x0>cayó</x0>.", "casa", "exact", 6),
    ],
)
def test_the_rungs_of_the_ladder(answer: str, markers: str, apart: str, method: str, start: int) -> None:
    found = place(HOUSE, answer, CASA, markers, apart)
    assert (found if isinstance(found, str) else found.method) == method
    if isinstance(found, Projection):
        assert found.start == start


def test_an_answer_that_occurs_more_often_than_the_original_is_not_placed() -> None:
    found = place("The cat saw a feline.", "cat", "El gato vio un gato.", "", "gato")
    assert found == "its translation occurs more or less often than it in the aligned sentence"


def test_the_right_occurrence_is_taken_by_its_turn() -> None:
    text = "A cat and a dog and a cat."
    span = (text.rindex("cat"), text.rindex("cat") + 3)
    translation = codecs.encode(text, "rot13")
    found = project(Passage(text, translation, [], {"cat": "png"}, ENGLISH, RUSSIAN), [span])[span]
    assert isinstance(found, Projection)
    assert (found.method, found.start) == ("exact", span[0])


def test_a_marked_passage_that_differs_is_said_so() -> None:
    text = "The team won the cup in 1943 and lost everything after that."
    plain = "El equipo ganó la copa en 1943 y perdió todo después de eso."
    found = place(text, "1943", plain, "El club ganó la copa en <x0>1943</x0> y perdió todo después de eso.", "1943")
    assert isinstance(found, Projection)
    assert (found.method, found.text, found.marked) == ("marker", "1943", "1943")
    assert 50 < found.chrf < 100


@pytest.mark.parametrize(
    ("text", "inside", "original", "apart", "expected"),
    [
        ("ganaron las Panteras.", " las Panteras.", "Panthers", "Panteras", "Panteras"),
        ("ganaron las Panteras.", "Panteras", "the Panthers", "Panteras", "las Panteras"),
        ("en Los Ángeles hoy", "Los Ángeles", "Los Angeles", "Los Ángeles", "Los Ángeles"),
        ("en la casa hoy", "la", "the", "la", "la"),
        ("recuperando dos. Luego", "dos. ", "two", "dos", "dos"),
        ("tacleadas (118) y", "(118)", "118", "118", "118"),
        ("tacleadas (118) y", "118", "(118)", "(118)", "(118)"),
        ("dijo «no» y", "«no»", "no", "no", "no"),
        ("un 50%, casi", "50%,", "50%", "50%", "50%"),
        ("los corredores van", "corredor", "runners", "corredores", "corredores"),
        ("en el líneade24 patios", "24", "24", "24", "24"),
        ("nada . más", " . ", "x", "x", None),
    ],
)
def test_edges_are_those_of_the_original(
    text: str, inside: str, original: str, apart: str, expected: str | None
) -> None:
    start = text.index(inside)
    span = core(text, (start, start + len(inside)), original, SPANISH)
    whole = completed(text, span, original, apart, ENGLISH, SPANISH) if span else None
    assert (text[slice(*whole)] if whole else None) == expected


@pytest.mark.parametrize(
    ("wanted", "text", "code", "starts"),
    [
        ("casa", "casa, Casa y casas", "es", [0, 6]),
        ("5", "motor5 y 15 de 5½", "es", [5, 15]),
        ("(a)", "x(a) (a)", "es", [1, 5]),
        ("中", "中国在中", "zh-Hans", [0, 3]),
        ("a a", "a a a", "es", [0, 2]),
        ("", "casa", "es", []),
    ],
)
def test_occurrences_are_whole_words(wanted: str, text: str, code: str, starts: list[int]) -> None:
    assert [first for first, _ in occurrences(wanted, text, (0, len(text)), language(code))] == starts


@pytest.mark.parametrize(
    ("wanted", "text", "found"),
    [
        ("Negro y blanco", "quedando en blanco y negro, contiene", ["blanco y negro"]),
        ("negro", "blanco y negro", []),
        ("a b", "b a b", ["b a", "a b"]),
    ],
)
def test_words_in_another_order(wanted: str, text: str, found: list[str]) -> None:
    assert [text[slice(*span)] for span in reordered(wanted, text, (0, len(text)))] == found


@pytest.mark.parametrize(
    ("wanted", "text", "found"),
    [
        ("Suburbano", "de uso suburbanos hoy", "suburbano"),
        ("conjunto de ternas", "el Conjunto de terna (de", " Conjunto de terna"),
        ("completamente", "la mente", None),
        ("gato", "un perro", None),
    ],
)
def test_the_nearest_match(wanted: str, text: str, found: str | None) -> None:
    span = nearest_match(wanted, text, (0, len(text)), 80.0)
    assert (text[slice(*span)] if span else None) == found


@given(text=st.text(max_size=20))
def test_a_text_is_wholly_like_itself_in_any_case(text: str) -> None:
    assert likeness(text, text) == 100.0
    assert likeness(text.lower(), text.lower()) == 100.0
