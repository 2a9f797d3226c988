"""Demonstrations as token ids, with the completion apart from the prompt."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crossalpaca.errors import TrainingError
from crossalpaca.prompts import Template
from crossalpaca.records import Demonstration

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


@dataclass(frozen=True, slots=True)
class Encoded:
    """One demonstration as the model sees it.

    Attributes:
        id: of the demonstration.
        tokens: prompt, completion, EOS.
        completion_start: index of the first token that is learnt; the tokens before it are prompt.
    """

    id: str
    tokens: tuple[int, ...]
    completion_start: int


def encode(
    demonstrations: Iterable[Demonstration], tokenizer: PreTrainedTokenizerBase, template: Template, cutoff: int
) -> tuple[list[Encoded], list[str]]:
    """Encoded demonstrations in order, and the ids of those longer than `cutoff` tokens, which are left out.

    Prompt and completion are tokenised apart and joined as ids, as decoding continues a prompt. Every completion
    ends in EOS: a demonstration is kept whole or not at all, so EOS is never lost to a cutoff.

    Raises:
        TrainingError: the tokenizer has no EOS token.
    """
    eos = tokenizer.eos_token_id
    if not isinstance(eos, int):
        raise TrainingError("the tokenizer has no end-of-sequence token, so the model could not learn to stop")
    encoded: list[Encoded] = []
    too_long: list[str] = []
    for demonstration in demonstrations:
        rendered = template.render(demonstration.instruction, demonstration.input)
        prompt = list(tokenizer(rendered, add_special_tokens=template.special_tokens)["input_ids"])
        if prompt and prompt[-1] == eos:
            prompt.pop()
        completion = tokenizer(demonstration.output, add_special_tokens=False)["input_ids"]
        tokens = (*prompt, *completion, eos)
        if len(tokens) > cutoff:
            too_long.append(demonstration.id)
        else:
            encoded.append(Encoded(demonstration.id, tokens, len(prompt)))
    return encoded, too_long
