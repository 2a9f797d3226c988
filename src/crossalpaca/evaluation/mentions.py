"""Finding the answers that a text mentions, and leaving out those that it does not give.

The rules are those that `extraction` states. Each is one pass over the text.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from crossalpaca.benchmarks.answers import MEANINGS, canonical, folded, meanings
from crossalpaca.evaluation.cues import LATIN, LETTERS, Cues
from crossalpaca.languages import language as find_language
from crossalpaca.records import AnswerKind

SEPARATORS = re.compile(r"[\s,،、/|;&()\[\]{}\"'•-]*")
"""What may stand between two answers of a list, or between an answer and what announces it."""

SENTENCE_END = re.compile(r"\.(?=[\s\"')\]]|$)|[!?。؟।\n]")


@dataclass(frozen=True, slots=True)
class Mention:
    """An answer in a text.

    Attributes:
        start, end: where.
        value: in canonical form; None for a number that is no whole one, and for a word that goes on as another.
        alone: it stands by itself; otherwise it counts only right behind what announces it.
    """

    start: int
    end: int
    value: str | None
    alone: bool


def mentions(text: str, kind: AnswerKind, cues: Cues) -> list[Mention]:
    """The answers in a text, in order, without alternatives, labels of lists and what a question asks.

    Args:
        text: went through `benchmarks.answers.plain`.
        kind: any but span, words and text.
        cues: of the language.
    """
    found = list(_FINDERS[kind](text, kind, cues))
    dropped = _alternatives(text, found, kind, cues)
    if kind in ("letter", "number"):
        dropped |= _labels(text, found)
    ends = [match.start() for match in SENTENCE_END.finditer(text)]
    return [m for place, m in enumerate(found) if place not in dropped and not _asked(text, m, ends)]


# Words

_ENDS = re.compile(r"[^\S\n]*(?:$|\n|[^\w\s'-]|[^\S\n]-)")  # behind a word: the end, or punctuation
_CLAUSE = re.compile(r"[,.;:!?\n。、،؛؟।]")
_BESIDE = re.compile(f"[{LETTERS}]")


def _words(text: str, kind: AnswerKind, cues: Cues) -> Iterator[Mention]:
    known = meanings(kind, cues.code)
    last = 0
    for match in cues.words[kind].finditer(text):
        value = known.get(" ".join(folded(match[0]).split()))
        if value is None:
            continue
        start, end = match.span()
        if kind == "yes-no":
            goes_on = not cues.spaced and _BESIDE.match(text, end)
            yield Mention(start, end, None if goes_on else value, _sets_apart(text, start, end, cues))
        elif cues.spaced or len(match[0]) > 1 or _unspaced_alone(text, start, end, cues):
            turned = _turns(text[max(last, start - 80) : start], text[end : end + 60], cues)
            one, other = MEANINGS[kind]
            opposite = other if value == one else one
            yield Mention(start, end, opposite if turned else value, True)
            last = end


def _sets_apart(text: str, start: int, end: int, cues: Cues) -> bool:
    """The text begins with the word, or gives it behind a colon, or ends a clause with it."""
    if not cues.spaced:
        return _unspaced_alone(text, start, end, cues)
    return start == 0 or text.endswith(": ", 0, start) or _ENDS.match(text, end) is not None


def _unspaced_alone(text: str, start: int, end: int, cues: Cues) -> bool:
    before = text[max(0, start - 8) : start]
    follows = any(match.end() == len(before) for match in cues.copula.finditer(before))
    return (follows or not _BESIDE.match(before[-1:])) and not _BESIDE.match(text, end)


def _turns(before: str, behind: str, cues: Cues) -> bool:
    """An odd number of negations is about what stands between two texts."""
    before, behind = _CLAUSE.split(before)[-1], _CLAUSE.split(behind)[0]
    if cues.spaced:
        before, behind = " ".join(before.split()[-4:]), " ".join(behind.split()[:3])
    return (len(cues.negate.findall(before)) + len(cues.negate_after.findall(behind))) % 2 == 1


# Letters, numbers, brackets

_LETTER = re.compile(
    rf"(?<![{LATIN}])[(\[]\s?([A-Za-z])\s?[)\]]"
    rf"|(?<![{LATIN}&@#$-])(?<![{LATIN}][.'])([A-Za-z])(?![{LATIN}+#&°^]|-[{LATIN}]|\.[A-Za-z](?![a-z]))"
)
_NUMBER = re.compile(
    rf"(?<![{LATIN}])(?<![A-Za-zͰ-ӿ]-)(?:(?<![{LATIN}Ͱ-ӿ\d)\]])[-+])?"
    rf"(?:\d{{1,3}}(?:[.,٬' ]\d{{3}})+(?!\d)|\d+)(?:[.,٫]\d+)?(?![A-Za-z_À-ɏ])"
)
_BRACKETS = re.compile(r"""(?<![^\s:"'])[][(){}<>](?:[^\S\n]*[][(){}<>])*(?=[\s.,;:!?"'。]|$)""")


def _letters(text: str, kind: AnswerKind, cues: Cues) -> Iterator[Mention]:
    for match in _LETTER.finditer(text):
        start, end = match.span()
        if cues.denied.match(text, end) or _refused(text, start, cues):
            continue
        if match[1]:
            yield Mention(start, end, match[1].upper(), True)
        elif match[2].isupper():
            yield Mention(start, end, match[2], _is_label(text, match[2], end, cues))
        elif text[end : end + 1] == ")" and (start == 0 or text[start - 1] == "\n"):
            yield Mention(start, end, match[2].upper(), True)


def _is_label(text: str, letter: str, end: int, cues: Cues) -> bool:
    """A capital is a label, where it could be a word of the language too."""
    if re.match(rf"'[{LATIN}]", text[end : end + 2]):
        return f"{letter}'" not in cues.one_letter_words
    if letter not in cues.one_letter_words or _ENDS.match(text, end):
        return True
    # "A is" is never an article; other one-letter words may well stand before a copula.
    return letter == "A" and cues.copula.match(text, end + 1) is not None


def _numbers(text: str, kind: AnswerKind, cues: Cues) -> Iterator[Mention]:
    for match in _NUMBER.finditer(text):
        if not _refused(text, match.start(), cues):
            yield Mention(*match.span(), canonical(match[0], kind, find_language(cues.code)), True)


def _refused(text: str, start: int, cues: Cues) -> bool:
    return cues.refused.search(text[max(0, start - 24) : start]) is not None


def _brackets(text: str, kind: AnswerKind, cues: Cues) -> Iterator[Mention]:
    for match in _BRACKETS.finditer(text):
        yield Mention(*match.span(), canonical(match[0], kind, find_language(cues.code)), True)


_FINDERS: Mapping[AnswerKind, Callable[[str, AnswerKind, Cues], Iterator[Mention]]] = {
    "letter": _letters,
    "truth": _words,
    "yes-no": _words,
    "validity": _words,
    "number": _numbers,
    "brackets": _brackets,
}


# What a text mentions without giving it

_OPERATORS = re.compile(r"[()\[\] ]*[-+*/×÷·][-+*/×÷·()\[\] ]*")


def _asked(text: str, mention: Mention, ends: Sequence[int]) -> bool:
    place = bisect_left(ends, mention.end)
    return place < len(ends) and text[ends[place]] in "?؟"


def _alternatives(text: str, found: Sequence[Mention], kind: AnswerKind, cues: Cues) -> set[int]:
    """Places of the mentions in runs that a conjunction or an operator joins, or that differ."""
    gaps = [_gap(text, one, other, kind, cues) for one, other in pairwise(found)]
    dropped: set[int] = set()
    first = 0
    for place in range(1, len(found) + 1):
        if place < len(found) and gaps[place - 1] != "apart":
            continue
        values = {mention.value for mention in found[first:place]}
        if len(values) > 1 or "joined" in gaps[first : place - 1]:
            dropped.update(range(first, place))
        first = place
    return dropped


def _gap(text: str, one: Mention, other: Mention, kind: AnswerKind, cues: Cues) -> str:
    """How two mentions follow on one another: `apart`, `listed` (nothing but separators) or `joined`."""
    between = text[one.end : other.start]
    if kind == "number" and _OPERATORS.fullmatch(between):
        return "joined"
    rest, conjunctions = cues.conjunction.subn("", between)
    if conjunctions:
        rest = cues.negate.sub("", rest)
    if not SEPARATORS.fullmatch(rest) or (kind == "number" and "\n" in between):
        return "apart"
    if conjunctions:
        return "joined"
    return "listed" if one.alone and other.alone else "apart"


def _labels(text: str, found: Sequence[Mention]) -> set[int]:
    """Places of the mentions that begin a line as labels, where the line beside it begins with the label next to it."""
    starting = [place for place, mention in enumerate(found) if _begins_line(text, mention)]
    dropped: set[int] = set()
    for one, other in pairwise(starting):
        between = text[found[one].end : found[other].start].rstrip(" ([")
        if _order(found[other]) == _order(found[one]) + 1 and between.count("\n") == 1 and between.endswith("\n"):
            dropped |= {one, other}
    return dropped


def _begins_line(text: str, mention: Mention) -> bool:
    before = text[max(0, mention.start - 8) : mention.start].rstrip(" ([")
    first = before.endswith("\n") or (not before and mention.start < 8)
    return first and text[mention.end - 1 : mention.end + 1].rstrip()[-1] in ".):"


def _order(mention: Mention) -> int:
    value = mention.value
    if value is None or len(value) > 9:
        return -2  # next to none
    return ord(value) if value.isalpha() else int(value)
