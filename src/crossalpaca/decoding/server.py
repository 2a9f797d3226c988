"""OpenAI-compatible servers: raw prompts to `/v1/completions`, greedily, many at a time.

Written for what vLLM and `transformers serve` have in common. A server reads the prompt's text, so the tokens are its
own; it tells no likelihoods of given texts that all servers would tell alike.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from crossalpaca.decoding.requests import Decoded, Request, Served
from crossalpaca.decoding.tokens import Tokens
from crossalpaca.endpoints import Endpoint, Passing, Patience
from crossalpaca.errors import InputError

KEY = "CROSSALPACA_SERVER_KEY"
"""The environment's variable that holds the server's key, where it wants one."""

_GREEDY = {"temperature": 0, "stream": False}


class ServerEngine:
    """Greedy answers from a model of a server; no likelihoods.

    Raises:
        InputError: its address is none.
        ServiceError: it cannot be reached.
    """

    def __init__(self, served: Served, tokens: Tokens, window: float, patience: Patience = Patience()) -> None:  # noqa: B008  (frozen)
        key = os.environ.get(KEY)
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self.served = served
        self.endpoint = Endpoint(served.url.rstrip("/"), headers, patience)
        self.tokens = tokens
        self.window = min(window, self._window())
        self.likelihoods = False

    def _window(self) -> float:
        """The window that the server gives the model, where it says so, as vLLM does."""
        length = self.endpoint.get("/models", _listed).get(self.served.name, {}).get("max_model_len")
        return length if isinstance(length, int) else math.inf

    def decode(self, requests: Sequence[Request]) -> list[Decoded]:
        """Answers requests, in order; see `Engine`.

        Raises:
            InputError: likelihoods are asked for.
            ServiceError: the server gives no answer, also after trying again.
        """
        if any(request.continuations for request in requests):
            raise InputError(f"{self.endpoint.shown}: a server gives no likelihoods; decode with the model in memory")
        with ThreadPoolExecutor(self.served.concurrent) as pool:
            try:
                return list(pool.map(self._ask, requests))
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)  # else every request that waits would be sent first
                raise

    def _ask(self, request: Request) -> Decoded:
        body = {"model": self.served.name, "prompt": request.prompt, "max_tokens": request.max_new_tokens, **_GREEDY}
        prompt = self.tokens.prompt(request.prompt, request.special_tokens)
        if not request.special_tokens and self.tokens.prompt(request.prompt) != prompt:
            body["add_special_tokens"] = False  # asked for only where it matters: not every server knows it
        completion = self.endpoint.post("/completions", body, _one_choice)
        return Decoded(
            completion=completion["text"],
            ended=completion["finish_reason"] != "length",
            bits=(),
            prompt_tokens=len(prompt),
            completion_tokens=completion["tokens"],
        )


def _listed(answer: Any) -> dict[str, Mapping[str, Any]]:
    """Models that a server lists, by name."""
    models = answer.get("data") if isinstance(answer, dict) else None
    entries = models if isinstance(models, list) else []
    return {str(entry["id"]): entry for entry in entries if isinstance(entry, dict) and "id" in entry}


def _one_choice(answer: Any) -> dict[str, Any]:
    """Text, reason to finish and token count of the answer's one choice; anything less is asked for again."""
    choices = answer.get("choices") if isinstance(answer, dict) else None
    if not isinstance(choices, list) or len(choices) != 1:
        found = len(choices) if isinstance(choices, list) else "no"
        raise Passing(f"answered {found} choices for one prompt")
    choice = choices[0]
    text, reason = (choice.get(name) if isinstance(choice, dict) else None for name in ("text", "finish_reason"))
    if not isinstance(text, str) or reason not in ("stop", "length"):
        raise Passing(f"answered a choice without text, or one that did not finish ({reason!r})")
    usage = answer.get("usage")
    tokens = usage.get("completion_tokens") if isinstance(usage, dict) else None
    return {"text": _whole(text), "finish_reason": reason, "tokens": tokens if isinstance(tokens, int) else 0}


def _whole(text: str) -> str:
    """The text with U+FFFD for half a character (a lone surrogate), which JSON can say and no UTF-8 file can hold."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
