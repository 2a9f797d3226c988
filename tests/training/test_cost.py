"""Estimates follow the model's shape and what is trained on."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from crossalpaca.training.cost import Shape, estimate
from crossalpaca.training.preflight import Load
from crossalpaca.training.recipe import Recipe

LOAD = Load(100, 0, 0, 0.0, 10, 10_000, 2_500, 20_000, 6_000, 7_000)


def config(**changes: Any) -> Any:
    sizes = {
        **{"hidden_size": 4096, "num_attention_heads": 32, "intermediate_size": 11008, "num_hidden_layers": 32},
        **{"vocab_size": 32000, "tie_word_embeddings": False},
    }
    found = SimpleNamespace(**sizes | changes)
    found.get_text_config = lambda: found
    return found


def test_a_llama_of_7b_has_as_many_weights() -> None:
    shape = Shape.of(config())
    assert shape.weights == pytest.approx(6.738e9, rel=1e-3)  # norms, which are no matrices, are not counted
    assert Shape.of(config(tie_word_embeddings=True)).weights == shape.weights - 4096 * 32000
    assert Shape.of(config(num_key_value_heads=8)).layer_weights == shape.layer_weights - 2 * 4096 * 24 * 128


def test_time_is_that_of_two_passes_through_every_matrix() -> None:
    shape = Shape.of(config())
    body, head = 4 * 32 * shape.layer_weights * 7_000, 4 * 4096 * 32000 * 2_500
    assert estimate(shape, Recipe(), LOAD, 1e12).seconds == pytest.approx(1.25 * (body + head) / 1e12)
    assert estimate(shape, Recipe(), LOAD, 2e12).seconds == pytest.approx(1.25 * (body + head) / 2e12)


def test_memory_is_least_with_four_bits_and_grows_with_rows_and_rank() -> None:
    shape = Shape.of(config())

    def memory(**changes: Any) -> float:
        return estimate(shape, replace(Recipe(), **changes), LOAD, 1e12).memory

    assert memory(base_weights="4bit") < memory(base_weights="8bit") < memory() < memory(precision="fp32")
    assert memory() > shape.weights * 2
    assert memory(row_tokens=1024) > memory(row_tokens=512)
    assert memory(rank=64) > memory(rank=8)
