"""transformers' Trainer for packed rows: one item of its dataset is one optimiser step."""

from __future__ import annotations

import json
import math
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import SequentialSampler
from transformers import PrinterCallback, Trainer, TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from crossalpaca.errors import TrainingError
from crossalpaca.records import Progress
from crossalpaca.store import file_sha256, write_synced
from crossalpaca.training.encoding import Encoded
from crossalpaca.training.packing import Row, pack_rows
from crossalpaca.tree_masks import tree_masks

COMPLETE = "complete.json"
Tensors = dict[str, Any]


def row_tensors(row: Row, config: Any) -> Tensors:
    """A row for the model: ids and depths [1, n], mask as in `tree_masks`; for the loss, `nodes` whose next token is
    learnt [m], and for each distinct target its index into `nodes`, its token and its multiplicity [t]."""
    nodes = sorted({node for node, _ in row.targets})
    place = {node: index for index, node in enumerate(nodes)}
    return {
        "ids": torch.tensor([row.forest.tokens]),
        "depths": torch.tensor([row.forest.depths]),
        "mask": tree_masks(row.forest, config),
        "nodes": torch.tensor(nodes),
        "places": torch.tensor([place[node] for node, _ in row.targets]),
        "targets": torch.tensor([token for _, token in row.targets]),
        "weights": torch.tensor(list(row.targets.values()), dtype=torch.float32),
    }


def row_loss(model: torch.nn.Module, row: Tensors) -> torch.Tensor:
    """Summed cross-entropy (nats) of a row's targets, with multiplicity; logits only where something is learnt."""
    output = model(
        input_ids=row["ids"],
        attention_mask=row["mask"],
        position_ids=row["depths"],
        logits_to_keep=row["nodes"],
        use_cache=False,
    )
    log_probabilities = torch.log_softmax(output.logits[0].float(), dim=-1)
    learnt: torch.Tensor = log_probabilities[row["places"], row["targets"]]
    weights: torch.Tensor = row["weights"]
    return -(learnt * weights).sum()


class StepDataset(torch.utils.data.Dataset[dict[str, Any]]):
    """Optimiser steps as packed rows, with the ids of their demonstrations and the number of target tokens."""

    def __init__(
        self, encoded: Sequence[Encoded], steps: Sequence[Sequence[int]], row_tokens: int, config: Any
    ) -> None:
        self.encoded = encoded
        self.steps = steps
        self.row_tokens = row_tokens
        self.config = config

    def __len__(self) -> int:
        return len(self.steps)

    def __getitem__(self, index: int) -> dict[str, Any]:
        batch = [self.encoded[i] for i in self.steps[index]]
        return {
            "rows": [row_tensors(row, self.config) for row in pack_rows(batch, self.row_tokens)],
            "target_tokens": sum(len(d.tokens) - d.completion_start for d in batch),
            "demonstrations": [d.id for d in batch],
        }


def _only(items: list[dict[str, Any]]) -> dict[str, Any]:
    return items[0]


class PackedTrainer(Trainer):
    """Runs the rows of a step one after the other; the loss is the mean over the step's target tokens.

    A checkpoint counts once its last file, which lists the hashes of the others, is in place.
    """

    def __init__(self, model: torch.nn.Module, arguments: TrainingArguments, dataset: StepDataset) -> None:
        super().__init__(model=model, args=arguments, train_dataset=dataset, data_collator=_only)
        self.steps = dataset
        self.remove_callback(PrinterCallback)  # the step has a progress of its own

    def _get_train_sampler(self, train_dataset: Any = None) -> SequentialSampler:
        return SequentialSampler(self.steps)

    def training_step(
        self, model: torch.nn.Module, inputs: dict[str, Any], num_items_in_batch: Any = None
    ) -> torch.Tensor:
        """Forward and backward of one optimiser step.

        Raises:
            TrainingError: the loss is not finite; names the step and its demonstrations.
        """
        model.train()
        total = torch.zeros((), device=self.args.device)
        for row in inputs["rows"]:
            loss = row_loss(model, row) / inputs["target_tokens"]
            self.accelerator.backward(loss)
            total += loss.detach()
        if not math.isfinite(float(total)):
            ids = ", ".join(inputs["demonstrations"])
            raise TrainingError(
                f"loss is {float(total)} at step {self.state.global_step + 1}, demonstrations {ids}; "
                "lower the learning rate; the last checkpoint is kept"
            )
        return total

    def _save_checkpoint(self, model: torch.nn.Module, trial: Any) -> None:
        super()._save_checkpoint(model, trial)
        seal(Path(str(self.args.output_dir)) / f"checkpoint-{self.state.global_step}")


def seal(checkpoint: Path) -> None:
    """Marks a checkpoint as complete, with the hash of each of its files."""
    hashes = {path.name: file_sha256(path) for path in sorted(checkpoint.iterdir()) if path.is_file()}
    write_synced(checkpoint / COMPLETE, json.dumps(hashes, indent=1) + "\n")


def last_checkpoint(folder: Path) -> Path | None:
    """The newest complete checkpoint; incomplete and damaged ones are removed on the way."""
    found = sorted(folder.glob("checkpoint-*"), key=lambda path: int(path.name.rpartition("-")[2]), reverse=True)
    for checkpoint in found:
        if _is_complete(checkpoint):
            return checkpoint
        shutil.rmtree(checkpoint)
    return None


def _is_complete(checkpoint: Path) -> bool:
    try:
        hashes = json.loads((checkpoint / COMPLETE).read_text(encoding="utf-8"))
        return all(file_sha256(checkpoint / name) == value for name, value in hashes.items())
    except (OSError, ValueError):
        return False


class ProgressCallback(TrainerCallback):
    """Tells a step's progress the loss and the speed."""

    def __init__(self, progress: Progress, dataset: StepDataset) -> None:
        self.progress = progress
        self.dataset = dataset
        self.started = time.monotonic()
        self.first = 0
        self.loss: float | str = "-"

    def on_train_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Shows where a resumed run goes on."""
        self.started, self.first = time.monotonic(), state.global_step
        self.progress(state.global_step, len(self.dataset), "step", {})

    def on_log(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **more: Any) -> None:
        """Keeps the loss to show with the next step."""
        self.loss = more.get("logs", {}).get("loss", self.loss)

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Counts a step."""
        rate = (state.global_step - self.first) * len(self.dataset.steps[0]) / (time.monotonic() - self.started)
        shown = {"demonstrations/s": round(rate, 1), "loss": self.loss}
        self.progress(state.global_step, len(self.dataset), "step", shown)
