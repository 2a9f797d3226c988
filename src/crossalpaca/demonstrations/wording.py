"""How a translation is asked for: the wordings of the languages' files, chosen by seed and pair."""

from __future__ import annotations

from typing import Literal, get_args

from crossalpaca.hashing import priority
from crossalpaca.languages import Language
from crossalpaca.records import Direction, SentencePair

Wording = Literal["english", "source", "target", "mixed"]
"""The language of the translation instruction: English, that of the text to translate, that of its translation, or
English or x by the pair."""
WORDINGS: tuple[Wording, ...] = get_args(Wording)


def instruction(pair: SentencePair, direction: Direction, other: Language, seed: int, wording: Wording) -> str:
    """The instruction to translate a pair of English and `other` in a direction."""
    kind = "from_english" if direction == "en-x" else "to_english"
    in_english, in_other = other.translation[f"{kind}_in_english"], other.translation[kind]
    english_source = direction == "en-x"
    choices = {
        "english": in_english,
        "source": in_english if english_source else in_other,
        "target": in_other if english_source else in_english,
        "mixed": in_english + in_other,
    }[wording]
    return choices[priority(seed, "wording", *pair.texts) % len(choices)]
