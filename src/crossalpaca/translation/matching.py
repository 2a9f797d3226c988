"""Finding an answer that was translated apart in the translated passage: as it stands, or nearly so."""

from __future__ import annotations

import re

from rapidfuzz import fuzz

from crossalpaca.languages import Language
from crossalpaca.translation.markers import Span

_WORDS = re.compile(r"\w+")


def fold(text: str) -> str:
    """Lower case, character by character, so that places stay what they are."""
    return "".join(low if len(low := character.lower()) == 1 else character for character in text)


def _part(text: str, area: Span) -> str:
    return fold(text[slice(*area)])


def likeness(text: str, other: str) -> float:
    """0 to 100, case ignored: how many of the characters of both need no edit."""
    return fuzz.ratio(fold(text), fold(other))


def occurrences(wanted: str, text: str, area: Span, language: Language) -> list[Span]:
    """Where a text stands in a part of another, case ignored, as whole words where the language parts words.

    A number glued to a word is a word by itself.
    """
    if not wanted:
        return []
    before, after = (_edge(wanted[0]), _edge(wanted[-1])) if language.segmentation == "space" else ("", "")
    inside = re.escape(fold(wanted)) + (f"(?!{after})" if after else "")
    pattern = (f"(?<!{before})" if before else "") + f"(?={inside})"  # looked at only, for occurrences may overlap
    starts = [area[0] + found.start() for found in re.finditer(pattern, _part(text, area))]
    return [(start, start + len(wanted)) for start in starts]


def _edge(character: str) -> str:
    """What may not stand beside a character at the edge of a word."""
    return r"\d" if character.isdigit() else r"[^\W\d_]" if character.isalpha() else ""


def reordered(wanted: str, text: str, area: Span) -> list[Span]:
    """Where the words of a text, at least two, stand together in another order; case is ignored."""
    words = sorted(_WORDS.findall(fold(wanted)))
    there = [(found[0], found.start() + area[0], found.end() + area[0]) for found in _WORDS.finditer(_part(text, area))]
    windows = [there[n : n + len(words)] for n in range(len(there) - len(words) + 1)] if len(words) > 1 else []
    return [(each[0][1], each[-1][2]) for each in windows if sorted(word for word, _, _ in each) == words]


def nearest_match(wanted: str, text: str, area: Span, least: float) -> Span | None:
    """The part most like a text; None where nothing is as like as `least`, 0 to 100.

    A word at an edge is left out where less than half of it is alike. Likeness is here that of the shorter of the two,
    so a part much shorter than the wanted text is none.
    """
    found = fuzz.partial_ratio_alignment(fold(wanted), _part(text, area), score_cutoff=least)
    if found is None or 4 * (found.dest_end - found.dest_start) < 3 * len(wanted):
        return None
    first, last = area[0] + found.dest_start, area[0] + found.dest_end
    for word in _WORDS.finditer(text):
        middle = (word.start() + word.end()) / 2
        first = word.end() if middle < first < word.end() else first
        last = word.start() if word.start() < last < middle else last
    return (first, last) if first < last else None
