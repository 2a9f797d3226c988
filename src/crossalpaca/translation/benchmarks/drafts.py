"""An item taken apart: texts for an engine between structure that stays, and the way back to a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crossalpaca.benchmarks.answers import folded
from crossalpaca.languages import Language
from crossalpaca.translation.items import Unit

Parts = tuple[str | int, ...]
"""What a text is made of: structure, or the number of a translated text."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An item with its texts taken out.

    Attributes:
        unit: the texts to translate.
        question, options: what the item's texts are made of.
        gold: the answer in the target language.
        terms: how many texts at the end are words of the item that must stay different.
    """

    unit: Unit
    question: Parts
    options: tuple[Parts, ...]
    gold: str
    terms: int = 0


@dataclass(frozen=True, slots=True)
class Refused:
    """Why an item is not published: a reason that is counted, and what was seen."""

    reason: str
    detail: str


def filled(parts: Parts, texts: Sequence[str]) -> str:
    """Structure and translated texts in their order."""
    return "".join(part if isinstance(part, str) else texts[part] for part in parts)


def option_parts(option: str, words: str | None, texts: list[str]) -> Parts:
    """What an option is made of: words that are known, or one more text to translate, which is added to `texts`."""
    if words is not None:
        return (words,)
    texts.append(option)
    return (len(texts) - 1,)


def answer_words(text: str, source: Language, target: Language) -> str | None:
    """Answer words, alone or as a list such as `True, False`, in the words of the target's table; None for other texts.

    The first letter's case is that of the original.
    """
    known = {folded(word): meaning for meaning, word in source.answers.items()}
    found = [known.get(folded(part.strip())) for part in text.split(",")]
    words = [target.answers[meaning] for meaning in found if meaning is not None]
    if len(words) < len(found):
        return None
    return ", ".join(_cased(w, part.strip()) for w, part in zip(words, text.split(","), strict=True))


def _cased(word: str, like: str) -> str:
    if like[:1].isupper():
        return word[:1].upper() + word[1:]
    return word[:1].lower() + word[1:] if word[1:].islower() else word
