"""Tiny random models with a tokenizer of their own, and a small experiment on the starter data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import tiny_backbones

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

MakeModel = Callable[..., "PreTrainedModel"]
MakeFolder = Callable[..., Path]

EXPERIMENT = """
name: tiny
language: it
backbone: {backbone}
data:
  instructions: starter:instructions.it.json
  bitext: [starter:sentences.en-it.jsonl]
models:
  base: {{}}
  it-CrossAlpaca: {{instructions: 24, translations: {{en-x: 12, x-en: 12}}}}
training: {{batch: 8, steps: 10, learning_rate: 1.0e-2, checkpoint_every: 3, precision: fp32, rank: 4, row_tokens: 256}}
evaluation:
  decoding: {{precision: fp32, batch: 8}}
  benchmarks:
    - benchmark: squad
      name: qa
      languages: [it, en]
      files: ["starter:qa.{{language}}.json"]
      items: 24
      max_new_tokens: 8
compare: [[it-CrossAlpaca, base]]
"""

# What the kinds need beside the common sizes; no window is shorter than any prompt of these tests.
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "llama": ("LlamaConfig", {}),
    "qwen3": ("Qwen3Config", {"head_dim": 8}),
    "mistral": ("MistralConfig", {"sliding_window": 4096}),
    "gemma3": (
        "Gemma3TextConfig",
        {
            "head_dim": 8,
            "query_pre_attn_scalar": 8,
            "sliding_window": 4096,
            "layer_types": ["sliding_attention", "full_attention"],
        },
    ),
}


@pytest.fixture(scope="session")
def tiny_tokenizer() -> PreTrainedTokenizerBase:
    """A byte-level tokenizer of 500 pieces."""
    return tiny_backbones.tiny_tokenizer()


@pytest.fixture(scope="session")
def make_model(tiny_tokenizer: PreTrainedTokenizerBase) -> MakeModel:
    """Makes a random model of two layers, in evaluation mode, from its kind and what its configuration changes."""

    def make(kind: str, **changes: Any) -> PreTrainedModel:
        config, needs = KINDS[kind]
        return tiny_backbones.tiny_model(
            config, len(tiny_tokenizer), **{"max_position_embeddings": 2048} | needs | changes
        )

    return make


@pytest.fixture(scope="session")
def make_folder(
    make_model: MakeModel, tiny_tokenizer: PreTrainedTokenizerBase, tmp_path_factory: pytest.TempPathFactory
) -> MakeFolder:
    """Makes the folder of a random model with its tokenizer, as a backbone is given by path."""
    from transformers.utils import logging

    logging.disable_progress_bar()

    def make(kind: str, **changes: Any) -> Path:
        folder = tmp_path_factory.mktemp("backbone") / f"tiny-{kind}"
        make_model(kind, **changes).save_pretrained(folder)
        tiny_tokenizer.save_pretrained(folder)
        return folder

    return make


@pytest.fixture(scope="session")
def tiny_backbone(make_folder: MakeFolder) -> Path:
    """A folder with a random Llama of two layers and its tokenizer."""
    return make_folder("llama", initializer_range=0.02)


@pytest.fixture(scope="session")
def experiment_text(tiny_backbone: Path) -> str:
    """An experiment that trains and evaluates the tiny backbone in seconds."""
    return EXPERIMENT.format(backbone=tiny_backbone)


@pytest.fixture
def tiny_experiment(experiment_text: str, tmp_path: Path) -> Path:
    """The file of the tiny experiment."""
    path = tmp_path / "tiny.yaml"
    path.write_text(experiment_text, encoding="utf-8")
    return path
