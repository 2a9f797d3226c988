"""Writes a model of LLaMA-7B's shapes with random weights, and LLaMA's tokenizer, into a folder; needs a GPU."""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from sentencepiece import SentencePieceProcessor
from transformers import LlamaConfig, LlamaForCausalLM, LlamaTokenizer
from transformers.convert_slow_tokenizer import generate_merges


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("sentencepiece", type=Path)
    options = parser.parse_args()
    torch.manual_seed(42)
    torch.set_default_dtype(torch.bfloat16)
    with torch.device("cuda"):
        model = LlamaForCausalLM(LlamaConfig())  # the defaults are LLaMA-7B's
    model.save_pretrained(options.folder)
    pieces = SentencePieceProcessor(model_file=str(options.sentencepiece))
    vocabulary = {pieces.id_to_piece(index): index for index in range(pieces.get_piece_size())}
    tokenizer = LlamaTokenizer(vocab=vocabulary, merges=generate_merges(vocabulary), add_bos_token=True)
    tokenizer.save_pretrained(options.folder)


if __name__ == "__main__":
    main()
