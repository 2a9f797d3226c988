"""Structure is taken out of a text before an engine sees it, and put back after; what an engine lost is detected.

A text becomes segments between frames. Inside a segment each protected piece is replaced by a marker: a tag where the
engine keeps markup, a word that no language has where it does not, or nothing at all, where the text is cut around its
pieces. Without an engine between them, `protect(text, markers).restore` gives the text back, whatever it is.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from crossalpaca.translation.protection import CUTS, STAND_IN, protected

Markers = Literal["tags", "words", "none"]
"""What stands for a protected piece: `<x id="0"/>` in escaped HTML, `Zqb` in plain text, or nothing."""

Spans = list[tuple[int, int]]
"""Where protected pieces are in a text: first character and the one after the last."""

_CUT = re.compile(f"({CUTS})")
_WORD = re.compile(r"[A-Za-z]{2}|[^\W\d_a-zA-Z]")  # one letter of English is a symbol, one of Chinese is a word
_TAG = re.compile(r"<x id=\"(\d+)\"\s*/?>(?:\s*</x>)?")
_LETTERS = "bcdfghjklmnpqrstvwxz"  # these stand for the digits of a piece's number
_STAND_IN = re.compile(rf"{STAND_IN}([{_LETTERS}]+)(?![A-Za-z])")
_BLANKS = re.compile(r"[ ]{2,}")  # of the engine's making: segments have single ones
_ADJACENT = re.compile(r"[A-Za-z0-9]*")
_BEFORE = re.compile(r"[A-Za-z0-9]*\Z")


@dataclass(frozen=True, slots=True)
class Protected:
    """A text ready for an engine.

    Attributes:
        segments: what the engine is given, in order; HTML where the markers are tags, plain text else.
        frames: what stays, around and between them: one more than segments.
        pieces: of each segment what its markers stand for.
        markers: which ones they are.
    """

    segments: tuple[str, ...]
    frames: tuple[str, ...]
    pieces: tuple[tuple[str, ...], ...]
    markers: Markers

    def restore(self, translated: Sequence[str]) -> str | None:
        """The text around translated segments; None where a marker did not come back exactly once, or a text not."""
        made = [self.frames[0]]
        for text, pieces, frame in zip(translated, self.pieces, self.frames[1:], strict=True):
            filled = _filled(text, pieces, self.markers)
            if not filled:
                return None
            made += (filled, frame)
        return "".join(made)


def protect(text: str, markers: Markers, also: str = "") -> Protected:
    """Takes the structure out of a text.

    Args:
        text: any text.
        markers: what the engine keeps.
        also: a pattern, without groups, of what else stays as it is.
    """
    pattern = protected(also)
    segments: list[str] = []
    pieces: list[tuple[str, ...]] = []
    frames = [""]
    for number, part in enumerate(_CUT.split(text)):
        if number % 2:
            frames[-1] += part
            continue
        spans = _spans(part, pattern)
        stretches = _stretches(part, spans) if markers == "none" else [(0, len(part), spans)]
        for start, end, held in stretches:
            before, segment, after, kept = _masked(part, start, end, held, markers)
            frames[-1] += before
            if segment:
                segments.append(segment)
                pieces.append(kept)
                frames.append(after)
    return Protected(tuple(segments), tuple(frames), tuple(pieces), markers)


def _spans(text: str, pattern: re.Pattern[str]) -> Spans:
    """Where the protected pieces are; a piece takes letters and digits that touch it; pieces that touch join."""
    found: Spans = []
    for match in pattern.finditer(text):
        start, end = match.span()
        if start == end:
            continue
        start -= len(_BEFORE.search(text, max(start - 40, 0), start)[0])  # type: ignore[index]
        end += len(_ADJACENT.match(text, end)[0])  # type: ignore[index]
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def _stretches(text: str, spans: Spans) -> list[tuple[int, int, Spans]]:
    """The text between pieces and the pieces, each by itself."""
    edges = [0, *(edge for span in spans for edge in span), len(text)]
    held = set(spans)
    return [
        (start, end, [(start, end)] if (start, end) in held else []) for start, end in pairwise(edges) if start < end
    ]


def _masked(text: str, start: int, end: int, spans: Spans, markers: Markers) -> tuple[str, str, str, tuple[str, ...]]:
    """What stays before, the segment with markers, what stays after, and the pieces; no segment without words."""
    words: list[str] = []
    position = start
    for first, last in spans:
        words.append(text[position:first])
        position = last
    words.append(text[position:end])
    if not any(map(_WORD.search, words)):
        return text[start:end], "", "", ()
    pieces = tuple(text[first:last] for first, last in spans)
    before, after = "", ""
    if words[0]:
        stripped = words[0].lstrip()
        before, words[0] = words[0][: len(words[0]) - len(stripped)], stripped
    if words[-1]:
        stripped = words[-1].rstrip()
        after, words[-1] = words[-1][len(stripped) :], stripped
    if markers == "tags":
        words = [html.escape(word, quote=False) for word in words]
    made = words[0] + "".join(_marker(n, markers) + word for n, word in enumerate(words[1:]))
    return before, made, after, pieces


def _marker(number: int, markers: Markers) -> str:
    """What stands for the piece of a number, counted from 0 in its segment."""
    if markers == "tags":
        return f'<x id="{number}"/>'
    letters = _LETTERS[number % len(_LETTERS)]
    while number := number // len(_LETTERS):
        letters += _LETTERS[number % len(_LETTERS)]
    return STAND_IN + letters


def _filled(text: str, pieces: Sequence[str], markers: Markers) -> str | None:
    """A translated segment with its pieces in place of the markers; None where one is lost or doubled."""
    if markers == "none":
        return _BLANKS.sub(" ", text).strip()
    split = (_TAG if markers == "tags" else _STAND_IN).split(_BLANKS.sub(" ", text))
    expected = {_marker(n, markers): piece for n, piece in enumerate(pieces)}
    found = [f'<x id="{name}"/>' if markers == "tags" else STAND_IN + name for name in split[1::2]]
    if len(found) != len(expected) or set(found) != set(expected):
        return None
    words = [html.unescape(word) for word in split[::2]] if markers == "tags" else split[::2]
    if markers == "words" and any(STAND_IN in word for word in words):
        return None  # a marker that the engine has inflected
    return (words[0] + "".join(expected[name] + word for name, word in zip(found, words[1:], strict=True))).strip()
