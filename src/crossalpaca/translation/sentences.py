"""Texts cut into sentences by rules: final marks of each script, abbreviations, initials and numbers."""

from __future__ import annotations

import re
from itertools import pairwise

_UNSPACED = "。！？｡"  # final marks of scripts that put no white space after them
_CLOSING = "\"'”’»)\\]」』）】›"
_BREAK = re.compile(
    rf"(?P<mark>[.!?…؟۔।॥]+[{_CLOSING}]*\s+|[{_UNSPACED}]+[{_CLOSING}]*\s*|[ \t]*(?:\r?\n[ \t]*)+)(?=\S)"
)
_LAST_WORD = re.compile(r"[^\s(\[«“\"'¿¡]+\Z")
# English, German, Spanish and Italian, Romanian, Russian, Greek, Turkish
_SHORT = """
mr mrs ms dr prof st sr jr rev gen col capt lt sgt gov sen rep hon vs etc e.g i.e cf eds approx dept est inc ltd corp
al jan feb aug sept oct nov dec u.s u.k a.m p.m ca z.b d.h u.a u.ä usw bzw evtl ggf inkl str hr fr bd hrsg jh s.o s.u
vgl sra srta dra ud uds ej avda p.ej ee.uu a.c d.c sig sigg sig.ra dott ecc ing avv dl dna т.е т.д т.п т.к и.о г гг ул
им см стр руб тыс млн млрд π.χ κ κα δρ βλ σελ αρ μ.χ örn vb vd bkz yy
"""
_SHORT_BEFORE_NUMBERS = "abb no nos nr núm art fig figs p pp pág págs pag cap vol s abs n ch sec eq"
_ABBREVIATIONS = frozenset(_SHORT.split())
_BEFORE_NUMBERS = _ABBREVIATIONS | frozenset(_SHORT_BEFORE_NUMBERS.split())


def sentences(text: str) -> list[str]:
    """The sentences of a text, each with the white space after it: joined, they are the text.

    A line break ends a sentence. A full stop does not after an abbreviation or an initial, nor before a small letter.
    """
    cuts = [0]
    for found in _BREAK.finditer(text):
        if "\n" in found[0] or _ends(text[cuts[-1] : found.start()], found[0], text[found.end()]):
            cuts.append(found.end())
    if text:
        cuts.append(len(text))
    return [text[start:end] for start, end in pairwise(cuts)]


def _ends(before: str, mark: str, after: str) -> bool:
    """Whether the sentence before a final mark ends there."""
    if mark[0] != "." or mark[1:2] == ".":
        return not after.islower() or mark[0] in _UNSPACED
    word = _LAST_WORD.search(before)
    last = word[0] if word else ""
    initial = (len(last) == 1 and last.isupper()) or re.fullmatch(r"(?:\w\.)+\w", last) is not None
    item = last.isdigit() and len(before.strip()) == len(last)  # as in "1. First"
    known = last.casefold() in (_BEFORE_NUMBERS if after.isdigit() else _ABBREVIATIONS)
    return not (after.islower() or initial or item or known)
