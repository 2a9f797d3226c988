"""The recipe: every setting of a fine-tune, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from annotated_types import Ge, Gt, Interval
from pydantic import Strict

Precision = Literal["bf16", "fp32"]
Whole = Annotated[int, Strict()]  # true is no number
Count = Annotated[Whole, Gt(0)]


@dataclass(frozen=True, slots=True)
class Recipe:
    """Settings of one LoRA fine-tune; the bounds are checked where an experiment file is read.

    Attributes:
        batch: demonstrations an optimiser step.
        steps: optimiser steps; 0 means as many as `epochs` needs.
        epochs: passes over the demonstrations, where `steps` is 0.
        learning_rate: peak; decays linearly to 0.
        warmup: share of the steps in which the rate rises to its peak.
        rank, alpha, dropout: of LoRA.
        targets: module names that LoRA adapts; empty means those of the backbone.
        cutoff: demonstrations longer than this many tokens are left out and counted.
        precision: of the base weights and of what is computed with them; the adapter and the optimiser are float32.
        checkpoint_every: optimiser steps between checkpoints.
        row_tokens: distinct tokens that are computed together; bounds the memory.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    batch: Count = 16
    steps: Annotated[Whole, Ge(0)] = 0
    epochs: Count = 1
    learning_rate: Annotated[float, Interval(gt=0, le=1)] = 3e-4
    warmup: Annotated[float, Interval(ge=0, le=1)] = 0.1
    rank: Count = 16
    alpha: Count = 16
    dropout: Annotated[float, Interval(ge=0, lt=1)] = 0.05
    targets: tuple[str, ...] = ()
    cutoff: Count = 512
    precision: Precision = "bf16"
    checkpoint_every: Count = 20
    row_tokens: Count = 512

    def total_steps(self, demonstrations: int) -> int:
        """Optimiser steps for this many demonstrations; a last, smaller batch counts as a step."""
        return self.steps or -(-self.epochs * demonstrations // self.batch)
