"""The recipe: every setting of a fine-tune, as data, and the recipes that have a name."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from annotated_types import Ge, Gt, Interval
from pydantic import Strict

Precision = Literal["bf16", "fp32", "fp16"]
BaseWeights = Literal["full", "8bit", "4bit"]
Whole = Annotated[int, Strict()]  # true is no number
Count = Annotated[Whole, Gt(0)]
Share = Annotated[float, Interval(ge=0, lt=1)]


@dataclass(frozen=True, slots=True)
class Recipe:
    """Settings of one LoRA fine-tune; the bounds are checked where an experiment file is read.

    Attributes:
        recipe: name of the recipe that the other settings start from (see `RECIPES`).
        batch: demonstrations an optimiser step, over all processes.
        steps: optimiser steps; 0 means as many as `epochs` needs.
        epochs: passes over the demonstrations, where `steps` is 0.
        learning_rate: peak.
        schedule: how the rate goes from its peak; linear and cosine end at 0.
        warmup: steps in which the rate rises to its peak; a whole number, or a share of all steps below 1.
        rank, alpha, dropout: of LoRA.
        targets: module names that LoRA adapts; empty means those of the backbone.
        cutoff: tokens that a demonstration may have.
        too_long: what becomes of longer ones: left out, cut at the cutoff (and then without an end to learn), or an
            error; counted in each case.
        loss_on: what is learnt, the completion, or prompt and completion.
        validation: demonstrations held out to measure the loss on, at every checkpoint.
        keep: the adapter of the last step, or of the checkpoint with the least validation loss.
        group_by_length: steps are made of demonstrations of like length.
        precision: of the base weights and of what is computed with them; the adapter and the optimiser are float32.
        base_weights: whole, or quantised to 8 or 4 bits (on CUDA, with bitsandbytes).
        checkpoint_every: optimiser steps between checkpoints.
        row_tokens: distinct tokens that are computed together; bounds the memory.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    recipe: str = "default"
    batch: Count = 16
    steps: Annotated[Whole, Ge(0)] = 0
    epochs: Count = 1
    learning_rate: Annotated[float, Interval(gt=0, le=1)] = 1e-3
    schedule: Literal["linear", "cosine", "constant"] = "linear"
    warmup: Annotated[Whole, Ge(0)] | Share = 0.1
    rank: Count = 16
    alpha: Count = 32
    dropout: Share = 0.05
    targets: tuple[str, ...] = ()
    cutoff: Count = 512
    too_long: Literal["drop", "truncate", "error"] = "drop"
    loss_on: Literal["completion", "all"] = "completion"
    validation: Annotated[Whole, Ge(0)] = 0
    keep: Literal["last", "best"] = "last"
    group_by_length: bool = False
    precision: Precision = "bf16"
    base_weights: BaseWeights = "full"
    checkpoint_every: Count = 20
    row_tokens: Count = 512

    def total_steps(self, demonstrations: int) -> int:
        """Optimiser steps for this many demonstrations; a last, smaller batch counts as a step."""
        return self.steps or -(-self.epochs * demonstrations // self.batch)

    def warmup_steps(self, total: int) -> int:
        """Steps of warm-up in a run of `total` steps; the steps asked for may be more than that."""
        return self.warmup if isinstance(self.warmup, int) else math.ceil(self.warmup * total)


_ALPACA_LORA: dict[str, Any] = {
    "batch": 128,
    "epochs": 1,  # the paper's; alpaca-lora's own are 3, and 10 in its official run
    "learning_rate": 3e-4,
    "warmup": 100,
    "alpha": 16,
    "dropout": 0.05,
    "too_long": "truncate",
    "loss_on": "all",
    "validation": 2000,
    "keep": "best",
    "precision": "fp16",
    "base_weights": "8bit",
    "checkpoint_every": 200,
}

RECIPES: Mapping[str, Mapping[str, Any]] = {
    "default": {},
    # About a thousand demonstrations on a backbone of 135 million parameters: the best of bench/results/recipe.json.
    "small": {"batch": 8, "learning_rate": 4e-3},
    # tloen/alpaca-lora at 8bb8579: the defaults of its code, and the run that its README calls official.
    "alpaca-lora": _ALPACA_LORA | {"rank": 8, "targets": ("q_proj", "v_proj"), "cutoff": 256},
    "alpaca-lora-official": _ALPACA_LORA
    | {"rank": 16, "targets": ("q_proj", "k_proj", "v_proj", "o_proj"), "cutoff": 512, "group_by_length": True},
}
"""Named recipes: what each sets otherwise than `Recipe` does by itself."""


def started_from_name(value: Any) -> Any:
    """Settings with those of the recipe that they name filled in, or of a recipe given by its name alone.

    An unknown name fills in nothing; whoever validates the settings says so.
    """
    settings = {"recipe": value} if isinstance(value, str) else value
    if not isinstance(settings, Mapping):
        return value
    named = settings.get("recipe")
    return dict(RECIPES.get(named, {}) if isinstance(named, str) else {}) | dict(settings)
