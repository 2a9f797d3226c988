"""Texts as hashed tokens: words, or single characters in scripts that are written without spaces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from unicodedata import category, normalize

import numpy as np
import numpy.typing as npt

from crossalpaca.hashing import priority
from crossalpaca.languages.scripts import letter_script

Hashes = npt.NDArray[np.uint64]
Indices = npt.NDArray[np.int64]

_UNSPACED = frozenset({"CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR"})
_BASE = np.uint64(0x9E3779B97F4A7C15)  # odd, so that no token's hash is lost when the product wraps


class _Characters(dict[int, str]):
    """What becomes of each character: letters, marks and digits stay, unspaced ones stand alone, others part words."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        if category(letter)[0] not in "LMN":
            kept = " "
        else:
            kept = f" {letter} " if letter_script(letter) in _UNSPACED else letter
        self[code] = kept
        return kept


class _TokenHashes(dict[str, int]):
    def __missing__(self, token: str) -> int:
        self[token] = priority(0, token)
        return self[token]


_CHARACTERS = _Characters()


def tokens(text: str) -> list[str]:
    """Words without case, width and punctuation; each character of an unspaced script is a token."""
    return normalize("NFKC", text).casefold().translate(_CHARACTERS).split()


def unspaced(text: Sequence[str]) -> bool:
    """True if most tokens of a text are characters of unspaced scripts."""
    return sum(len(_CHARACTERS[ord(token[0])]) > 1 for token in text) * 2 > len(text)


@dataclass(frozen=True, slots=True)
class Hashed:
    """The tokens of many texts, one text after another.

    Attributes:
        tokens: [tokens] hash of each.
        owners: [tokens] index of the text that each belongs to.
        starts: [texts] where each text begins.
        lengths: [texts] how many tokens each has.
    """

    tokens: Hashes
    owners: Indices
    starts: Indices
    lengths: Indices

    @classmethod
    def of(cls, texts: Sequence[Sequence[str]]) -> Hashed:
        """Hashes texts that are tokens already."""
        known = _TokenHashes()
        hashes = np.fromiter((known[token] for token in chain.from_iterable(texts)), dtype=np.uint64)
        lengths = np.fromiter(map(len, texts), dtype=np.int64)
        owners = np.repeat(np.arange(len(texts)), lengths)
        return cls(hashes, owners, np.cumsum(lengths) - lengths, lengths)

    def windows(self, size: int) -> tuple[Hashes, Indices]:
        """Hash and first token of each `size` tokens in a row within one text."""
        count = len(self.tokens) - size + 1
        if count <= 0:
            return np.empty(0, np.uint64), np.empty(0, np.int64)
        hashes = np.zeros(count, dtype=np.uint64)
        for offset in range(size):
            hashes = hashes * _BASE + self.tokens[offset : offset + count]
        inside = np.flatnonzero(self.owners[:count] == self.owners[size - 1 :])
        return hashes[inside], inside
