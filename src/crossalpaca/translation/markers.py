"""Numbered markers around parts of a text: `<x0>...</x0>`, which engines that keep HTML-like tags carry through."""

from __future__ import annotations

import html
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

Span = tuple[int, int]
"""First character and the one after the last, in code points."""

_MARKER = re.compile(r"<\s*(/?)\s*x\s*(\d{1,9})\s*/?\s*>", re.IGNORECASE)  # a model in a loop writes endless numbers


def passes(spans: Iterable[Span]) -> list[list[Span]]:
    """The distinct spans, in as few groups as can be made so that no two of a group overlap."""
    groups: list[list[Span]] = []
    for span in sorted(set(spans)):
        free = next((group for group in groups if group[-1][1] <= span[0]), None)
        if free is None:
            groups.append([span])
        else:
            free.append(span)
    return groups


def marked(text: str, spans: Sequence[Span]) -> str:
    """The text as HTML, with the n-th span in `<xn>`.

    Args:
        text: plain text.
        spans: in order and without overlap, as `passes` groups them.
    """
    pieces: list[str] = []
    end = 0
    for number, (first, last) in enumerate(spans):
        pieces += [_escaped(text[end:first]), f"<x{number}>", _escaped(text[first:last]), f"</x{number}>"]
        end = last
    return "".join((*pieces, _escaped(text[end:])))


def _escaped(text: str) -> str:
    return html.escape(text, quote=False)


def unmarked(text: str) -> tuple[str, dict[int, Span]]:
    """Plain text without its markers, and where those that came through whole stood.

    Whole is a marker that opens once and closes once, after that, holds something, and neither holds nor crosses
    another. The others are left out, for where they belong is anyone's guess.
    """
    opened: dict[int, list[int]] = defaultdict(list)
    closed: dict[int, list[int]] = defaultdict(list)
    plain, end = "", 0
    for found in _MARKER.finditer(text):
        plain += html.unescape(text[end : found.start()])
        (closed if found[1] else opened)[int(found[2])].append(len(plain))
        end = found.end()
    plain += html.unescape(text[end:])
    spans = {
        number: (starts[0], ends[0])
        for number, starts in opened.items()
        if len(starts) == len(ends := closed[number]) == 1 and plain[starts[0] : ends[0]].strip()
    }
    return plain, {
        n: span for n, span in spans.items() if not any(_overlap(span, s) for m, s in spans.items() if m != n)
    }


def _overlap(a: Span, b: Span) -> bool:
    return a[0] < b[1] and b[0] < a[1]
