"""A LibreTranslate server."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from crossalpaca.endpoints import Endpoint, Passing, Patience
from crossalpaca.errors import InputError
from crossalpaca.translation.limits import Limits

LIMITS = Limits(texts=50, size=5_000, concurrent=2)
KEY = "LIBRETRANSLATE_API_KEY"


@dataclass(frozen=True, slots=True)
class LibreTranslate:
    """A server, which may want a key."""

    endpoint: Endpoint
    limits: Limits = LIMITS
    price: float = 0.0
    keeps_markup: bool = True
    one_sentence: bool = False

    @property
    def name(self) -> str:
        """The server's address is part of it: each has models of its own."""
        return f"libretranslate/{self.endpoint.shown}"

    def version(self, source: str, target: str) -> str:
        """The service does not tell those of its models."""
        return "api"

    def translate(self, texts: Sequence[str], source: str, target: str, *, markup: bool = False) -> list[str]:
        """One request."""
        form = "html" if markup else "text"
        body: dict[str, Any] = {"q": list(texts), "source": source, "target": target, "format": form}
        if api_key := os.environ.get(KEY):
            body["api_key"] = api_key
        return self.endpoint.post("/translate", body, lambda answer: _texts(answer, len(texts)))


def engine(argument: str, patience: Patience = Patience()) -> LibreTranslate:  # noqa: B008  (frozen)
    """The engine of a server's address.

    Raises:
        InputError: there is no address.
    """
    if not argument.startswith(("http://", "https://")):
        raise InputError(f"libretranslate:{argument}: name the server, such as libretranslate:http://127.0.0.1:5000")
    return LibreTranslate(Endpoint(argument.rstrip("/"), patience=patience))


def _texts(answer: Any, count: int) -> list[str]:
    texts = answer.get("translatedText") if isinstance(answer, dict) else None
    if not isinstance(texts, list) or len(texts) != count or not all(isinstance(text, str) for text in texts):
        got = len(texts) if isinstance(texts, list) else "no list of"
        raise Passing(f"answered {got} translations where {count} were asked for")
    return texts
