"""A tiny random backbone with a tokenizer of its own, and a small experiment on the starter data."""

from __future__ import annotations

from pathlib import Path

import pytest

from crossalpaca.sources.files import starter_folder

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


@pytest.fixture(scope="session")
def tiny_backbone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a random Llama of two layers and a byte-level tokenizer of 500 pieces."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("backbone") / "tiny-llama"
    pieces = Tokenizer(models.BPE())
    pieces.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    pieces.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=500, special_tokens=["<s>", "</s>"], initial_alphabet=alphabet)
    pieces.train([str(starter_folder() / "sentences.en-it.jsonl")], trainer)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=pieces, bos_token="<s>", eos_token="</s>", pad_token="</s>")
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=2048,
        bos_token_id=0,
        eos_token_id=1,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture
def tiny_experiment(tiny_backbone: Path, tmp_path: Path) -> Path:
    """An experiment file that trains and evaluates the tiny backbone in seconds."""
    path = tmp_path / "tiny.yaml"
    path.write_text(EXPERIMENT.format(backbone=tiny_backbone), encoding="utf-8")
    return path
