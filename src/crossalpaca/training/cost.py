"""What a fine-tune takes in memory and time on this machine: estimates, from the model's shape and a short sum."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cache
from typing import Any

from crossalpaca.training.preflight import Load
from crossalpaca.training.recipe import Recipe

_QUANTISED = {"8bit": 1.0, "4bit": 0.5}  # bytes of a weight
_ADAPTER_BYTES = 16  # of a trained number: itself, its gradient and two moments, in float32
_ACTIVATIONS = 34  # numbers of the hidden size that a layer keeps for each token; measured on SmolLM2
_PROCESS = 0.45 * 2**30  # Python and torch
_OVERHEAD = 1.25  # norms, attention and the optimizer on top of matrix products; measured on SmolLM2
_PROBE = 0.25  # seconds


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of a model that its cost depends on.

    Attributes:
        hidden, layers, vocabulary: as in its configuration.
        layer_weights: numbers in the matrices of one layer.
        weights: in all matrices, embeddings and head included.
    """

    hidden: int
    layers: int
    vocabulary: int
    layer_weights: int
    weights: int

    @classmethod
    def of(cls, config: Any) -> Shape:
        """The shape by a configuration of transformers, of a decoder with a gated feed-forward part."""
        config = config.get_text_config()
        hidden, heads = config.hidden_size, config.num_attention_heads
        size = getattr(config, "head_dim", None) or hidden // heads
        shared = getattr(config, "num_key_value_heads", None) or heads
        layer = 2 * hidden * heads * size + 2 * hidden * shared * size + 3 * hidden * config.intermediate_size
        tables = 1 if config.tie_word_embeddings else 2
        weights = layer * config.num_hidden_layers + tables * hidden * config.vocab_size
        return cls(hidden, config.num_hidden_layers, config.vocab_size, layer, weights)


@dataclass(frozen=True, slots=True)
class Cost:
    """About what a fine-tune takes: bytes of memory, and seconds on this machine."""

    memory: float
    seconds: float


def estimate(shape: Shape, recipe: Recipe, load: Load, rate: float) -> Cost:
    """About what training takes at `rate` floating-point operations a second.

    A token goes through every matrix once forwards and once backwards, since the base weights have no gradient; the
    head is computed for target tokens alone.
    """
    operations = 4 * shape.layers * shape.layer_weights * load.computed_tokens
    operations += 4 * shape.hidden * shape.vocabulary * load.target_tokens
    computing = 4 if recipe.precision == "fp32" else 2
    adapter = 2 * recipe.rank * shape.hidden * 4 * shape.layers  # up to four matrices a layer, two factors each
    learnt = recipe.row_tokens * load.target_tokens / max(load.tokens, 1)  # target tokens of a row
    memory = (
        _PROCESS
        + shape.weights * _QUANTISED.get(recipe.base_weights, computing)
        + adapter * _ADAPTER_BYTES
        + recipe.row_tokens * shape.layers * _ACTIVATIONS * shape.hidden * computing
        + learnt * shape.vocabulary * 12  # logits in float32, thrice: as they are, their softmax, its gradient
    )
    return Cost(memory, _OVERHEAD * operations / rate)


@cache
def rate(shape: Shape, recipe: Recipe) -> float:
    """Floating-point operations a second of a matrix product of the model's size, timed for a moment."""
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    dtype = torch.float32 if recipe.precision == "fp32" else torch.bfloat16
    left = torch.ones(recipe.row_tokens, shape.hidden, dtype=dtype, device=device)
    right = torch.ones(shape.hidden, 3 * shape.hidden, dtype=dtype, device=device)
    done, began = 0, 0.0
    while True:
        (left @ right).sum().item()  # waits for a GPU too
        if not done:
            began = time.perf_counter()  # the first one warms up
        elif time.perf_counter() - began > _PROBE:
            return 2 * done * recipe.row_tokens * shape.hidden * 3 * shape.hidden / (time.perf_counter() - began)
        done += 1
