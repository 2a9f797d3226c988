"""Edges of an answer in a translation: it begins and ends with what the original answer begins and ends with."""

from __future__ import annotations

import re

from crossalpaca.languages import Language
from crossalpaca.translation.markers import Span

_MARKS = frozenset(".,;:!?…()[]{}\"'«»“”„‘’‹›¿¡–—。，、；：！？（）「」『』《》؟،؛।")
_WORD = re.compile(r"[^\W\d_]+|\d+")
"""Letters or digits: engines glue a number to the word before it, and the answer is one of the two."""


def core(text: str, span: Span, original: str, target: Language) -> Span | None:
    """The span as it is looked for: whole words without white space, an article in front, and marks at the edges.

    A mark stays at an edge where the original answer has one.

    Args:
        text: the translation.
        span: what the engine gave for the answer.
        original: the answer, not empty.
        target: the language of `text`.

    Returns:
        The span, or None where nothing is left of it.
    """
    first, last = span
    while first < last and _goes(text[first], original[0]):
        first += 1
    while first < last and _goes(text[last - 1], original[-1]):
        last -= 1
    if first == last:
        return None
    if target.segmentation == "space":
        words = [word.span() for word in _WORD.finditer(text) if word.end() > first and word.start() < last]
        if words:
            first, last = min(first, words[0][0]), max(last, words[-1][1])
        if len(words) > 1 and words[0][0] == first and text[slice(*words[0])].lower() in target.articles:
            first = words[1][0]
    return first, last


def _goes(edge: str, original: str) -> bool:
    """Whether the character at an edge is cut off, where the original answer has another at that edge."""
    return edge.isspace() or (edge in _MARKS and original not in _MARKS)


def completed(text: str, span: Span, original: str, apart: str, source: Language, target: Language) -> Span:
    """The span with the article in front and the marks at its edges that belong to it and stand just outside.

    An article belongs to it where the original answer has one, or the answer translated apart has the same.

    Args:
        text: the translation.
        span: from `core`.
        original: the answer, not empty.
        apart: the answer translated by itself.
        source, target: the languages of `original` and of the translations.
    """
    first, last = span
    before = re.search(r"([^\W\d_]+)\s+$", text[:first])
    if before and (article := before[1].lower()) in target.articles:
        begins = _first_word(original) in source.articles or _first_word(apart) == article
        first = before.start() if begins else first
    if original[0] in _MARKS and text[first - 1 : first] == original[0] != text[first]:
        first -= 1
    if original[-1] in _MARKS and text[last : last + 1] == original[-1] != text[last - 1]:
        last += 1
    return first, last


def _first_word(text: str) -> str:
    found = _WORD.search(text)
    return found[0].lower() if found else ""
