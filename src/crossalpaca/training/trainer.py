"""transformers' Trainer for packed rows: one item of its dataset is one optimiser step."""

from __future__ import annotations

import json
import math
import shutil
import time
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import DataLoader, SequentialSampler
from transformers import PrinterCallback, Trainer, TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from crossalpaca.decoding.attention import NAME, Blocks
from crossalpaca.errors import TrainingError
from crossalpaca.records import Progress
from crossalpaca.store import file_sha256, write_synced
from crossalpaca.training.dealing import dealt
from crossalpaca.training.encoding import Encoded
from crossalpaca.training.loss import cross_entropy
from crossalpaca.training.packing import Packing, Row
from crossalpaca.tree_masks import Masks, tree_masks

COMPLETE = "complete.json"
BEST = "best"
Tensors = dict[str, Any]


def row_tensors(row: Row, config: Any) -> Tensors:
    """A row for the model: ids and depths [1, n], mask as in `tree_masks`, None for one plain sequence.

    For the loss, `nodes` whose next token is learnt [m], and for each distinct target its index into `nodes`, its token
    and its multiplicity [t].
    """
    nodes = sorted({node for node, _ in row.targets})
    place = {node: index for index, node in enumerate(nodes)}
    return {
        "ids": torch.tensor([row.forest.tokens]),
        "depths": torch.tensor([row.forest.depths]),
        "mask": tree_masks(row.forest, config) if row.packed else None,
        "nodes": torch.tensor(nodes),
        "places": torch.tensor([place[node] for node, _ in row.targets]),
        "targets": torch.tensor([token for _, token in row.targets]),
        "weights": torch.tensor(list(row.targets.values()), dtype=torch.float32),
    }


def row_loss(model: torch.nn.Module, row: Tensors) -> torch.Tensor:
    """Summed cross-entropy (nats) of a row's targets, with multiplicity; logits only where something is learnt."""
    if row["mask"] is None:  # a model that cannot be packed, of which no more is asked than what every model takes
        logits = model(input_ids=row["ids"], use_cache=False).logits[0, row["nodes"]]
    else:
        logits = model(
            input_ids=row["ids"],
            attention_mask=row["mask"],
            position_ids=row["depths"],
            logits_to_keep=row["nodes"],
            use_cache=False,
            **blocks(model, row["mask"]),
        ).logits[0]
    return cross_entropy(logits, row["places"], row["targets"], row["weights"])


def blocks(model: Any, mask: Masks) -> dict[str, Blocks]:
    """What lets a model attend block by block, where it has been told how (see `use_rows`)."""
    if getattr(model, "module", model).config.get_text_config()._attn_implementation != NAME:  # within DDP, perhaps
        return {}
    widest = mask["full_attention"] if isinstance(mask, dict) else mask
    return {"blocks": Blocks.of(widest[0, 0])}


class StepDataset(torch.utils.data.Dataset[dict[str, Any]]):
    """Optimiser steps as packed rows, with the ids of their demonstrations and the number of target tokens.

    Args:
        encoded: the demonstrations.
        steps: indices into them, for each step.
        packing: how a step becomes rows.
        config: the model's configuration.
        share: which process this is, and of how many; each computes its share of a step's rows.
    """

    def __init__(
        self,
        encoded: Sequence[Encoded],
        steps: Sequence[Sequence[int]],
        packing: Packing,
        config: Any,
        share: tuple[int, int] = (0, 1),
    ) -> None:
        self.encoded = encoded
        self.steps = steps
        self.packing = packing
        self.config = config
        self.share = share

    def __len__(self) -> int:
        return len(self.steps)

    def __getitem__(self, index: int) -> dict[str, Any]:
        batch = [self.encoded[i] for i in self.steps[index]]
        process, processes = self.share
        own = dealt(list(self.packing.rows(batch)), processes)[process]
        return {
            "rows": [row_tensors(row, self.config) for row in own],
            "target_tokens": sum(len(self.packing.learnt(d)) for d in batch),
            "demonstrations": [d.id for d in batch],
        }


def _only(items: list[dict[str, Any]]) -> dict[str, Any]:
    return items[0]


