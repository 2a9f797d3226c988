"""The order of words that word_sorting asks for, recorded with what was sorted by it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

COLLATION = "Unicode code points of lower-case words in NFC"


def collated(words: Iterable[str]) -> list[str]:
    """Words in the order of `COLLATION`."""
    return sorted(words)


def sortable(translated: str, original: str) -> str:
    """A translated word as the list has it: lower case, NFC. One that became several words keeps its original."""
    word = unicodedata.normalize("NFC", translated.strip().strip(".,;:!?¡¿").lower())
    return word if word and not any(c.isspace() or c in ",;،、" for c in word) else original


def disputed(words: Iterable[str]) -> bool:
    """Whether a dictionary of the language, where accents count last, may order the words in another way."""
    ordered = collated(words)
    return sorted(ordered, key=_letters) != ordered


def _letters(word: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))
