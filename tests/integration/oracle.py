"""What transformers itself answers: `generate`, one prompt at a time, and plain forward passes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pytest

from crossalpaca.decoding.requests import Decoded, Request

if TYPE_CHECKING:
    from crossalpaca.decoding.local import LocalEngine


def generated(engine: LocalEngine, prompt: str, limit: int) -> list[int]:
    """What `generate` gives for one prompt alone, without what ends it."""
    import torch

    ids = torch.tensor([engine.tokens.prompt(prompt)])
    model: Any = engine.model
    found = model.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        max_new_tokens=limit,
        do_sample=False,
        eos_token_id=sorted(engine.tokens.stop),
        pad_token_id=0,
    )
    tokens: list[int] = found[0, ids.shape[1] :].tolist()
    return tokens[:-1] if tokens and tokens[-1] in engine.tokens.stop else tokens


def expected_bits(engine: LocalEngine, prompt: str, continuation: str) -> float:
    """From a plain forward pass over prompt and continuation."""
    import torch

    before, after = engine.tokens.prompt(prompt), engine.tokens.continuation(continuation)
    with torch.inference_mode():
        logits = engine.model(input_ids=torch.tensor([before + after]), use_cache=False).logits[0].double()
    nats = torch.log_softmax(logits, dim=-1)
    places = range(len(before) - 1, len(before) + len(after) - 1)
    return -sum(float(nats[place, token]) for place, token in zip(places, after, strict=True)) / math.log(2)


def require_generated(engine: LocalEngine, asked: Sequence[Request], answers: Sequence[Decoded]) -> None:
    """Fails unless the answers are those of `generate`, one prompt at a time."""
    for request, answer in zip(asked, answers, strict=True):
        tokens = generated(engine, request.prompt, request.max_new_tokens)
        text = engine.tokens.tokenizer.decode(tokens, skip_special_tokens=True)
        assert (answer.completion, answer.completion_tokens) == (text, len(tokens)), request.id
        assert answer.ended == (len(tokens) < request.max_new_tokens), request.id
        assert answer.prompt_tokens == len(engine.tokens.prompt(request.prompt)), request.id


def require_likelihoods(engine: LocalEngine, asked: Sequence[Request], answers: Sequence[Decoded]) -> None:
    """Fails unless the bits are those of a plain forward pass: within 1e-4, of long texts within 1e-5 of their bits."""
    for request, answer in zip(asked, answers, strict=True):
        expected = [expected_bits(engine, request.prompt, text) for text in request.continuations]
        assert answer.bits == pytest.approx(expected, abs=1e-4, rel=1e-5), request.id