class PackedTrainer(Trainer):
    """Runs the rows of a step one after the other; the loss is the mean over the step's target tokens.

    A checkpoint counts once its last file, which lists the hashes of the others, is in place.
    """

    def __init__(
        self,
        model: torch.nn.Module,
        arguments: TrainingArguments,
        dataset: StepDataset,
        validation: Sequence[Encoded] = (),
    ) -> None:
        super().__init__(model=model, args=arguments, train_dataset=dataset, data_collator=_only)
        self.steps = dataset
        self.validation = validation
        self.remove_callback(PrinterCallback)  # the step has a progress of its own

    def get_train_dataloader(self) -> DataLoader[dict[str, Any]]:
        """The steps in order, all of them in every process: what a process computes of one is the dataset's to say."""
        return DataLoader(self.steps, batch_size=1, sampler=SequentialSampler(self.steps), collate_fn=_only)

    def training_step(
        self, model: torch.nn.Module, inputs: dict[str, Any], num_items_in_batch: Any = None
    ) -> torch.Tensor:
        """Forward and backward of one optimiser step.

        Raises:
            TrainingError: the loss is not finite; names the step, its demonstrations and the last checkpoint.
        """
        model.train()
        inputs = self._prepare_inputs(inputs)
        processes = self.accelerator.num_processes
        total = torch.zeros((), device=self.args.device)
        for row in inputs["rows"]:
            last = row is inputs["rows"][-1]
            with nullcontext() if last else self.accelerator.no_sync(model):
                # Gradients are averaged over processes, so each counts its own part as many times.
                loss = row_loss(model, row) / inputs["target_tokens"] * processes
                self.accelerator.backward(loss)
            total += loss.detach()
        summed = float(self.accelerator.reduce(total, "mean"))
        if not math.isfinite(summed):
            raise TrainingError(self._not_finite(summed, inputs["demonstrations"]))
        return total

    def _not_finite(self, loss: float, demonstrations: Sequence[str]) -> str:
        kept = last_checkpoint(Path(str(self.args.output_dir)))
        last = f"{kept.name} is kept" if kept else "there is no checkpoint yet"
        return (
            f"loss is {loss} at step {self.state.global_step + 1}, demonstrations {', '.join(demonstrations)}; "
            f"lower the learning rate or leave out what is wrong with these; {last}"
        )

    def _save_checkpoint(self, model: torch.nn.Module, trial: Any) -> None:
        folder = Path(str(self.args.output_dir))
        if self.validation:
            self._validate(folder)
        super()._save_checkpoint(model, trial)
        self.accelerator.wait_for_everyone()  # each process writes the state of its random numbers
        if self.args.should_save:
            seal(folder / f"checkpoint-{self.state.global_step}")

    def _validate(self, folder: Path) -> None:
        """Logs the validation loss, and keeps the adapter where it is the least so far."""
        before = [entry["validation_loss"] for entry in self.state.log_history if "validation_loss" in entry]
        loss = self.validation_loss()
        self.log({"validation_loss": loss})
        if self.args.should_save and (not before or loss < min(before)):
            model = self.accelerator.unwrap_model(self.model)
            fresh = folder / f"{BEST}.new"
            shutil.rmtree(fresh, ignore_errors=True)
            save_adapter(model, fresh)
            shutil.rmtree(folder / BEST, ignore_errors=True)
            fresh.rename(folder / BEST)

    @torch.no_grad()
    def validation_loss(self) -> float:
        """Mean loss (nats a target token) on what is held out."""
        model = self.accelerator.unwrap_model(self.model)
        model.eval()
        packing, (process, processes) = self.steps.packing, self.steps.share
        total = torch.zeros((), device=self.args.device)
        for row in dealt(list(packing.rows(self.validation)), processes)[process]:
            total += row_loss(model, self._prepare_inputs(row_tensors(row, self.steps.config)))
        targets = sum(len(packing.learnt(demonstration)) for demonstration in self.validation)
        return float(self.accelerator.reduce(total, "sum")) / targets


def save_adapter(model: Any, folder: Path) -> None:
    """Writes an adapter in peft's own format, the same bytes for the same adapter."""
    adapted: Any = model.peft_config["default"]
    adapted.target_modules = sorted(adapted.target_modules)  # a set, which is written in another order each time
    model.save_pretrained(str(folder))


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
