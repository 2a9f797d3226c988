"""One form for answers that mean the same: golds, option lines and what a completion answers.

Words are those of the language file (`answers` and `answer_variants`) and of English, since translated benchmarks mix
them. Case, compatibility forms (NFKC), invisible characters, Arabic vowel signs and punctuation around an answer make
no difference.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Callable, Mapping
from functools import cache

from crossalpaca.languages import Language
from crossalpaca.languages import language as find_language
from crossalpaca.records import AnswerKind

MEANINGS: Mapping[AnswerKind, tuple[str, str]] = {
    "truth": ("true", "false"),
    "yes-no": ("yes", "no"),
    "validity": ("valid", "invalid"),
}
"""What the words of a kind of answer can mean."""

_BRACKETS = "()[]{}<>"

_SIGNS = str.maketrans({**dict.fromkeys("−–—‐‑‒", "-"), **dict.fromkeys("’ʼ‘`", "'")})
_ARABIC_SIGNS = re.compile("[\u064b-\u0652\u0640]")  # vowels, and the stretching of letters
_EDGES = string.whitespace + ".,;:!?。、؟؛।…\"'“”„«»‹›「」『』()[]*`¿¡"
_SEPARATORS = re.compile(r"[\s,،、;؛]+")
_GROUPED = re.compile(r"([-+]?)\s?(\d+|\d{1,3}(?:([.,٬' ])\d{3})(?:\3\d{3})*)(?:[.,٫]0{1,2})?")


def canonical(text: str, kind: AnswerKind, language: Language) -> str | None:
    """The form of a text that is an answer, or None where it is no answer of the kind.

    letter: `A` to `Z`, of `(a)`, `A.` or full-width forms; letters of other scripts are none.
    truth, yes-no, validity: `true`, `false`, `yes`, `no`, `valid`, `invalid`.
    number: a whole number in ASCII without leading zeros, of digits of any script, with thousands in groups of three
    set apart by one of `. , '` or a blank, and perhaps with one or two zeros behind the decimal sign: in any language
    `1.234` is more than a thousand, and `2.5` no answer.
    words: casefolded, one blank between them, no commas.
    brackets: with one blank between them.
    span, text: without white space around it.

    Args:
        text: a gold, an option, or a completion that is nothing but the answer.
        kind: what kind of answer it should be.
        language: the language whose words count beside the English ones.
    """
    return _FORMS[kind](text, language)


def plain(text: str) -> str:
    """`visible` without Arabic vowel signs; one sign for minus and dashes, one for apostrophes."""
    return _ARABIC_SIGNS.sub("", visible(text)).translate(_SIGNS)


def visible(text: str) -> str:
    """NFKC without invisible characters (Unicode's Cf: joiners, direction marks, soft hyphens)."""
    normal = unicodedata.normalize("NFKC", text)
    return "".join(character for character in normal if unicodedata.category(character) != "Cf")


def folded(text: str) -> str:
    """What is compared of a word: `plain` without case. Turkish has two letters i, which capitals mix up."""
    return plain(text).casefold().replace("ı", "i").replace("i̇", "i")


@cache
def meanings(kind: AnswerKind, code: str) -> Mapping[str, str]:
    """What the folded words of a language and of English mean, of a kind in `MEANINGS`."""
    found: dict[str, str] = {}
    for spoken in (find_language("en"), find_language(code)):
        for meaning in MEANINGS[kind]:
            words = (spoken.answers[meaning], *spoken.answer_variants[meaning])
            found.update(dict.fromkeys(map(folded, words), meaning))
    return found


def _stripped(text: str, language: Language) -> str | None:
    return text.strip() or None


def _letter(text: str, language: Language) -> str | None:
    letter = plain(text).strip(_EDGES).upper()
    return letter if len(letter) == 1 and letter in string.ascii_uppercase else None


def _word(kind: AnswerKind) -> Callable[[str, Language], str | None]:
    return lambda text, language: meanings(kind, language.code).get(" ".join(folded(text).strip(_EDGES).split()))


def _number(text: str, language: Language) -> str | None:
    match = _GROUPED.fullmatch(plain(text).strip(_EDGES))
    if match is None:
        return None
    # Digit by digit, for int() refuses the endless numbers of a model in a loop.
    digits = "".join(str(unicodedata.decimal(digit)) for digit in match[2] if digit.isdecimal()).lstrip("0")
    return f"{'-' if match[1] == '-' else ''}{digits}" if digits else "0"


def _words(text: str, language: Language) -> str | None:
    words = [word.strip(_EDGES) for word in _SEPARATORS.split(plain(text).casefold())]
    return " ".join(filter(None, words)) or None


def _brackets(text: str, language: Language) -> str | None:
    signs = "".join(plain(text).split())
    return " ".join(signs) if signs and set(signs) <= set(_BRACKETS) else None


_FORMS: Mapping[AnswerKind, Callable[[str, Language], str | None]] = {
    "span": _stripped,
    "letter": _letter,
    "truth": _word("truth"),
    "yes-no": _word("yes-no"),
    "validity": _word("validity"),
    "number": _number,
    "words": _words,
    "brackets": _brackets,
    "text": _stripped,
}
