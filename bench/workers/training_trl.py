"""Trains with TRL's SFTTrainer, in its own environment, on rows without padding: in order, or packed best-fit first.

Padding-free rows are made of `micro` demonstrations each, so a step has exactly those that the others have. Packed rows
of `row` tokens are made of all demonstrations, so a step has as many as the others on average.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from datasets import Dataset
from training_model import Job, arguments, fastest_attention, lora_model, rows, train
from transformers import AutoTokenizer
from trl import SFTConfig, SFTTrainer, pack_dataset


def layout(job: Job, dataset: Dataset) -> dict[str, Any]:
    """SFTConfig's settings of how demonstrations become rows, and rows a step."""
    if "micro" in job["variant"]:
        micro = job["variant"]["micro"]
        return {
            "padding_free": True,
            "max_length": None,
            "per_device_train_batch_size": micro,
            "gradient_accumulation_steps": job["batch"] // micro,
        }
    row = job["variant"]["row"]
    packed = len(pack_dataset(dataset, row, "bfd"))
    return {
        "packing": True,
        "packing_strategy": "bfd",
        "max_length": row,
        "per_device_train_batch_size": 1,
        "gradient_accumulation_steps": packed // job["steps"],
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    job = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    dataset = Dataset.from_list(rows(job))
    attention = fastest_attention()
    # Its defaults are gradient checkpointing, which is slower, and autocast, which the others do not have.
    settings = SFTConfig(**arguments(job, folder), **layout(job, dataset), gradient_checkpointing=False, bf16=False)
    tokenizer = AutoTokenizer.from_pretrained(job["model"])
    trainer = SFTTrainer(lora_model(job, attention), settings, train_dataset=dataset, processing_class=tokenizer)
    accumulated = settings.gradient_accumulation_steps
    timed = trainer.train_dataset[accumulated : accumulated * job["steps"]] if settings.packing else None
    counted = {"timed": sum(map(len, timed["seq_lengths"]))} if timed else {}
    train(trainer, folder, attention=attention, **counted)


if __name__ == "__main__":
    main()
