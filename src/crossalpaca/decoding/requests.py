"""What is asked of a decoding engine, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal, Protocol

from annotated_types import Gt
from pydantic import Strict

from crossalpaca.decoding.tokens import Tokens

TooLong = Literal["error", "skip", "truncate-context"]
"""What becomes of a prompt that does not fit the model's window: nothing is asked at all, it is left out, or its
passage is shortened from the end."""


@dataclass(frozen=True, slots=True)
class Decoding:
    """How a model is asked; always greedily.

    Attributes:
        precision: of weights and computation.
        batch: prompts that are decoded together.
        too_long: what becomes of prompts that do not fit the model's window.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    precision: Literal["bf16", "fp32"] = "bf16"
    batch: Annotated[int, Strict(), Gt(0)] = 64
    too_long: TooLong = "error"


@dataclass(frozen=True, slots=True)
class Server:
    """An OpenAI-compatible server that answers for some of the models; it gives no likelihoods.

    Attributes:
        url: of its API, such as `http://localhost:8000/v1`.
        models: name of a model to the name that the server knows it by; the others are decoded here.
        concurrent: requests under way at a time.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    url: str
    models: Mapping[str, str] = field(default_factory=dict)
    concurrent: Annotated[int, Strict(), Gt(0)] = 32

    def serving(self, model: str) -> Served | None:
        """How one model is asked there; None where it is decoded here."""
        name = self.models.get(model)
        return None if name is None else Served(self.url, name, self.concurrent)


@dataclass(frozen=True, slots=True)
class Served:
    """One model of a server: address, the server's name for it, and requests under way at a time."""

    url: str
    name: str
    concurrent: int

    @property
    def identity(self) -> str:
        """What stands for it in a step's key: the name, since a server may move."""
        return f"server:{self.name}"


def decoding_signature(precision: str, *, served: bool) -> str:
    """How answers were made, for signatures of scores; a server's precision is its own."""
    return "greedy/server" if served else f"greedy/{precision}"


@dataclass(frozen=True, slots=True)
class Request:
    """One prompt to complete.

    Attributes:
        id: of the example.
        prompt: rendered text.
        continuations: texts whose likelihood after the prompt is wanted; each tokenised apart from the prompt.
        max_new_tokens: the completion ends there if the model does not end it.
        special_tokens: the tokenizer puts its own special tokens before the prompt (see `prompts.Template`).
    """

    id: str
    prompt: str
    continuations: tuple[str, ...]
    max_new_tokens: int
    special_tokens: bool = True


@dataclass(frozen=True, slots=True)
class Decoded:
    """The answer to one request.

    Attributes:
        completion: greedy, cut from token ids before EOS.
        ended: EOS came within the limit.
        bits: negative log2-likelihood of each continuation, without EOS.
        prompt_tokens, completion_tokens: counts; the completion's without EOS.
    """

    completion: str
    ended: bool
    bits: tuple[float, ...]
    prompt_tokens: int
    completion_tokens: int


class Engine(Protocol):
    """What answers requests: a model in memory, or a server.

    Attributes:
        tokens: how prompts are tokenised.
        window: tokens of a prompt and its answer at most; infinite where the model has no limit.
        likelihoods: it can tell those of continuations.
    """

    tokens: Tokens
    window: float
    likelihoods: bool

    def decode(self, requests: Sequence[Request]) -> list[Decoded]:
        """Answers requests, in order.

        Raises:
            RunError: it cannot.
        """
        ...
