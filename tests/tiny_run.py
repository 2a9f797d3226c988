"""A store with the report of a run and two fine-tunes of a tiny random backbone, made in a second without training."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import reports
from crossalpaca.backbones import resolve
from crossalpaca.prompts import ALPACA
from crossalpaca.records import Adapter
from tiny_backbones import tiny_model, tiny_tokenizer


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
    from transformers.utils import logging

    logging.disable_progress_bar()
    tokenizer = tiny_tokenizer()
    tiny_model(f"{kind}Config", len(tokenizer), **changes).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def _write(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content), encoding="utf-8")
