"""Filters of sentence pairs: each a small function that says why a pair is dropped, so that every drop is counted."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from crossalpaca.languages import Language

MIN_WORDS, MAX_WORDS = 3, 100
MAX_RATIO = 2.5  # how far the length ratio may be from the expected one, either way

# U+200C and U+200D join and split letters in Hindi and Persian, so they stay.
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200e\u200f\u2060\ufeff"))


def normalised(text: str) -> str:
    """NFC, without invisible characters, white space folded: the form in which pairs are kept and compared."""
    return " ".join(unicodedata.normalize("NFC", text.translate(_INVISIBLE)).split())


def _empty(english: str, other: str, language: Language) -> bool:
    return not english or not other


def _identical(english: str, other: str, language: Language) -> bool:
    return english.casefold() == other.casefold()


def _words(text: str, language: Language) -> float:
    """Words, or for scripts without spaces characters by the number that stands for one English word (5)."""
    if language.segmentation == "space":
        return len(text.split())
    return len(text) / (5 * language.length_ratio)


def _short(english: str, other: str, language: Language) -> bool:
    return len(english.split()) < MIN_WORDS or _words(other, language) < MIN_WORDS - 1


def _long(english: str, other: str, language: Language) -> bool:
    return len(english.split()) > MAX_WORDS or _words(other, language) > MAX_WORDS


def _ratio(english: str, other: str, language: Language) -> bool:
    # Ten characters on both sides keep short but good pairs from failing by chance.
    ratio = (len(other) / language.length_ratio + 10) / (len(english) + 10)
    return not 1 / MAX_RATIO <= ratio <= MAX_RATIO


Filter = Callable[[str, str, Language], bool]

FILTERS: dict[str, Filter] = {
    "empty": _empty,
    "identical": _identical,
    "short": _short,
    "long": _long,
    "length-ratio": _ratio,
}


def reason_to_drop(english: str, other: str, language: Language) -> str | None:
    """Name of the first filter that a normalised pair fails, or None."""
    for name, drops in FILTERS.items():
        if drops(english, other, language):
            return name
    return None
