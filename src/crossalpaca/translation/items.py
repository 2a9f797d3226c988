"""The texts of an item through an engine: in one request where that keeps their context, and again where one is lost.

A ladder of four ways, from the best sentence to the safest. What comes back is checked: every marker once, every
number, every name; an item that fails goes one rung down, and so does one whose texts together are too long for a
request. On the last rung nothing but text between the pieces is sent, so only an engine that answers nothing, or takes
less than one of these texts at once, can fail it.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from crossalpaca.translation.protection import NUMBER
from crossalpaca.translation.structure import Markers, Protected, protect

Method = Literal["together", "apart", "masked", "pieces", "kept"]
"""All texts of an item in one request; each by itself; numbers and names behind markers too; cut around all of these;
or nothing to translate."""

Translate = Callable[[Sequence[str]], list[str]]
"""An engine with its languages: as many translations as texts, in their order."""

_BLOCK = re.compile(r"<p id=\"(\d+)\">(.*?)</p>", re.DOTALL)
_STOPS = (".", "!", "?", "…", "。", "！", "？", "।", "؟")
_COUNTED = re.compile(r"\d+(?!\d|st\b|nd\b|rd\b|th\b)")  # languages write ordinals in other ways


@dataclass(frozen=True, slots=True)
class Unit:
    """The texts of an item.

    Attributes:
        texts: to be translated; they share their context.
        kept: a pattern of what stays in them as it is.
        names: a pattern of what must come back; it is sent, for a sentence needs it, unless an engine changes it.
        alone: the texts are words of a list that many items share, so that each is sent by itself.
    """

    texts: tuple[str, ...]
    kept: str = ""
    names: str = ""
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Rendering:
    """The translated texts of an item, in order, and how they were made."""

    texts: tuple[str, ...]
    method: Method


def render(units: Sequence[Unit], translate: Translate, keeps_markup: bool) -> list[Rendering | None]:
    """Translates items, each in the first way in which nothing of it is lost; None where every way fails.

    Args:
        units: the items.
        translate: the engine, of many texts at once.
        keeps_markup: it is given HTML and keeps its tags; else plain text.
    """
    done: list[Rendering | None] = [None] * len(units)
    left = list(range(len(units)))
    for method in get_args(Method)[:-1] if keeps_markup else get_args(Method)[1:-1]:
        tried = [n for n in left if not (method == "together" and units[n].alone)]
        markers: Markers = "none" if method == "pieces" else "tags" if keeps_markup else "words"
        rendered = _round([units[n] for n in tried], translate, method, markers, keeps_markup)
        for n, made in zip(tried, rendered, strict=True):
            done[n] = made
        left = [n for n in left if done[n] is None]
    return done


def _round(
    units: Sequence[Unit], translate: Translate, method: Method, markers: Markers, keeps_markup: bool
) -> list[Rendering | None]:
    """One way tried: a rendering of each item, or None where something of it was lost."""
    strict = method in ("masked", "pieces")
    escaped = keeps_markup and markers == "none"  # segments are plain text, and the engine is given HTML
    taken = [[protect(text, markers, _also(unit, strict)) for text in unit.texts] for unit in units]
    asked = [_requests(each, method, escaped) for each in taken]
    answers = iter(translate([text for texts in asked for text in texts]))
    made: list[Rendering | None] = []
    for unit, protecteds, requests in zip(units, taken, asked, strict=True):
        got = [next(answers) for _ in requests]
        texts = _restored(protecteds, got, method, escaped)
        sound = texts is not None and all(_sound(*pair, unit.names) for pair in zip(unit.texts, texts, strict=True))
        made.append(Rendering(tuple(texts), method if requests else "kept") if texts is not None and sound else None)
    return made


def _also(unit: Unit, strict: bool) -> str:
    """A pattern of what stays beside the usual pieces; `strict` adds names and numbers."""
    return "|".join(filter(None, (unit.kept, unit.names, NUMBER) if strict else (unit.kept,)))


def _requests(protecteds: Sequence[Protected], method: Method, escaped: bool) -> list[str]:
    """What is sent for the texts of an item."""
    segments = [segment for protected in protecteds for segment in protected.segments]
    if method == "together" and len(segments) > 1:
        return ["".join(f'<p id="{n}">{_stopped(segment)}</p>' for n, segment in enumerate(segments))]
    return [html.escape(segment, quote=False) for segment in segments] if escaped else segments


def _stopped(segment: str) -> str:
    """With a full stop: tags are nothing to a rule-based engine, which would move words from one text to the next."""
    return segment if segment.endswith(_STOPS) else f"{segment}."


def _unstopped(text: str, segment: str) -> str:
    """A translation without the full stop that `_stopped` gave its segment."""
    stripped = text.rstrip()
    return text if segment.endswith(_STOPS) or not stripped.endswith(_STOPS) else stripped[:-1]


def _restored(protecteds: Sequence[Protected], got: Sequence[str], method: Method, escaped: bool) -> list[str] | None:
    """The texts of an item from the answers to its `_requests`; None where one is lost."""
    count = sum(len(protected.segments) for protected in protecteds)
    if method == "together" and count > 1:
        blocks = _BLOCK.findall(got[0])
        if [name for name, _ in blocks] != [str(n) for n in range(count)]:
            return None
        asked = [segment for protected in protecteds for segment in protected.segments]
        got = [_unstopped(text, segment) for (_, text), segment in zip(blocks, asked, strict=True)]
    segments: Iterator[str] = map(html.unescape, got) if escaped else iter(got)
    texts: list[str] = []
    for protected in protecteds:
        text = protected.restore([next(segments) for _ in protected.segments])
        if text is None:
            return None
        texts.append(text)
    return texts


def _sound(text: str, made: str, names: str) -> bool:
    """Every number and name of a text is in its translation, as often."""
    patterns = [_COUNTED, *([re.compile(names)] if names else [])]
    return all(Counter(p.findall(text)) <= Counter(p.findall(made)) for p in patterns)
