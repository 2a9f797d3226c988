"""What is asked of a decoding engine, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from annotated_types import Gt
from pydantic import Strict


@dataclass(frozen=True, slots=True)
class Decoding:
    """How a model is asked; always greedily.

    Attributes:
        precision: of weights and computation.
        batch: prompts that are decoded together.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    precision: Literal["bf16", "fp32"] = "bf16"
    batch: Annotated[int, Strict(), Gt(0)] = 64


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
