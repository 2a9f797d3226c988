"""The words of a language, and of English, that show an answer in a sentence, as patterns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from crossalpaca.benchmarks.answers import MEANINGS, plain
from crossalpaca.languages import language as find_language
from crossalpaca.records import AnswerKind

LATIN = "0-9A-Za-z_À-ɏ\u0300-\u036fḀ-ỿ"
"""What makes a letter beside it part of a Latin word, inside a character class."""

LETTERS = r"\w\u0300-\u036f\u0900-\u0963\u0e31-\u0e4e"
"""The same for all scripts: `\\w` lacks the vowel marks of Hindi and Thai."""


@dataclass(frozen=True, slots=True)
class Cues:
    """The patterns of one language; all disregard case.

    Attributes:
        code: of the language.
        spaced: its words are set apart by spaces.
        words: of each kind in `MEANINGS`, the answers, and the unclear words that hold one of them.
        announce: nouns before an answer, such as "answer".
        copula: "is".
        lead: a copula or a colon.
        conjunction, conjoined: "and" or "or"; "and" alone.
        negate, negate_after: what turns an answer round from before, and from behind.
        refused: a negation at the end of what is before an answer.
        denied: what follows a letter that is said to be wrong.
        one_letter_words: capitals that are words, elided ones with their apostrophe.
    """

    code: str
    spaced: bool
    words: Mapping[AnswerKind, re.Pattern[str]]
    announce: re.Pattern[str]
    copula: re.Pattern[str]
    lead: re.Pattern[str]
    conjunction: re.Pattern[str]
    conjoined: re.Pattern[str]
    negate: re.Pattern[str]
    negate_after: re.Pattern[str]
    refused: re.Pattern[str]
    denied: re.Pattern[str]
    one_letter_words: frozenset[str]


@cache
def cues(code: str) -> Cues:
    """The patterns of a language by its code."""
    both = (find_language("en"), find_language(code))
    spaced = both[1].segmentation == "space"

    def logic(*names: str) -> str:
        return _any_of((word for each in both for name in names for word in each.logic[name]), spaced)

    def cue(name: str) -> str:
        return _any_of((word for each in both for word in each.answer_cues[name]), spaced)

    def answers(kind: AnswerKind) -> str:
        own = (each.answers[meaning] for each in both for meaning in MEANINGS[kind])
        variants = (word for each in both for meaning in MEANINGS[kind] for word in each.answer_variants[meaning])
        return _any_of((*own, *variants, *(word for each in both for word in each.logic["unclear"])), spaced)

    copula, negate, deny = logic("copula"), cue("negate"), cue("deny")
    return Cues(
        code=code,
        spaced=spaced,
        words={kind: _compiled(answers(kind)) for kind in MEANINGS},
        announce=_compiled(
            _any_of((word for each in both for word in (each.labels["answer"], *each.answer_cues["announce"])), spaced)
        ),
        copula=_compiled(copula),
        lead=_compiled(f"{copula}|:"),
        conjunction=_compiled(logic("and", "or")),
        conjoined=_compiled(logic("and")),
        negate=_compiled(negate),
        negate_after=_compiled(cue("negate_after") or r"(?!)"),
        refused=_compiled(rf"(?:{negate})[\s(\"']*$"),
        denied=_compiled(rf"[\s\"')\]]*(?:(?:{copula})\s*(?:{negate}|{deny})|(?:{negate}|{deny})\s*(?:{copula}))"),
        one_letter_words=frozenset(word for each in both for word in each.answer_cues["one_letter_words"]),
    )


def _any_of(words: Iterable[str], spaced: bool) -> str:
    """A pattern of whole words, the longest first; in a script without spaces they may stand anywhere."""
    forms = []
    for word in sorted({plain(word) for word in words}, key=len, reverse=True):
        form = re.escape(word).replace(r"\ ", r"\s+")
        if (latin := re.match(f"[{LATIN}]", word) is not None) or spaced:
            beside = LATIN if latin else LETTERS
            form = f"(?<![{beside}]){form}(?![{beside}])"
        forms.append(form)
    return "|".join(forms)


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)
