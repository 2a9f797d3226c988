"""Stable priorities: the one source of every random choice of the project."""

from __future__ import annotations

import hashlib


def priority(seed: int, *content: str) -> int:
    """64-bit hash of the seed and of content; the same on every machine and in every version."""
    text = "\x1f".join((str(seed), *content))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
