"""A store with the report of a run and two fine-tunes of a tiny random backbone, made in a second without training."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import reports
from crossalpaca.backbones import resolve
from crossalpaca.prompts import ALPACA
from crossalpaca.records import Adapter
from crossalpaca.sources.files import starter_folder

os.environ.setdefault("OMP_NUM_THREADS", "1")


def tiny_run(folder: Path, kind: str = "Llama", **changes: Any) -> Path:
    """Writes backbone and store; the folder of the report.

    The models are `base`, `it-Alpaca` and `it-CrossAlpaca`.
    """
    backbone = folder / "backbone"
    _backbone(backbone, kind, changes)
    models = reports.alpacas(["it"], english=False)
    names = [name for name, described in models.items() if described["trained"]]
    for described in models.values():
        described["backbone"] = "backbone"
    report = reports.report(models, languages=["it"], benchmarks={}, probed=False)
    report["experiment"]["backbones"] = [{"id": "backbone", "revision": resolve(str(backbone)).revision}]
    for number, name in enumerate(names):
        finetune(folder / "artefacts" / f"train-{number}", backbone, seed=number)
        report["provenance"].append({"role": f"train/{name}", "artefact": f"train-{number}"})
    place = folder / "reports" / "tiny"
    place.mkdir(parents=True)
    _write(place / "report.json", report)
    return place


def finetune(folder: Path, backbone: Path, seed: int) -> Path:
    """Writes a fine-tune with random weights, as training leaves one; its folder."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    torch.manual_seed(seed)
    model = AutoModelForCausalLM.from_pretrained(str(backbone))
    targets = ["q_proj", "k_proj", "v_proj", "o_proj"]
    config = LoraConfig(r=4 + seed, lora_alpha=16, target_modules=targets, task_type="CAUSAL_LM")
    adapted = get_peft_model(model, config)
    for name, weights in adapted.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weights, std=0.3)
    adapted.save_pretrained(str(folder / "adapter"))
    known = resolve(str(backbone))
    record = Adapter("adapter", known.id, known.revision, ALPACA.name, ALPACA.hash, "", ())
    _write(folder / "adapter.json", asdict(record))
    _write(folder / "report.json", {})
    return folder


def _backbone(folder: Path, kind: str, changes: dict[str, Any]) -> None:
    import torch
    import transformers

    torch.set_num_threads(1)
    transformers.utils.logging.disable_progress_bar()
    tokenizer = _tokenizer()
    sizes = {
        "vocab_size": len(tokenizer),
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 1024,
        "initializer_range": 0.2,  # so that what is answered depends on what is asked
        "bos_token_id": 0,
        "eos_token_id": 1,
        "pad_token_id": 1,
    }
    torch.manual_seed(0)
    config = getattr(transformers, f"{kind}Config")(**sizes | changes)
    transformers.AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def _tokenizer() -> Any:
    """Of 500 pieces: words where it knows them, else bytes."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    pieces = Tokenizer(models.BPE())
    pieces.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    pieces.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    special = ["<s>", "</s>"]
    trainer = trainers.BpeTrainer(
        vocab_size=500, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    pieces.train([str(starter_folder() / "sentences.en-it.jsonl")], trainer)
    return PreTrainedTokenizerFast(tokenizer_object=pieces, bos_token="<s>", eos_token="</s>", pad_token="</s>")


def _write(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content), encoding="utf-8")
