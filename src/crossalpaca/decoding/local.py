"""The local engine, on transformers: prompts are computed as prefix trees, then decoded together as one batch.

Prompts repeat: the template everywhere, each passage for each of its questions. Every distinct prefix goes through the
model once; its keys and values are then laid out as a left-padded cache, a row for each prompt.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from transformers import DynamicCache

from crossalpaca.decoding.cache import PromptCache, keep_rows
from crossalpaca.decoding.requests import Decoded, Request
from crossalpaca.errors import RunError
from crossalpaca.prefix_tree import Forest, pack
from crossalpaca.tree_masks import to_device, tree_masks

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


_FOREST_TOKENS = 512  # dense masks cost the square of it, small forests share less
_KEPT_ROWS = 0.75  # ended rows leave the batch when no more than this share of it goes on: leaving costs a copy


@dataclass(slots=True)
class _Prefilled:
    """Prompts in the cache: `mask` [rows, width] of bool, `logits` [rows, vocabulary] of the next token."""

    cache: Any
    mask: torch.Tensor
    logits: torch.Tensor


class LocalEngine:
    """Greedy decoding and likelihoods with a model in memory.

    Padding is masked and positions are each prompt's own, so that results do not depend on the batch, up to rounding.
    """

    def __init__(self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> None:
        self.model = model
        self.tokenizer = tokenizer
        self.stop = stop_tokens(model, tokenizer)
        self.window = getattr(model.config, "max_position_embeddings", None) or math.inf

    def prompt_tokens(self, prompt: str) -> list[int]:
        """Token ids of a prompt, with the special tokens that the tokenizer puts before a text."""
        ids: list[int] = self.tokenizer(prompt)["input_ids"]
        if ids and ids[-1] in self.stop:  # some tokenizers close a text; a prompt is not closed
            ids = ids[:-1]
        return ids

    def continuation_tokens(self, text: str) -> list[int]:
        """Token ids of a continuation, without special tokens."""
        ids: list[int] = self.tokenizer(text, add_special_tokens=False)["input_ids"]
        return ids

    @torch.inference_mode()
    def decode(self, requests: Sequence[Request]) -> list[Decoded]:
        """Answers one batch of requests, in order.

        Raises:
            RunError: a prompt and its completion do not fit the model's window.
        """
        prompts = [self.prompt_tokens(request.prompt) for request in requests]
        for request, prompt in zip(requests, prompts, strict=True):
            if len(prompt) + request.max_new_tokens > self.window:
                raise RunError(f"example {request.id}: {len(prompt)} tokens do not fit the window of {self.window}")
        continuations = [[self.continuation_tokens(text) for text in request.continuations] for request in requests]
        limits = [request.max_new_tokens for request in requests]
        room = max(limits + [len(tokens) for row in continuations for tokens in row])
        prefilled = self._prefill(prompts, room)
        bits = self._bits(prefilled, continuations)
        completions = self._generate(prefilled, limits)
        return [
            self._decoded(completion, limit, row_bits, len(prompt))
            for completion, limit, row_bits, prompt in zip(completions, limits, bits, prompts, strict=True)
        ]

    def _decoded(self, tokens: list[int], limit: int, bits: tuple[float, ...], prompt_tokens: int) -> Decoded:
        ended = len(tokens) < limit
        text = str(self.tokenizer.decode(tokens, skip_special_tokens=True))
        return Decoded(text, ended, bits, prompt_tokens, len(tokens))

    def _prefill(self, prompts: Sequence[list[int]], room: int) -> _Prefilled:
        width = max(map(len, prompts))
        device = self.model.device
        mask = torch.zeros(len(prompts), width, dtype=torch.bool)
        for row, prompt in enumerate(prompts):
            mask[row, width - len(prompt) :] = True
        prompt_cache = PromptCache(len(prompts), width, room)
        logits: torch.Tensor | None = None
        for forest in pack(prompts, _FOREST_TOKENS):
            last, computed = self._compute(forest)
            if logits is None:
                logits = last.new_zeros(len(prompts), last.shape[-1])
            logits[list(forest.members)] = last
            prompt_cache.lay_out(computed, forest)
        assert logits is not None  # a batch has at least one prompt
        return _Prefilled(prompt_cache.cache(), mask.to(device), logits)

    def _compute(self, forest: Forest) -> tuple[torch.Tensor, Any]:
        """Next-token logits [members, vocabulary] in float32 at the end of each prompt, and the cache of all nodes."""
        device = self.model.device
        computed = DynamicCache()
        output = self.model(
            input_ids=torch.tensor([forest.tokens], device=device),
            attention_mask=to_device(tree_masks(forest, self.model.config), device),
            position_ids=torch.tensor([forest.depths], device=device),
            cache=computed,
            use_cache=True,
            logits_to_keep=torch.tensor([path[-1] for path in forest.members.values()], device=device),
        )
        return output.logits[0].float(), computed

    def _forward(self, ids: torch.Tensor, mask: torch.Tensor, cache: Any, keep: int) -> torch.Tensor:
        """Logits [rows, keep, vocabulary] in float32 for the last `keep` tokens of `ids`; the cache grows by `ids`."""
        positions = (mask.long().cumsum(-1) - 1).clamp(min=0)[:, -ids.shape[1] :]
        output = self.model(
            input_ids=ids,
            attention_mask=mask.long(),
            position_ids=positions,
            cache=cache,
            use_cache=True,
            logits_to_keep=keep,
        )
        logits: torch.Tensor = output.logits
        return logits.float()

    def _bits(self, prefilled: _Prefilled, tokens: Sequence[list[list[int]]]) -> list[tuple[float, ...]]:
        """Bits of every continuation: the first token from the prompt's logits, the rest behind the cached prompt."""
        first = torch.log_softmax(prefilled.logits, dim=-1)
        bits = [[0.0] * len(row) for row in tokens]
        for row, continuations in enumerate(tokens):
            for column, ids in enumerate(continuations):
                bits[row][column] = -float(first[row, ids[0]]) if ids else 0.0
        for column in range(max(map(len, tokens), default=0)):
            rest = [row[column] if column < len(row) else [] for row in tokens]
            for row, nats in enumerate(self._later_nats(prefilled, rest)):
                if column < len(bits[row]):
                    bits[row][column] += nats
        return [tuple(value / math.log(2) for value in row) for row in bits]

    def _later_nats(self, prefilled: _Prefilled, tokens: Sequence[list[int]]) -> list[float]:
        """Negative log-likelihood of the second and later tokens of one continuation a row."""
        width = max(map(len, tokens)) - 1
        if width < 1:
            return [0.0] * len(tokens)
        device = prefilled.mask.device
        ids = torch.zeros(len(tokens), width, dtype=torch.long)
        targets = torch.zeros(len(tokens), width, dtype=torch.long)
        real = torch.zeros(len(tokens), width, dtype=torch.bool)
        for row, continuation in enumerate(tokens):
            n = max(len(continuation) - 1, 0)
            ids[row, :n] = torch.tensor(continuation[:n], dtype=torch.long)
            targets[row, :n] = torch.tensor(continuation[1:], dtype=torch.long)
            real[row, :n] = True
        mask = torch.cat([prefilled.mask, torch.ones_like(real).to(device)], dim=1)
        logits = self._forward(ids.to(device), mask, prefilled.cache, keep=width)
        prefilled.cache.crop(-width)  # back to the prompts alone
        scores = torch.log_softmax(logits, dim=-1).gather(-1, targets.to(device).unsqueeze(-1)).squeeze(-1)
        return [float(value) for value in -(scores * real.to(device)).sum(-1)]

    def _generate(self, prefilled: _Prefilled, limits: Sequence[int]) -> list[list[int]]:
        """Greedy tokens of each row, cut before the first stop token or at its limit."""
        completions: list[list[int]] = [[] for _ in limits]
        rows = list(range(len(limits)))  # the request of each row of the cache
        going = set(rows)
        logits, mask, cache = prefilled.logits, prefilled.mask, prefilled.cache
        while True:
            tokens = logits.argmax(-1)
            for row, token in zip(rows, tokens.tolist(), strict=True):
                if row in going and token not in self.stop:
                    completions[row].append(token)
                if token in self.stop or len(completions[row]) == limits[row]:
                    going.discard(row)
            if not going:
                return completions
            if len(going) <= _KEPT_ROWS * len(rows):
                places = [place for place, row in enumerate(rows) if row in going]
                keep_rows(cache, places, mask.device)
                mask, tokens, rows = mask[places], tokens[places], [rows[place] for place in places]
            mask = torch.cat([mask, torch.ones_like(mask[:, :1])], dim=1)
            logits = self._forward(tokens.unsqueeze(1), mask, cache, keep=1)[:, -1]


def stop_tokens(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> frozenset[int]:
    """Ids that end an answer: the tokenizer's EOS and those of the model's generation settings."""
    found: set[int] = set()
    configured = getattr(model.generation_config, "eos_token_id", None) if model.generation_config else None
    for value in (tokenizer.eos_token_id, configured):
        if isinstance(value, int):
            found.add(value)
        elif isinstance(value, Iterable):
            found.update(value)
    if not found:
        raise RunError("the tokenizer has no end-of-sequence token, so answers could never end")
    return frozenset(found)
