"""Engines that answer at once, for tests: what they do to a text is plain to see."""

from __future__ import annotations

import re
from collections.abc import Sequence

_WORD = re.compile(r"<[^>]*>|&\w+;|[^\W\d_]+")


def longer(texts: Sequence[str]) -> list[str]:
    """Every word gets an `o` at its end; tags, entities and the words that stand in for pieces are left as they are."""
    return [_WORD.sub(lambda m: m[0] if m[0][0] in "<&" or m[0].startswith("Zq") else f"{m[0]}o", t) for t in texts]


def same(texts: Sequence[str]) -> list[str]:
    """Nothing is changed."""
    return list(texts)
