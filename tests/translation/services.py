"""Engines for tests of what stands around them: they answer at once, count what they are asked, and fail on demand."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from crossalpaca.translation.limits import Limits


@dataclass
class Reversing:
    """Answers with the text turned round.

    Attributes:
        asked: the requests so far.
        lost: texts that get no translation.
        extra: answers too many in each request.
        failing: texts at which a request fails.
    """

    limits: Limits = field(default_factory=lambda: Limits(texts=3, size=40, concurrent=4))
    price: float = 0.0
    name: str = "reversing"
    keeps_markup: bool = True
    one_sentence: bool = False
    asked: list[list[str]] = field(default_factory=list)
    lost: frozenset[str] = frozenset()
    extra: int = 0
    failing: dict[str, Exception] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def version(self, source: str, target: str) -> str:
        return "1"

    def translate(self, texts: Sequence[str], source: str, target: str, *, markup: bool = False) -> list[str]:
        with self.lock:
            self.asked.append(list(texts))
        for text in texts:
            if text in self.failing:
                raise self.failing[text]
        return ["" if text in self.lost else text[::-1] for text in texts] + ["more"] * self.extra

    @property
    def segments(self) -> list[str]:
        """Every text that was asked, in any request."""
        return [text for request in self.asked for text in request]
