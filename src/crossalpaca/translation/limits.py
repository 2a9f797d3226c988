"""What an engine takes at once, and the packing of texts into requests that keep to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Limits:
    """What an engine takes.

    Attributes:
        texts: how many a request may hold.
        size: of all texts of a request together, in `unit`.
        unit: code points or bytes of UTF-8.
        concurrent: requests under way at once.
        requests, characters: how many may be sent in a second; None where there is no such limit.
    """

    texts: int
    size: int
    unit: Literal["characters", "bytes"] = "characters"
    concurrent: int = 1
    requests: float | None = None
    characters: float | None = None

    def measure(self, text: str) -> int:
        """Size of a text in this limit's unit."""
        return len(text) if self.unit == "characters" else len(text.encode())


def packed(texts: Iterable[str], limits: Limits) -> Iterator[list[str]]:
    """Requests in the order of the texts, each as full as the limits allow; a text that is too long goes alone."""
    request: list[str] = []
    size = 0
    for text in texts:
        added = limits.measure(text)
        if request and (len(request) == limits.texts or size + added > limits.size):
            yield request
            request, size = [], 0
        request.append(text)
        size += added
    if request:
        yield request
