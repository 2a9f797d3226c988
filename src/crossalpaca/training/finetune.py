"""The step that fine-tunes one model and saves its adapter."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Set
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crossalpaca.backbones import ATTENTION, Backbone, load_model, load_tokenizer
from crossalpaca.errors import DataError, TrainingError
from crossalpaca.prompts import Template, of_tokenizer
from crossalpaca.records import Adapter, Demonstration, StepRun, read_jsonl
from crossalpaca.store import file_sha256
from crossalpaca.training.deviations import feasible
from crossalpaca.training.encoding import Encoded, TooLong, encode
from crossalpaca.training.packing import Packing
from crossalpaca.training.recipe import Recipe
from crossalpaca.training.schedule import held_out, schedule

if TYPE_CHECKING:
    from peft import PeftModel
    from transformers import PreTrainedTokenizerBase, TrainingArguments

VERSION = 3
ADAPTER = "adapter"
ADAPTER_RECORD = "adapter.json"
REPORT = "report.json"
TRACKERS = "CROSSALPACA_REPORT_TO"
"""The environment's variable that names trackers of transformers, parted by commas."""


@dataclass(slots=True)
class _Prepared:
    """What a fine-tune is made from.

    Attributes:
        recipe: as it is followed here.
        deviations: where that is another than the one asked for.
        encoded, validation: demonstrations to train on, and held out.
        too_long: what the cutoff did.
        steps: indices into `encoded` for each optimiser step.
    """

    recipe: Recipe
    deviations: list[str]
    encoded: list[Encoded]
    validation: list[Encoded]
    too_long: TooLong
    steps: list[list[int]]


def finetune(run: StepRun) -> None:
    """Writes `adapter/` (peft's format), `adapter.json` (an `Adapter`) and `report.json` (counts and losses).

    Arguments of the step: backbone (Backbone), template (Template), recipe (Recipe), seed. Input: demonstrations.
    Where several processes run this together, as `accelerate launch` starts them, the first one writes.

    Raises:
        DataError: no demonstration fits the cutoff, or there are fewer than a batch.
        TrainingError: the loss is not finite, or the adapter has learnt nothing.
    """
    backbone: Backbone = run.arguments["backbone"]
    source = run.inputs["demonstrations"] / "demonstrations.jsonl"
    tokenizer = load_tokenizer(backbone)
    template = of_tokenizer(run.arguments["template"], tokenizer)
    prepared = _prepare(run, source, tokenizer, template)
    run.log.info(
        "%d demonstrations, %d held out, %d over the cutoff left out, %d cut",
        len(prepared.encoded),
        len(prepared.validation),
        len(prepared.too_long.left_out),
        len(prepared.too_long.cut),
    )
    history, packing = _train(run, backbone, prepared)
    from accelerate import PartialState

    if PartialState().is_main_process:
        _save(run, backbone, template, file_sha256(source), history, _accounting(prepared, packing))


def _prepare(run: StepRun, source: Path, tokenizer: PreTrainedTokenizerBase, template: Template) -> _Prepared:
    import torch

    asked: Recipe = run.arguments["recipe"]
    seed: int = run.arguments["seed"]
    records = read_jsonl(source, Demonstration)
    whole, too_long = encode(records, tokenizer, template, asked.cutoff, asked.too_long)
    recipe, deviations = feasible(asked, len(whole), cuda=torch.cuda.is_available())
    encoded, validation = held_out(whole, recipe.validation, seed)
    if len(encoded) < recipe.batch:
        raise DataError(
            f"{source}: {len(encoded)} demonstrations fit the cutoff of {recipe.cutoff} tokens, fewer than a batch of "
            f"{recipe.batch}; add demonstrations or lower the batch"
        )
    return _Prepared(recipe, deviations, encoded, validation, too_long, schedule(encoded, recipe, seed))


def _accounting(prepared: _Prepared, packing: Packing) -> dict[str, Any]:
    encoded, steps, too_long = prepared.encoded, prepared.steps, prepared.too_long
    batches = [[encoded[i] for i in step] for step in steps]
    return {
        "recipe": asdict(prepared.recipe),
        "deviations": prepared.deviations,
        "demonstrations": len(encoded),
        "held_out": len(prepared.validation),
        "over_cutoff": {
            "count": len(too_long.left_out) + len(too_long.cut),
            "ids": [*too_long.left_out, *too_long.cut],
            "cut": len(too_long.cut),
        },
        "steps": len(steps),
        "tokens": sum(len(each.tokens) for batch in batches for each in batch),
        "tokens_computed": sum(map(packing.computed, batches)),
        "target_tokens": sum(len(packing.learnt(each)) for batch in batches for each in batch),
    }


