"""Scripts: which letters a language is written in."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import cache

SCRIPTS: Mapping[str, tuple[str, ...]] = {
    "Arab": ("ARABIC",),
    "Cyrl": ("CYRILLIC",),
    "Deva": ("DEVANAGARI",),
    "Grek": ("GREEK",),
    "Hang": ("HANGUL",),
    "Hans": ("CJK",),
    "Hant": ("CJK",),
    "Hebr": ("HEBREW",),
    "Jpan": ("CJK", "HIRAGANA", "KATAKANA"),
    "Kore": ("HANGUL", "CJK"),
    "Latn": ("LATIN",),
    "Thai": ("THAI",),
}
"""ISO 15924 code to how Unicode names the letters of the script begin."""


@cache
def letter_script(letter: str) -> str:
    """How Unicode names the letters of this one's script begin, such as LATIN; full-width letters are LATIN too."""
    return unicodedata.name(unicodedata.normalize("NFKC", letter)[0], "").split(" ")[0].split("-")[0]
