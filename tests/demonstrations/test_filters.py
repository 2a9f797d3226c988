"""Each filter drops what it is named for, and keeps what is just within its bounds."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossalpaca.demonstrations.filters import FILTERS, MAX_WORDS, MIN_WORDS, normalised, reason_to_drop
from crossalpaca.languages import language, languages

GOOD = "The cat sleeps on the sofa."
TEN = "ten words are what this short and simple sentence has"


def words(count: int, word: str = "word") -> str:
    return " ".join([word] * count)


def characters(count: int) -> str:
    return "\u597d" * count


@pytest.mark.parametrize(
    ("code", "english", "other", "reason"),
    [
        # kept
        ("de", GOOD, "Die Katze schl\u00e4ft auf dem Sofa.", None),
        ("it", "I am tired.", "Sono stanco.", None),  # two words can translate three
        ("zh-Hans", GOOD, "\u732b\u5728\u6c99\u53d1\u4e0a\u7761\u89c9\u3002", None),
        (
            "ar",
            GOOD,
            "القطة تنام على الأريكة.",
            None,
        ),
        ("th", GOOD, "\u0e41\u0e21\u0e27\u0e19\u0e2d\u0e19\u0e1a\u0e19\u0e42\u0e0b\u0e1f\u0e32", None),
        # empty
        ("de", "", "", "empty"),
        ("de", "", "Die Katze schl\u00e4ft.", "empty"),
        ("de", GOOD, "", "empty"),
        # identical
        ("de", GOOD, GOOD, "identical"),
        ("de", GOOD, GOOD.upper(), "identical"),
        ("de", "Die Stra\u00dfe ist lang.", "DIE STRASSE IST LANG.", "identical"),
        # short
        ("de", "Good morning.", "Guten Morgen, Freunde.", "short"),
        ("de", "I am very tired.", "Todm\u00fcde.", "short"),
        ("zh-Hans", "I am very tired.", "\u7d2f", "short"),
        # long
        ("de", words(100), words(100, "wort"), None),
        ("de", words(101), words(100, "wort"), "long"),
        ("de", words(100), words(101, "wort"), "long"),
        ("zh-Hans", words(100), characters(400), "long"),
        # length ratio
        ("de", TEN, words(8, "Sätze"), None),
        ("de", TEN, "zu kurz", "length-ratio"),
        ("de", TEN, words(40, "lang"), "length-ratio"),
        ("zh-Hans", TEN, characters(16), None),
        ("zh-Hans", TEN, characters(54), "length-ratio"),
    ],
)
def test_the_first_filter_that_a_pair_fails_is_named(code: str, english: str, other: str, reason: str | None) -> None:
    assert reason_to_drop(english, other, language(code)) == reason


CASES = [
    # filter, language, English, other, dropped
    ("empty", "de", "", "x", True),
    ("empty", "de", "x", "", True),
    ("empty", "de", "x", "y", False),
    ("identical", "de", "Berlin", "BERLIN", True),
    ("identical", "de", "Berlin", "Berlin.", False),
    ("short", "de", words(MIN_WORDS), words(MIN_WORDS - 1), False),
    ("short", "de", words(MIN_WORDS - 1), words(MIN_WORDS), True),
    ("short", "de", words(MIN_WORDS), words(MIN_WORDS - 2), True),
    ("long", "de", words(MAX_WORDS), words(MAX_WORDS), False),
    ("long", "de", words(MAX_WORDS + 1), words(MAX_WORDS), True),
    ("long", "de", words(MAX_WORDS), words(MAX_WORDS + 1), True),
    # for one length ratio: (other / ratio + 10) / (english + 10) is from 0.4 to 2.5
    ("length-ratio", "en", "x" * 10, "y" * 40, False),
    ("length-ratio", "en", "x" * 10, "y" * 41, True),
    ("length-ratio", "en", "x" * 40, "y" * 10, False),
    ("length-ratio", "en", "x" * 40, "y" * 9, True),
    ("length-ratio", "en", "", "", False),
    ("length-ratio", "en", "x" * 1000, "y" * 2515, False),
    ("length-ratio", "en", "x" * 1000, "y" * 2516, True),
]


@pytest.mark.parametrize(("name", "code", "english", "other", "dropped"), CASES)
def test_a_filter_drops_from_its_bound_on(name: str, code: str, english: str, other: str, dropped: bool) -> None:
    assert FILTERS[name](english, other, language(code)) is dropped


def test_every_filter_has_a_case_that_it_drops_and_one_that_it_keeps() -> None:
    assert {(name, dropped) for name, *_, dropped in CASES} == {(name, d) for name in FILTERS for d in (True, False)}


@pytest.mark.parametrize("code", sorted(set(languages()) - {"en"}))
def test_a_translation_of_the_expected_length_is_kept_in_every_language(code: str) -> None:
    spoken = language(code)
    length = round(len(TEN) * spoken.length_ratio)
    other = ("x" * 4 + " ") * (length // 5) + "x" * (length % 5)
    assert reason_to_drop(TEN, other if spoken.segmentation == "space" else characters(length), spoken) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  a \t b\u00a0c\u3000d\r\n", "a b c d"),
        ("cafe\u0301", "caf\u00e9"),
        ("\ufeffStart", "Start"),
        ("so\u00adft", "soft"),
        ("zero\u200bwidth", "zerowidth"),
        ("\u200eleft\u200f right", "left right"),
        ("word\u2060joiner", "wordjoiner"),
        ("\u0915\u094d\u200d\u0937", "\u0915\u094d\u200d\u0937"),  # the joiner that Hindi needs
        ("\u0645\u06cc\u200c\u0631\u0648\u0645", "\u0645\u06cc\u200c\u0631\u0648\u0645"),  # and the one of Persian
        ("\u200b \u00ad", ""),
        ("", ""),
    ],
)
def test_normalised_text_is_composed_folded_and_without_what_is_invisible(text: str, expected: str) -> None:
    assert normalised(text) == expected


@given(text=st.text(st.sampled_from("ae\u0301\u0327\u00ad\u200b\ufeff \t\u00a0\u1100\u1161"), max_size=8) | st.text())
def test_normalised_text_stays_as_it_is(text: str) -> None:
    once = normalised(text)
    assert normalised(once) == once
    assert unicodedata.is_normalized("NFC", once)


@given(text=st.text(st.sampled_from("ae\u0301\u00ad\u200b "), max_size=8))
def test_texts_that_differ_in_composition_alone_are_normalised_alike(text: str) -> None:
    assert normalised(unicodedata.normalize("NFD", text)) == normalised(unicodedata.normalize("NFC", text))
