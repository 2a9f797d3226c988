"""Trains a tiny model for a few packed steps, with parameters sharded over processes: a test starts two of these."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor

from crossalpaca.decoding.attention import use_rows
from crossalpaca.training.encoding import Encoded
from crossalpaca.training.lora import fused_adapters
from crossalpaca.training.packing import Packing
from crossalpaca.training.trainer import StepDataset, row_loss
from tiny_backbones import tiny_model

STEPS, BATCH, VOCABULARY = 3, 8, 97


def adapted() -> Any:
    """The same tiny model with fresh adapters, in whatever process."""
    model = tiny_model("LlamaConfig", VOCABULARY)
    use_rows(model)
    config = LoraConfig(r=4, lora_dropout=0.0, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM")
    made: Any = get_peft_model(model, config)
    made.train()
    return made


def demonstrations() -> list[Encoded]:
    """Of a shared beginning and ends of their own."""
    return [
        Encoded(str(n), (*range(2, 12), *((7 * n + 5 * place) % VOCABULARY for place in range(6 + n % 4)), 1), 10)
        for n in range(BATCH)
    ]


def learn(model: Any, share: tuple[int, int]) -> tuple[list[float], list[int]]:
    """This process's part of each step's loss, and how many rows it computed, step by step."""
    # Processes must compute as many rows each: every row gathers the parameters from all of them.
    dataset = StepDataset(demonstrations(), [range(BATCH)] * STEPS, Packing(26), model.config, share)
    optimizer = torch.optim.AdamW([each for each in model.parameters() if each.requires_grad], lr=0.02)
    losses, rows = [], []
    with fused_adapters(model):
        for number in range(STEPS):
            item, total = dataset[number], 0.0
            for row in item["rows"]:
                loss = row_loss(model, row) / item["target_tokens"]
                (loss * share[1]).backward()  # gradients are averaged over processes, as in the trainer
                total += float(loss.detach())
            optimizer.step()
            optimizer.zero_grad()
            losses.append(total)
            rows.append(len(item["rows"]))
    return losses, rows


def sharded(model: Any) -> Any:
    """The model with every layer's parameters, and all others, sharded over the processes."""
    mesh = torch.distributed.init_device_mesh("cpu", (torch.distributed.get_world_size(),))
    for layer in model.base_model.model.model.layers:
        fully_shard(layer, mesh=mesh)
    fully_shard(model, mesh=mesh)
    return model


def main(folder: Path, process: int, processes: int) -> None:
    """Writes what it saw to `PROCESS.json` in the folder."""
    torch.distributed.init_process_group(
        "gloo", init_method=(folder / "rendezvous").as_uri(), rank=process, world_size=processes
    )
    model = sharded(adapted())
    parts = [each for each in model.parameters() if isinstance(each, DTensor)]
    here, whole = sum(each.to_local().numel() for each in parts), sum(each.numel() for each in parts)
    others = sum(1 for _ in model.parameters()) - len(parts)
    losses, rows = learn(model, (process, processes))
    found = {"here": here, "whole": whole, "unsharded": others, "losses": losses, "rows": rows}
    (folder / f"{process}.json").write_text(json.dumps(found), encoding="utf-8")
    torch.distributed.destroy_process_group()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
