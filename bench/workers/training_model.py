"""What the workers of bench/training.py have in common: the model, the arguments, the clock and the result.

It is read in the peer's environment too, so it imports nothing of this project.
"""

from __future__ import annotations

import importlib.util
import json
import resource
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoModelForCausalLM, Trainer, TrainerCallback, set_seed

IGNORED = -100  # the label of a token that is not learnt
Job = dict[str, Any]


def lora_model(job: Job, attention: str = "sdpa") -> PeftModel:
    """The backbone with fresh LoRA layers; equal seeds give equal layers."""
    dtype = torch.bfloat16 if job["precision"] == "bf16" else torch.float32
    model = AutoModelForCausalLM.from_pretrained(job["model"], dtype=dtype, attn_implementation=attention)
    set_seed(job["seed"])
    return get_peft_model(model, LoraConfig(task_type="CAUSAL_LM", **job["lora"]))


def fastest_attention() -> str:
    """Flash attention where it is installed and there is a GPU, else sdpa."""
    flash = torch.cuda.is_available() and importlib.util.find_spec("flash_attn") is not None
    return "flash_attention_2" if flash else "sdpa"


def rows(job: Job) -> list[dict[str, list[int]]]:
    """The demonstrations in the order in which they are trained on, with labels."""
    return [
        {"input_ids": tokens, "labels": [IGNORED] * start + tokens[start:]}
        for tokens, start in zip(job["sequences"], job["starts"], strict=True)
    ]


def arguments(job: Job, folder: Path) -> dict[str, Any]:
    """Arguments of transformers' Trainer for demonstrations in their order and the job's learning rates."""
    return {
        "output_dir": str(folder / "trainer"),
        "max_steps": job["steps"],
        "learning_rate": job["learning_rate"],
        "lr_scheduler_type": "linear",
        "warmup_steps": job["warmup"],
        "train_sampling_strategy": "sequential",
        "logging_steps": 1,
        "save_strategy": "no",
        "disable_tqdm": True,
        "report_to": "none",
        "seed": job["seed"],
        "use_cpu": job["device"] == "cpu",
        "dataloader_pin_memory": False,
    }


class Clock(TrainerCallback):
    """Notes when training begins and when each optimiser step ends."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.cpu_times: list[float] = []

    def tick(self, *_: Any, **__: Any) -> None:
        """Notes the time, once the GPU has done what it was given."""
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        self.times.append(time.perf_counter())
        self.cpu_times.append(time.process_time())

    on_train_begin = on_step_end = tick


def train(trainer: Trainer, folder: Path, **more: Any) -> None:
    """Trains, saves the adapter and writes the result."""
    clock = Clock()
    trainer.add_callback(clock)
    trainer.train()
    trainer.model.save_pretrained(str(folder / "adapter"))
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    write(folder, clock, losses, **more)


def write(folder: Path, clock: Clock, losses: list[float], **more: Any) -> None:
    """Writes `result.json`: seconds and loss of every step, and the peak of memory (of the GPU, where there is one)."""
    seconds, cpu_seconds = ([end - start for start, end in pairwise(times)] for times in (clock.times, clock.cpu_times))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    if torch.cuda.is_available():
        peak = torch.cuda.max_memory_allocated()
    result = {"seconds": seconds, "cpu_seconds": cpu_seconds, "losses": losses, "peak_bytes": peak, **more}
    (folder / "result.json").write_text(json.dumps(result), encoding="utf-8")
