"""Whether the two sides of bitext are swapped, judged by the first pairs: by script, or by words where that is one."""

from __future__ import annotations

from collections import Counter
from copy import copy

from crossalpaca.languages import Language
from crossalpaca.languages.off_target import identifier
from crossalpaca.languages.scripts import SCRIPTS, letter_script
from crossalpaca.sources.pairs import PairBatch

_PAIRS = 300
_CERTAIN = 0.99  # of each side; ten pairs of short sentences are told apart without a mistake


def swapped(batch: PairBatch, language: Language) -> bool:
    """True if the English side is evidently in the other language, and the other side in English."""
    english, other = (" ".join(batch.pairs[side].head(_PAIRS)) for side in ("en", "x"))
    if language.script in SCRIPTS and language.script != "Latn":
        return _foreign(english, language) and not _foreign(other, language)
    return _is(english, language.code, "en") and _is(other, "en", language.code)


def _foreign(text: str, language: Language) -> bool:
    """Whether most letters are of the language's script, rather than Latin."""
    letters = Counter(letter_script(letter) for letter in text if letter.isalpha())
    own = sum(letters[script] for script in SCRIPTS[language.script])
    return own > letters["LATIN"]


def _is(text: str, code: str, rather_than: str) -> bool:
    between = copy(identifier())
    if not {code, rather_than} <= set(between.labels):
        return False
    between.set_languages([code, rather_than])
    found, probability = between.classify(text)
    return found == code and float(probability) > _CERTAIN
