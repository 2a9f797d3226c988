"""Demonstrations as token ids, with the completion apart from the prompt."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from crossalpaca.errors import DataError, TrainingError
from crossalpaca.prompts import Template
from crossalpaca.records import Demonstration

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


@dataclass(frozen=True, slots=True)
class Encoded:
    """One demonstration as the model sees it.

    Attributes:
        id: of the demonstration.
        tokens: prompt, completion, EOS; or the beginning of these, up to the cutoff.
        completion_start: index of the first token that is learnt; the tokens before it are prompt.
    """

    id: str
    tokens: tuple[int, ...]
    completion_start: int


@dataclass(frozen=True, slots=True)
class TooLong:
    """Demonstrations longer than the cutoff, by id: those left out, and those cut."""

    left_out: tuple[str, ...] = ()
    cut: tuple[str, ...] = ()


def encode(
    demonstrations: Iterable[Demonstration],
    tokenizer: PreTrainedTokenizerBase,
    template: Template,
    cutoff: int,
    policy: Literal["drop", "truncate", "error"] = "drop",
) -> tuple[list[Encoded], TooLong]:
    """Encoded demonstrations in order, and the ids of those longer than `cutoff` tokens.

    Prompt and completion are tokenised apart and joined as ids, as decoding continues a prompt. Every whole completion
    ends in EOS. One that is cut does not: the model must not learn to stop where the text goes on; where nothing of
    the completion is left, the demonstration is left out.

    Raises:
        DataError: some are longer and the policy is "error".
        TrainingError: the tokenizer has no EOS token.
    """
    eos = tokenizer.eos_token_id
    if not isinstance(eos, int):
        raise TrainingError("the tokenizer has no end-of-sequence token, so the model could not learn to stop")
    encoded: list[Encoded] = []
    left_out: list[str] = []
    cut: list[str] = []
    for demonstration in demonstrations:
        prompt, completion = _parts(demonstration, tokenizer, template, eos)
        tokens = (*prompt, *completion, eos)
        if len(tokens) > cutoff and (policy != "truncate" or len(prompt) >= cutoff):
            left_out.append(demonstration.id)
            continue
        if len(tokens) > cutoff:
            cut.append(demonstration.id)
        encoded.append(Encoded(demonstration.id, tokens[:cutoff], len(prompt)))
    if left_out and policy == "error":
        shown = ", ".join(left_out[:3])
        raise DataError(
            f"{len(left_out)} demonstrations are longer than the cutoff of {cutoff} tokens ({shown}); "
            "raise training.cutoff, or set training.too_long to drop or truncate"
        )
    return encoded, TooLong(tuple(left_out), tuple(cut))


def _parts(
    demonstration: Demonstration, tokenizer: PreTrainedTokenizerBase, template: Template, eos: int
) -> tuple[list[int], list[int]]:
    """Token ids of prompt and completion."""
    rendered = template.render(demonstration.instruction, demonstration.input)
    prompt = list(tokenizer(rendered, add_special_tokens=template.special_tokens)["input_ids"])
    if prompt and prompt[-1] == eos:
        prompt.pop()
    return prompt, list(tokenizer(demonstration.output, add_special_tokens=False)["input_ids"])
