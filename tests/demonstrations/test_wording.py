"""The translation instruction in English, in the language of either side, or mixed."""

from __future__ import annotations

from typing import get_args

import pytest

from crossalpaca.demonstrations.wording import WORDINGS, Wording, instruction
from crossalpaca.languages import language, languages
from crossalpaca.records import Direction, SentencePair

PAIRS = [SentencePair(f"c:{n}", "c", ("en", "x"), (f"Sentence {n}.", f"Text {n}.")) for n in range(300)]


def used(code: str, direction: Direction, wording: Wording, seed: int = 42) -> set[str]:
    return {instruction(pair, direction, language(code), seed, wording) for pair in PAIRS}


@pytest.mark.parametrize("code", [code for code in languages() if code != "en"])
def test_every_wording_of_the_asked_language_is_used_and_no_other(code: str) -> None:
    known = language(code).translation
    from_english, to_english = set(known["from_english"]), set(known["to_english"])
    from_in_english, to_in_english = set(known["from_english_in_english"]), set(known["to_english_in_english"])
    assert used(code, "en-x", "english") == used(code, "en-x", "source") == from_in_english
    assert used(code, "x-en", "english") == used(code, "x-en", "target") == to_in_english
    assert used(code, "en-x", "target") == from_english
    assert used(code, "x-en", "source") == to_english
    assert used(code, "en-x", "mixed") == from_english | from_in_english
    assert used(code, "x-en", "mixed") == to_english | to_in_english


@pytest.mark.parametrize("wording", WORDINGS)
def test_a_wording_is_fixed_by_seed_and_pair(wording: Wording) -> None:
    german = language("de")
    one, again, other = ([instruction(pair, "en-x", german, seed, wording) for pair in PAIRS] for seed in (42, 42, 43))
    assert one == again
    assert one != other


def test_wordings_are_named_once() -> None:
    assert get_args(Wording) == WORDINGS
