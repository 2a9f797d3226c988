"""Engines without a dictionary: every letter moves thirteen places, so that an answer stays exactly where it was."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence

TAG = re.compile(r"(<[^<>]*>|&\w+;)")


def cipher(texts: Sequence[str]) -> list[str]:
    """Translates what is no tag and no entity."""
    return ["".join(p if TAG.fullmatch(p) else codecs.encode(p, "rot13") for p in TAG.split(text)) for text in texts]


def dropping(texts: Sequence[str]) -> list[str]:
    """Loses the end of every marker."""
    return [re.sub(r"</x\d+>", "", text) for text in cipher(texts)]


def duplicating(texts: Sequence[str]) -> list[str]:
    """Opens every marker a second time at the beginning of the text."""
    return ["".join(re.findall(r"<x\d+>", text)) + text for text in cipher(texts)]


def nesting(texts: Sequence[str]) -> list[str]:
    """Puts all markers around the whole text."""
    made = []
    for text in cipher(texts):
        opened, closed = re.findall(r"<x\d+>", text), re.findall(r"</x\d+>", text)
        made.append("".join((*opened, re.sub(r"</?x\d+>", "", text), *closed)))
    return made


def shouting(texts: Sequence[str]) -> list[str]:
    """Writes in capitals what is between markers."""
    return [re.sub(r"(?<=>)[^<>]*(?=</x)", lambda found: found[0].upper(), text) for text in cipher(texts)]


def moving(texts: Sequence[str]) -> list[str]:
    """Closes every marker before it opens, with the text that follows between the two."""
    return [re.sub(r"(<x(\d+)>[^<>]*)(</x\2>)([^<>]*)", r"</x\2>\4<x\2>", text) for text in cipher(texts)]


def shifting(texts: Sequence[str]) -> list[str]:
    """Moves every marker one word to the right."""
    return [re.sub(r"(<x(\d+)>)([^<>]*)(</x\2>)( ?\w+)", r"\3\1\5\4", text) for text in cipher(texts)]


def silent(texts: Sequence[str]) -> list[str]:
    """Answers nothing to texts with markers."""
    return ["" if "<x" in text else made for text, made in zip(texts, cipher(texts), strict=True)]
