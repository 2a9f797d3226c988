"""The step that fine-tunes one model and saves its adapter."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crossalpaca.backbones import ATTENTION, Backbone, load_model, load_tokenizer
from crossalpaca.errors import DataError, TrainingError
from crossalpaca.prompts import Template, of_tokenizer
from crossalpaca.records import Adapter, Demonstration, StepRun, read_jsonl
from crossalpaca.store import file_sha256
from crossalpaca.training.encoding import Encoded, encode
from crossalpaca.training.packing import pack_rows
from crossalpaca.training.recipe import Recipe
from crossalpaca.training.schedule import schedule

if TYPE_CHECKING:
    from peft import PeftModel
    from transformers import TrainingArguments

VERSION = 1
ADAPTER = "adapter"
ADAPTER_RECORD = "adapter.json"
REPORT = "report.json"


def finetune(run: StepRun) -> None:
    """Writes `adapter/` (peft's format), `adapter.json` (an `Adapter`) and `report.json` (counts and losses).

    Arguments of the step: backbone (Backbone), template (Template), recipe (Recipe), seed. Input: demonstrations.

    Raises:
        DataError: no demonstration fits the cutoff, or there are fewer than a batch.
        TrainingError: the loss is not finite, or the adapter has learnt nothing.
    """
    backbone: Backbone = run.arguments["backbone"]
    recipe: Recipe = run.arguments["recipe"]
    source = run.inputs["demonstrations"] / "demonstrations.jsonl"
    tokenizer = load_tokenizer(backbone)
    template = of_tokenizer(run.arguments["template"], tokenizer)
    encoded, too_long = encode(read_jsonl(source, Demonstration), tokenizer, template, recipe.cutoff)
    if len(encoded) < recipe.batch:
        raise DataError(
            f"{source}: {len(encoded)} demonstrations fit the cutoff of {recipe.cutoff} tokens, fewer than a batch of "
            f"{recipe.batch}; add demonstrations or lower the batch"
        )
    run.log.info("%d demonstrations, %d over the cutoff", len(encoded), len(too_long))
    steps = schedule(encoded, recipe, run.arguments["seed"])
    losses = _train(run, backbone, recipe, encoded, steps)
    accounting = _accounting(encoded, too_long, steps, recipe)
    _save(run, backbone, template, file_sha256(source), losses, accounting)


def _accounting(encoded: list[Encoded], too_long: list[str], steps: list[list[int]], recipe: Recipe) -> dict[str, Any]:
    distinct = sum(
        len(row.forest.tokens) for step in steps for row in pack_rows([encoded[i] for i in step], recipe.row_tokens)
    )
    seen = sum(len(encoded[i].tokens) for step in steps for i in step)
    return {
        "recipe": asdict(recipe),
        "demonstrations": len(encoded),
        "over_cutoff": {"count": len(too_long), "ids": too_long},
        "steps": len(steps),
        "tokens": seen,
        "tokens_computed": distinct,
        "target_tokens": sum(len(encoded[i].tokens) - encoded[i].completion_start for step in steps for i in step),
    }


def _train(
    run: StepRun, backbone: Backbone, recipe: Recipe, encoded: list[Encoded], steps: list[list[int]]
) -> list[float]:
    """Trains, going on from the last complete checkpoint, and saves the adapter; returns the loss of every step."""
    from crossalpaca.training.trainer import PackedTrainer, ProgressCallback, StepDataset, last_checkpoint

    model = lora_model(backbone, recipe, run.arguments["seed"])
    dataset = StepDataset(encoded, steps, recipe.row_tokens, model.config)
    arguments = _training_arguments(run.scratch, recipe, len(steps), run.arguments["seed"])
    trainer = PackedTrainer(model, arguments, dataset)
    trainer.add_callback(ProgressCallback(run.progress, dataset))
    checkpoint = last_checkpoint(run.scratch)
    if checkpoint is not None:
        run.log.info("going on from %s", checkpoint.name)
    trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    run.log.info("loss %.4f at the first step, %.4f at the last", losses[0], losses[-1])
    require_learnt(model)
    adapted: Any = model.peft_config["default"]
    adapted.target_modules = sorted(adapted.target_modules)  # a set, which is written in another order each time
    model.save_pretrained(str(run.output / ADAPTER))
    return losses


def lora_model(backbone: Backbone, recipe: Recipe, seed: int) -> PeftModel:
    """The backbone with fresh LoRA layers: base weights frozen in the recipe's precision, adapters in float32."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import set_seed

    dtype = torch.bfloat16 if recipe.precision == "bf16" else torch.float32
    model = load_model(backbone, dtype)
    present = {name.rpartition(".")[2] for name, _ in model.named_modules()}
    targets = [name for name in recipe.targets or backbone.lora_targets or ATTENTION if name in present]
    if not targets:
        raise TrainingError(f"backbone {backbone.id}: none of its layers is named for LoRA; set training.targets")
    set_seed(seed)
    config = LoraConfig(
        r=recipe.rank,
        lora_alpha=recipe.alpha,
        lora_dropout=recipe.dropout,
        target_modules=targets,
        task_type="CAUSAL_LM",
    )
    adapted: PeftModel = get_peft_model(model, config)
    return adapted


def _training_arguments(folder: Path, recipe: Recipe, steps: int, seed: int) -> TrainingArguments:
    import torch
    from transformers import TrainingArguments

    return TrainingArguments(
        output_dir=str(folder),
        max_steps=steps,
        per_device_train_batch_size=1,  # one item of the dataset is a whole optimiser step
        learning_rate=recipe.learning_rate,
        lr_scheduler_type="linear",
        warmup_steps=math.ceil(recipe.warmup * steps),
        save_strategy="steps",
        save_steps=recipe.checkpoint_every,
        save_total_limit=2,  # the older one stands until the newer is complete
        logging_steps=1,
        logging_nan_inf_filter=False,
        disable_tqdm=True,
        report_to="none",
        remove_unused_columns=False,
        seed=seed,
        use_cpu=not torch.cuda.is_available(),
        dataloader_pin_memory=False,
    )


def require_learnt(model: PeftModel) -> None:
    """Raises TrainingError if the adapter would change nothing: every LoRA B matrix is still zero."""
    second = [parameter for name, parameter in model.named_parameters() if ".lora_B." in name]
    if not any(bool(parameter.detach().any()) for parameter in second):
        raise TrainingError("the adapter has learnt nothing: all its B matrices are zero; check the learning rate")


def _save(
    run: StepRun,
    backbone: Backbone,
    template: Template,
    demonstrations: str,
    losses: list[float],
    accounting: dict[str, Any],
) -> None:
    record = Adapter(
        path=ADAPTER,
        backbone=backbone.id,
        revision=backbone.revision,
        template=template.name,
        template_hash=template.hash,
        demonstrations=demonstrations,
        losses=tuple(losses),
    )
    _write_json(run.output / ADAPTER_RECORD, asdict(record))
    _write_json(run.output / REPORT, accounting | {"losses": losses})


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
