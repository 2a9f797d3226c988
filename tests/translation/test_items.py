"""The ladder: in which way an item is translated when an engine behaves, and when it does not."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from services import Reversing

from crossalpaca.translation.items import Rendering, Unit, render
from crossalpaca.translation.limits import Limits
from crossalpaca.translation.memory import Memory
from crossalpaca.translation.translator import Translator

WORD = re.compile(r"<[^>]*>|&\w+;|[A-Za-z]+")


def upper(texts: Sequence[str]) -> list[str]:
    """An engine of its own language: capitals; tags, entities and the words that stand in are left as they are."""
    return [WORD.sub(lambda m: m[0] if m[0][0] in "<&" or m[0].startswith("Zq") else m[0].upper(), t) for t in texts]


UNIT = Unit(("The dog has 3 `ids` & Otto.", "a cat", "7pm"), names=r"\bOtto\b")
TRANSLATED = ("THE DOG HAS 3 `ids` & Otto.", "A CAT", "7pm")


def spoilt(find: str, replacement: str) -> Callable[[Sequence[str]], list[str]]:
    """The engine, but it spoils what it is asked."""
    return lambda texts: upper([re.sub(find, replacement, text) for text in texts])


@pytest.mark.parametrize(
    ("unit", "engine", "markup", "method", "texts"),
    [
        (Unit(("a dog", "a cat")), upper, True, "together", ("A DOG", "A CAT")),
        (Unit(("a dog", "a cat"), alone=True), upper, True, "apart", ("A DOG", "A CAT")),
        (Unit(("a dog", "a cat")), upper, False, "apart", ("A DOG", "A CAT")),
        (Unit(("a dog.", "3 & ten")), spoilt("</?p[^>]*>", ""), True, "apart", ("A DOG.", "3 & TEN")),
        (Unit(("see `x`", "a dog")), spoilt("<x[^>]*>", ""), True, "pieces", ("SEE `x`", "A DOG")),
        (Unit(("see `x` & go",)), spoilt("Zq", "zq"), False, "pieces", ("SEE `x` & GO",)),
        (Unit(("3 dogs, 14 cats",)), spoilt(r"\b14\b", "fourteen"), True, "masked", ("3 DOGS, 14 CATS",)),
        (Unit(("Otto says it",), names="Otto"), upper, False, "masked", ("Otto SAYS IT",)),
        (Unit(("a big dog",), kept="big"), upper, True, "together", ("A big DOG",)),
        (Unit(("x = 5", "7pm")), spoilt(".", ""), True, "kept", ("x = 5", "7pm")),
        (Unit(()), spoilt(".", ""), False, "kept", ()),
        (Unit(("the 2nd of 20th",)), spoilt(r"\d+th", "XX"), True, "together", ("THE 2ND OF XX",)),
    ],
)
def test_each_way(unit: Unit, engine, markup: bool, method: str, texts: tuple[str, ...]) -> None:
    assert render([unit], engine, markup) == [Rendering(texts, method)]


@pytest.mark.parametrize("markup", [True, False])
def test_an_item_with_all_of_it(markup: bool) -> None:
    assert render([UNIT], upper, markup) == [Rendering(TRANSLATED, "masked")]


@pytest.mark.parametrize("markup", [True, False])
def test_an_engine_that_answers_nothing_loses_the_item(markup: bool) -> None:
    assert render([UNIT, Unit(("5",))], spoilt(".", ""), markup) == [None, Rendering(("5",), "kept")]


def test_texts_that_are_too_long_together_are_sent_apart(tmp_path: Path) -> None:
    translator = Translator(Reversing(limits=Limits(texts=5, size=30)), Memory(tmp_path / "memory.sqlite"))

    def engine(texts: Sequence[str]) -> list[str]:
        return [made or "" for made in translator.translate_each(texts, "en", "es", markup=True)]

    units = [Unit(("a dog", "a cat")), Unit(("a dog", "a cat that is much too long by itself"))]
    assert render(units, engine, True) == [Rendering(("god a", "tac a"), "apart"), None]


def test_texts_of_one_request_end_in_a_full_stop_that_goes_again() -> None:
    asked: list[str] = []

    def engine(texts: Sequence[str]) -> list[str]:
        asked.extend(texts)
        return upper(texts)

    assert render([Unit(("a dog", "Who?"))], engine, True) == [Rendering(("A DOG", "WHO?"), "together")]
    assert asked == ['<p id="0">a dog.</p><p id="1">Who?</p>']


@pytest.mark.parametrize("markup", [True, False])
@given(units=st.lists(st.lists(st.text("ab3 `\n<&.Zq", max_size=12), max_size=3), max_size=4))
def test_an_engine_that_changes_nothing_changes_nothing(markup: bool, units: list[list[str]]) -> None:
    rendered = render([Unit(tuple(texts)) for texts in units], list, markup)
    assert [made and made.texts for made in rendered] == [tuple(texts) for texts in units]
