"""Trains as alpaca-lora does: transformers' Trainer on micro batches padded to their longest, logits everywhere."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from training_model import arguments, lora_model, rows, train
from transformers import AutoTokenizer, DataCollatorForSeq2Seq, Trainer, TrainingArguments


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    job = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    tokenizer = AutoTokenizer.from_pretrained(job["model"])
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
    micro = job["variant"]["micro"]
    settings = TrainingArguments(
        **arguments(job, folder),
        per_device_train_batch_size=micro,
        gradient_accumulation_steps=job["batch"] // micro,
    )
    collator = DataCollatorForSeq2Seq(tokenizer, padding=True, pad_to_multiple_of=8)
    train(Trainer(lora_model(job), settings, train_dataset=rows(job), data_collator=collator), folder)


if __name__ == "__main__":
    main()
