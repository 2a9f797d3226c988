"""Prompts and continuations as token ids, the same for every engine."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crossalpaca.errors import RunError

if TYPE_CHECKING:
    from transformers import GenerationConfig, PreTrainedConfig, PreTrainedTokenizerBase


@dataclass(frozen=True, slots=True)
class Tokens:
    """A tokenizer as prompts need it.

    Attributes:
        tokenizer: of transformers.
        stop: ids that end an answer.
    """

    tokenizer: PreTrainedTokenizerBase
    stop: frozenset[int]

    def prompt(self, text: str, special_tokens: bool = True) -> list[int]:
        """Token ids of a prompt, by default with the special tokens that the tokenizer puts before a text."""
        ids: list[int] = self.tokenizer(text, add_special_tokens=special_tokens)["input_ids"]
        if ids and ids[-1] in self.stop:  # some tokenizers close a text; a prompt is not closed
            ids = ids[:-1]
        return ids

    def continuation(self, text: str) -> list[int]:
        """Token ids of a continuation, without special tokens."""
        ids: list[int] = self.tokenizer(text, add_special_tokens=False)["input_ids"]
        return ids


def stop_tokens(tokenizer: PreTrainedTokenizerBase, settings: GenerationConfig | None) -> frozenset[int]:
    """Ids that end an answer: the tokenizer's EOS and those of the model's generation settings.

    Raises:
        RunError: there is none.
    """
    found: set[int] = set()
    for value in (tokenizer.eos_token_id, getattr(settings, "eos_token_id", None)):
        if isinstance(value, int):
            found.add(value)
        elif isinstance(value, Iterable):
            found.update(value)
    if not found:
        raise RunError("the tokenizer has no end-of-sequence token, so answers could never end")
    return frozenset(found)


def window_of(config: PreTrainedConfig) -> float:
    """Positions that a model knows, in tokens; infinite where it has no limit."""
    return getattr(config, "max_position_embeddings", None) or math.inf
