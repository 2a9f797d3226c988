"""A tiny random model that reads bytes, its folder as a backbone, and runs of the steps on it."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tiny_backbones
from crossalpaca.backbones import Backbone
from crossalpaca.prompts import ALPACA
from crossalpaca.records import StepRun

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

ENGLISH = (
    "The river rose in the night.",
    "Nobody had asked the baker.",
    "Seven ships left the harbour at noon.",
    "It rains.",
    "The parliament voted on the new budget after a long debate.",
    "A child found the key under the mat.",
    "Prices fell.",
    "The old bridge was closed to lorries last week.",
    "She writes letters to her brother every month.",
)
GERMAN = (
    "Der Fluss stieg in der Nacht.",
    "Niemand hatte den Bäcker gefragt.",
    "Sieben Schiffe verließen mittags den Hafen.",
    "Es regnet.",
    "Das Parlament stimmte nach langer Debatte über den neuen Haushalt ab.",
    "Ein Kind fand den Schlüssel unter der Matte.",
    "Die Preise fielen.",
    "Die alte Brücke wurde vergangene Woche für Lastwagen gesperrt.",
    "Sie schreibt ihrem Bruder jeden Monat Briefe.",
)

Progress = Callable[..., None]


class Killed(Exception):
    """Stands for the end of the process."""


def byte_tokenizer(*, bos: bool = True) -> PreTrainedTokenizerBase:
    """A token a byte."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {piece: number for number, piece in enumerate(["<s>", "</s>", *alphabet])}
    pieces = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    pieces.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    pieces.decoder = decoders.ByteLevel()
    special = {"eos_token": "</s>", "pad_token": "</s>"} | ({"bos_token": "<s>"} if bos else {})
    return PreTrainedTokenizerFast(tokenizer_object=pieces, **special)


def tiny_model(kind: str = "Llama", **changes: Any) -> PreTrainedModel:
    """Random, of three layers, in evaluation mode."""
    return tiny_backbones.tiny_model(f"{kind}Config", 258, num_hidden_layers=3, **changes)


def backbone_in(folder: Path) -> Backbone:
    """The tiny model and its tokenizer, saved as a backbone that is given by path."""
    tiny_model().save_pretrained(folder)
    byte_tokenizer().save_pretrained(folder)
    return Backbone("tiny", str(folder), "r1", 0, ("q_proj", "v_proj"), "none")


def adapter_in(folder: Path, backbone: Backbone) -> Path:
    """An adapter of the backbone that changes what it computes, in the form that training writes."""
    import torch
    from peft import LoraConfig, get_peft_model

    torch.manual_seed(1)
    config = LoraConfig(r=4, target_modules=["q_proj", "v_proj"], init_lora_weights=False)
    get_peft_model(tiny_model(), config).save_pretrained(str(folder / "adapter"))
    record = {
        "backbone": backbone.id,
        "revision": backbone.revision,
        "template": ALPACA.name,
        "template_hash": ALPACA.hash,
    }
    (folder / "adapter.json").write_text(json.dumps(record), encoding="utf-8")
    return folder


def step_run(
    folder: Path,
    arguments: Mapping[str, Any],
    inputs: Mapping[str, Path] | None = None,
    progress: Progress = lambda *_: None,
) -> StepRun:
    """A run in a folder, its output empty and its scratch as an earlier run left it."""
    output, scratch = folder / "output", folder / "scratch"
    scratch.mkdir(parents=True, exist_ok=True)
    if output.exists():
        for path in output.iterdir():
            path.unlink()
    output.mkdir(exist_ok=True)
    return StepRun(arguments, inputs or {}, output, scratch, progress, logging.getLogger("test"))


def killed_after(calls: int) -> Progress:
    """Progress that ends the process when it is told for the so-manieth time."""
    left = [calls]

    def progress(*_: object) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Killed

    return progress


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