def _train(run: StepRun, backbone: Backbone, prepared: _Prepared) -> tuple[list[dict[str, Any]], Packing]:
    """Trains, going on from the last complete checkpoint, and saves the adapter; returns what was logged."""
    from accelerate import PartialState

    from crossalpaca.training.flex import rows_attention
    from crossalpaca.training.lora import fused_adapters
    from crossalpaca.training.packable import why_not_packable
    from crossalpaca.training.trainer import PackedTrainer, ProgressCallback, StepDataset, last_checkpoint

    recipe = prepared.recipe
    model = lora_model(backbone, recipe, run.arguments["seed"])
    reason = why_not_packable(model)
    if reason is not None:
        prepared.deviations.append(f"trained unpacked, each demonstration by itself: {reason}")
    packing = Packing(recipe.row_tokens, recipe.loss_on, shared=reason is None)
    for deviation in prepared.deviations:
        run.log.warning(deviation)
    arguments = _training_arguments(run.scratch, recipe, len(prepared.steps), run.arguments["seed"])
    processes = PartialState()
    share = (processes.process_index, processes.num_processes)
    dataset = StepDataset(prepared.encoded, prepared.steps, packing, model.config, share)
    trainer = PackedTrainer(model, arguments, dataset, prepared.validation)
    trainer.add_callback(ProgressCallback(run.progress, dataset))
    with processes.main_process_first():  # the first one removes what is incomplete
        checkpoint = last_checkpoint(run.scratch)
    if checkpoint is not None:
        run.log.info("going on from %s", checkpoint.name)
    with rows_attention(model, packing, run.log), fused_adapters(model):
        trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    history: list[dict[str, Any]] = trainer.state.log_history
    if processes.is_main_process:
        _keep(run, recipe, model, prepared.encoded[0])
    return history, packing


def _keep(run: StepRun, recipe: Recipe, model: PeftModel, probe: Encoded) -> None:
    """Saves the last adapter, or takes the best one over from the checkpoints, and proves it."""
    from crossalpaca.training.proof import require_effect, require_learnt, require_saved
    from crossalpaca.training.trainer import BEST, save_adapter

    require_learnt(model)
    require_effect(model, probe)
    folder = run.output / ADAPTER
    if recipe.keep == "best":
        shutil.copytree(run.scratch / BEST, folder)
    else:
        save_adapter(model, folder)
        require_saved(model, folder)


def lora_model(backbone: Backbone, recipe: Recipe, seed: int) -> PeftModel:
    """The backbone with fresh LoRA layers: base weights frozen in the recipe's precision, adapters in float32.

    Raises:
        TrainingError: none of its layers has a name that LoRA is asked to adapt.
    """
    import torch
    from peft import LoraConfig, get_peft_model, prepare_model_for_kbit_training
    from transformers import set_seed

    from crossalpaca.decoding.attention import use_rows

    dtypes = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}
    quantised = None if recipe.base_weights == "full" else recipe.base_weights
    model = load_model(backbone, dtypes[recipe.precision], quantised)
    if model.config._attn_implementation == "sdpa":
        use_rows(model)
    if quantised:
        model = prepare_model_for_kbit_training(model, use_gradient_checkpointing=False)  # type: ignore[no-untyped-call]
    present = {name.rpartition(".")[2] for name, _ in model.named_modules()}
    asked = recipe.targets or backbone.lora_targets or ATTENTION
    targets = [name for name in asked if name in present] or _fused(present)
    if not targets:
        raise TrainingError(f"backbone {backbone.id}: none of its layers is called {', '.join(asked)}; set targets")
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


def _fused(present: Set[str]) -> list[str]:
    """Layers of architectures that have query, key and value in one, or no attention."""
    known = ("query_key_value", "qkv_proj", "c_attn", "Wqkv", "in_proj")
    return [name for name in known if name in present]


def _training_arguments(folder: Path, recipe: Recipe, steps: int, seed: int) -> TrainingArguments:
    import torch
    from accelerate import PartialState
    from transformers import TrainingArguments

    cuda, several = torch.cuda.is_available(), PartialState().num_processes > 1
    return TrainingArguments(
        output_dir=str(folder),
        max_steps=steps,
        per_device_train_batch_size=1,  # one item of the dataset is a whole optimiser step
        learning_rate=recipe.learning_rate,
        lr_scheduler_type="constant_with_warmup" if recipe.schedule == "constant" else recipe.schedule,
        warmup_steps=recipe.warmup_steps(steps),
        fp16=recipe.precision == "fp16",
        save_strategy="steps",
        save_steps=recipe.checkpoint_every,
        save_total_limit=2,  # the older one stands until the newer is complete
        logging_steps=1,
        logging_nan_inf_filter=False,
        disable_tqdm=True,
        report_to=os.environ.get(TRACKERS, "none").split(","),
        remove_unused_columns=False,
        seed=seed,
        use_cpu=not cuda,
        ddp_backend="gloo" if several and not cuda else None,
        ddp_find_unused_parameters=False,
        dataloader_pin_memory=False,
    )


def _save(
    run: StepRun,
    backbone: Backbone,
    template: Template,
    demonstrations: str,
    history: list[dict[str, Any]],
    accounting: dict[str, Any],
) -> None:
    losses = [entry["loss"] for entry in history if "loss" in entry]
    validation = [
        {"step": entry["step"], "loss": entry["validation_loss"]} for entry in history if "validation_loss" in entry
    ]
    run.log.info("loss %.4f at the first step, %.4f at the last", losses[0], losses[-1])
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
    _write_json(run.output / REPORT, accounting | {"losses": losses, "validation_losses": validation})


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
