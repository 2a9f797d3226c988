"""Answers that survive the translation of their passage: where each one stands in the translated passage.

A ladder of methods, and each answer says which one placed it. The passage is translated twice, plain and with markers
around the answers (`markers`), and each answer is translated apart. Markers say where an answer went; but rule-based
engines move words past them, and others drop them. So what stands between them must be the answer translated apart, or
nothing close by in the aligned sentence may be more like it. An answer that no rung places is named with the reason,
never guessed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from crossalpaca.languages import Language
from crossalpaca.translation.alignment import SentenceAlignment, carried
from crossalpaca.translation.boundaries import completed, core
from crossalpaca.translation.markers import Span, passes, unmarked
from crossalpaca.translation.matching import fold, likeness, nearest_match, occurrences, reordered

Method = Literal["marker", "exact", "near"]
"""What placed an answer: its markers, or its separate translation, found as it is or nearly so."""

NEAR = 80.0  # of 100, the least likeness of a near match
UNLIKE = 50.0  # of 100; what markers enclose and is less like the separate translation may be other words
REACH = 60  # characters on both sides of a marked span in which words that left it are looked for first


@dataclass(frozen=True, slots=True)
class Projection:
    """An answer in the translated passage.

    Attributes:
        method: what placed it.
        text: the answer as the translated passage has it.
        start: its first character there, in code points.
        marked: what the markers enclosed; empty where they did not come through.
        apart: the answer translated by itself.
        likeness: of `text` to `apart`, 0 to 100, without articles in front.
        chrf: likeness of the passage translated with markers, which are then removed, to the published one: 0 to 100;
            100 also where there is none with markers.
    """

    method: Method
    text: str
    start: int
    marked: str
    apart: str
    likeness: float
    chrf: float


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage with its translations.

    Attributes:
        text: the passage.
        translation: as it is published: of the passage without markers.
        marked: translations of the passage with markers, one for each of the `passes` of its answers; none where the
            engine keeps no markers.
        apart: each answer text translated by itself.
        source, target: the languages.
    """

    text: str
    translation: str
    marked: Sequence[str]
    apart: Mapping[str, str]
    source: Language
    target: Language


def project(passage: Passage, spans: Sequence[Span]) -> dict[Span, Projection | str]:
    """Where each answer of a passage stands in its translation, or in a few words why it cannot be placed.

    Args:
        passage: with `marked` in the order of `passes(spans)`.
        spans: the answers in `passage.text`, none of them empty.
    """
    marks = _marks(passage, spans)
    sentences = SentenceAlignment(passage.text, passage.translation)
    return {span: _projected(passage, span, sentences, *marks.get(span, (None, 100.0))) for span in set(spans)}


def _marks(passage: Passage, spans: Sequence[Span]) -> dict[Span, tuple[Span | None, float]]:
    """For each answer what its markers enclose in the published translation, and the chrF of the marked one."""
    found: dict[Span, tuple[Span | None, float]] = {}
    for group, translated in zip(passes(spans), passage.marked, strict=False):
        plain, places = unmarked(translated)
        same = plain.split() == passage.translation.split()
        chrf = 100.0 if same else _chrf(plain, passage.translation)
        for number, span in enumerate(group):
            place = places.get(number)
            found[span] = (carried(place, plain, passage.translation) if place else None), chrf
    return found


def _projected(
    passage: Passage, span: Span, sentences: SentenceAlignment, place: Span | None, chrf: float
) -> Projection | str:
    original, text, target = passage.text[slice(*span)], passage.translation, passage.target
    apart = passage.apart[original]
    alone = core(apart, (0, len(apart)), original, target)
    home, area = sentences.of(span)
    same = occurrences(original, passage.text, home, passage.source)
    search = _Search(
        text=text,
        language=target,
        area=area,
        mark=core(text, place, original, target) if place else None,
        wanted=apart[slice(*alone)] if alone else "",
        turn=(same.index(span), len(same)) if span in same else (0, 0),
    )
    found = _climbed(search)
    if isinstance(found, str):
        return found
    method, rough = found
    if (whole := core(text, rough, original, target)) is None:
        return "nothing but white space and punctuation is left of it"
    like = likeness(text[slice(*whole)], search.wanted)
    first, last = completed(text, whole, original, apart, passage.source, target)
    marked = text[slice(*place)] if place else ""
    return Projection("marker" if whole == search.mark else method, text[first:last], first, marked, apart, like, chrf)


@dataclass(frozen=True, slots=True)
class _Search:
    """What is known of an answer when it is looked for.

    Attributes:
        text: the translated passage.
        language: its language.
        area: the sentences of it that answer to those of the answer.
        mark: what the answer's markers enclose, trimmed.
        wanted: the answer translated apart, trimmed.
        turn: which one of how many occurrences in its sentence the original answer is; of none, where it is a part of a
            word.
    """

    text: str
    language: Language
    area: Span
    mark: Span | None
    wanted: str
    turn: tuple[int, int]


def _climbed(search: _Search) -> tuple[Method, Span] | str:
    """The first rung that holds."""
    mark, area = search.mark, search.area
    if mark and fold(search.text[slice(*mark)]) == fold(search.wanted):
        return "marker", mark
    if mark is None or not (area[0] <= mark[0] and mark[1] <= area[1]):
        return _found_by_turn(search)
    like = likeness(search.text[slice(*mark)], search.wanted)
    close = max(area[0], mark[0] - REACH), min(area[1], mark[1] + REACH)
    found = _found_by_turn(search)
    hits = occurrences(search.wanted, search.text, close, search.language)
    if hits:
        in_turn = not isinstance(found, str) and found[1] in hits
        return found if in_turn else ("exact", min(hits, key=lambda hit: abs(sum(hit) - sum(mark))))
    near = nearest_match(search.wanted, search.text, close, NEAR)
    if near and likeness(search.text[slice(*near)], search.wanted) > like:
        return "near", near
    return found if like < UNLIKE and not isinstance(found, str) else ("marker", mark)


def _found_by_turn(search: _Search) -> tuple[Method, Span] | str:
    """In the aligned sentence without the help of markers: as often there as the original, so the one of its turn."""
    turn, times = search.turn
    hits = occurrences(search.wanted, search.text, search.area, search.language)
    if hits and len(hits) == times:
        return "exact", hits[turn]
    if hits:
        return "its translation occurs more or less often than it in the aligned sentence"
    other_order = reordered(search.wanted, search.text, search.area)
    near = other_order[0] if other_order else nearest_match(search.wanted, search.text, search.area, NEAR)
    return ("near", near) if near and times == 1 and len(other_order) < 2 else "not found in the aligned sentence"


def _chrf(text: str, reference: str) -> float:
    from sacrebleu.metrics.chrf import CHRF  # late: plans import this module, and most passages need no score

    return float(CHRF().sentence_score(text, [reference]).score)
