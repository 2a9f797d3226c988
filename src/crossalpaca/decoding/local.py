"""The local engine, on transformers: prompts are computed as prefix trees, and their answers decoded together.

Prompts repeat: the template everywhere, each passage for each of its questions. Every distinct prefix goes through the
model once, together with the continuations whose likelihood is asked; the questions on a passage then share its keys
and values. Answers that end leave the batch, and others enter.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch

from crossalpaca.decoding.attention import use_rows
from crossalpaca.decoding.memory import Budget, allocation_failed
from crossalpaca.decoding.prefill import Branch, Prefilled, branches, forests, prefill, trunk
from crossalpaca.decoding.requests import Decoded, Request
from crossalpaca.decoding.rows import Answer, Arrival, Begun, Rows, arrivals
from crossalpaca.decoding.tokens import Tokens, stop_tokens, window_of
from crossalpaca.errors import RunError

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

_GOING = 0.75  # rows are laid out anew when no more than this share of the answers goes on: it costs a copy


@dataclass(slots=True)
class _Work:
    """Requests on their way to answers.

    Attributes:
        limits: tokens of each answer at most.
        planted: the branches of all prompts and continuations.
        bits: negative log2-likelihood of each request's continuations.
        answers: request to its finished or unfinished answer.
    """

    limits: Sequence[int]
    planted: Sequence[Branch]
    bits: list[list[float]]
    answers: dict[int, Answer] = field(default_factory=dict)


class LocalEngine:
    """Greedy decoding and likelihoods with a model in memory.

    Padding is masked and positions are each prompt's own, so that results do not depend on the batch, up to rounding.
    """

    def __init__(self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> None:
        self.model = model
        self.tokens = Tokens(tokenizer, stop_tokens(tokenizer, model.generation_config))
        self.window = window_of(model.config)
        self.likelihoods = True
        self.budget = Budget.of(model)
        use_rows(model)

    @torch.inference_mode()
    def decode(self, requests: Sequence[Request]) -> list[Decoded]:
        """Answers requests, in order.

        What the memory at hand does not hold at once is decoded by and by; where an allocation fails all the same,
        less is tried.

        Raises:
            RunError: a prompt and its completion do not fit the model's window, or one alone does not fit the memory.
        """
        prompts = [self.tokens.prompt(request.prompt, request.special_tokens) for request in requests]
        for request, prompt in zip(requests, prompts, strict=True):
            if len(prompt) + request.max_new_tokens > self.window:
                raise RunError(f"example {request.id}: {len(prompt)} tokens do not fit the window of {self.window}")
        continuations = [[self.tokens.continuation(text) for text in request.continuations] for request in requests]
        planted = branches(prompts, continuations)
        while True:
            bits = [[0.0] * len(texts) for texts in continuations]
            work = _Work([request.max_new_tokens for request in requests], planted, bits)
            try:
                self._run(work)
                break
            except (RuntimeError, MemoryError) as error:
                if not allocation_failed(error):
                    raise
            self.budget.shrink()
        return [self._decoded(work, row, len(prompt)) for row, prompt in enumerate(prompts)]

    def _decoded(self, work: _Work, row: int, prompt_tokens: int) -> Decoded:
        tokens = work.answers[row].tokens
        text = str(self.tokens.tokenizer.decode(tokens, skip_special_tokens=True))
        return Decoded(text, len(tokens) < work.limits[row], tuple(work.bits[row]), prompt_tokens, len(tokens))

    def _run(self, work: _Work) -> None:
        """Lets forests enter as the budget allows, and decodes until every answer has ended."""
        rows = Rows(self.model)
        waiting = self._arriving(work)
        ahead = next(waiting, None)
        while ahead is not None or rows.answers:
            entering: list[Arrival] = []
            while ahead is not None and self.budget.allows(rows, entering, ahead):
                entering.append(ahead)
                ahead = next(waiting, None)
            rows.regroup(entering)
            begun = len(rows.answers)
            while len(rows.answers) > _GOING * begun and not rows.crowded:
                rows.step(self.tokens.stop)

    def _arriving(self, work: _Work) -> Iterator[Arrival]:
        """Computes forest after forest, notes the likelihoods, and gives the rows of answers that go on."""
        length, begun = trunk(work.planted), None
        for forest in forests(work.planted):
            prefilled = prefill(self.model, forest, work.planted, begun)
            begun = begun or (prefilled.beginning(length) if length else None)
            for index, nats in prefilled.nats.items():
                branch = work.planted[index]
                assert branch.continuation is not None
                work.bits[branch.request][branch.continuation] = nats / math.log(2)
            yield from arrivals(prefilled, list(self._begun(prefilled, work)))

    def _begun(self, prefilled: Prefilled, work: _Work) -> Iterator[Begun]:
        """The answers that do not end with their first token, each with the nodes of its prompt."""
        for index, token in prefilled.first.items():
            branch = work.planted[index]
            answer = Answer(branch.request, len(branch.tokens), work.limits[branch.request])
            work.answers[branch.request] = answer
            if answer.limit:
                answer.take(token, self.tokens.stop)
            if answer.tokens and answer.going:
                yield answer, prefilled.forest.members[index]
