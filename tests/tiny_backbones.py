"""Tiny random models, and a tokenizer that is trained in an instant."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from crossalpaca.sources.files import starter_folder

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

# Of tiny matrices two threads make slower work than one; subprocesses inherit it.
os.environ.setdefault("OMP_NUM_THREADS", "1")


def tiny_tokenizer() -> PreTrainedTokenizerBase:
    """Byte-level, of 500 pieces: words where it knows them, else bytes."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    pieces = Tokenizer(models.BPE())
    pieces.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    pieces.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=500, special_tokens=["<s>", "</s>"], initial_alphabet=alphabet, show_progress=False
    )
    pieces.train([str(starter_folder() / "sentences.en-it.jsonl")], trainer)
    return PreTrainedTokenizerFast(tokenizer_object=pieces, bos_token="<s>", eos_token="</s>", pad_token="</s>")


def tiny_model(config: str, vocabulary: int, **changes: Any) -> PreTrainedModel:
    """A random model of two layers, in evaluation mode.

    Args:
        config: name of its configuration's class.
        vocabulary: tokens that it knows.
        changes: what the configuration has otherwise.
    """
    import torch
    import transformers

    torch.set_num_threads(1)  # the variable above is too late where another test has loaded torch
    settings: dict[str, Any] = {
        "vocab_size": vocabulary,
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 1024,
        "initializer_range": 0.2,  # at the usual 0.02 attention hardly matters to what is answered
        "bos_token_id": 0,
        "eos_token_id": 1,
        "pad_token_id": 1,
    }
    torch.manual_seed(0)
    made = getattr(transformers, config)(**settings | changes)
    model: PreTrainedModel = transformers.AutoModelForCausalLM.from_config(made, attn_implementation="sdpa")
    model.train(False)
    return model
