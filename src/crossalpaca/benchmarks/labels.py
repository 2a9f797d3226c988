"""The answers that the input of a reasoning task offers: lettered options, or lines of one word each."""

from __future__ import annotations

import re
import string
from unicodedata import normalize

from crossalpaca.benchmarks.answers import MEANINGS, canonical
from crossalpaca.languages import Language
from crossalpaca.records import AnswerKind

_LETTERED = re.compile(r"\s*([(（]\s?([A-ZＡ-Ｚ])\s?[)）])\s*(.*?)\s*")
_LISTED = re.compile(r"\s*[-–—•]\s*(\S.*?)\s*")


def labels(question: str, kind: AnswerKind, language: Language) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The labels to choose from, as the input writes them, and the texts behind lettered ones.

    Words are those of the lines `- word` that end the input, where they are two that mean different things, else the
    language's own. Both tuples are empty where a task has other answers, or its letters do not run from A onwards.
    """
    if kind == "letter":
        return _lettered(question)
    if kind not in MEANINGS:
        return (), ()
    offered = listed(question)
    meant = {canonical(word, kind, language) for word in offered}
    if len(offered) == len(meant) == 2 and None not in meant:
        return tuple(offered), ()
    return tuple(language.answers[word] for word in MEANINGS[kind]), ()


def _lettered(question: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The lines `(A) text` that end an input; none where a line among them is spoilt, for the right one may be it."""
    lines = question.strip().split("\n")
    first = next((number for number, line in enumerate(lines) if _LETTERED.fullmatch(line)), len(lines))
    found = [_LETTERED.fullmatch(line) for line in lines[first:] if line.strip()]
    matches = [match for match in found if match is not None]
    letters = "".join(normalize("NFKC", match[2]) for match in matches)
    if len(matches) < max(len(found), 2) or not string.ascii_uppercase.startswith(letters):
        return (), ()
    texts = tuple(match[3] for match in matches)
    return tuple(match[1] for match in matches), texts if all(texts) else ()


def listed(question: str) -> list[str]:
    """The answers in the lines `- word` that end an input, at least two."""
    found: list[str] = []
    for line in reversed(question.rstrip().split("\n")):
        if (match := _LISTED.fullmatch(line)) is None:
            break
        found.insert(0, match[1])
    return found if len(found) > 1 else []
