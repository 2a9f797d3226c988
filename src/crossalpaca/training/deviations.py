"""Where a machine or a set of demonstrations cannot give what a recipe asks: what is done instead, and said."""

from __future__ import annotations

import math
from dataclasses import replace

from crossalpaca.training.recipe import Recipe

HELD_OUT_AT_MOST = 0.1
"""Share of the demonstrations that validation may take."""


def feasible(recipe: Recipe, demonstrations: int, *, cuda: bool) -> tuple[Recipe, list[str]]:
    """The recipe as it can be followed, and one line for each setting that is another.

    Args:
        recipe: what is asked.
        demonstrations: how many there are within the cutoff, before any is held out.
        cuda: the machine has a CUDA device.
    """
    found: list[str] = []
    if recipe.base_weights != "full" and not cuda:
        found.append(f"base weights are whole, not {recipe.base_weights}: that needs CUDA")
        recipe = replace(recipe, base_weights="full")
    if recipe.precision == "fp16" and not cuda:
        found.append("precision is bf16, not fp16: that needs CUDA")
        recipe = replace(recipe, precision="bf16")
    most = int(demonstrations * HELD_OUT_AT_MOST)
    if recipe.validation > most:
        found.append(
            f"validation is on {most} demonstrations, not {recipe.validation}: "
            f"no more than {HELD_OUT_AT_MOST:.0%} of {demonstrations}"
        )
        recipe = replace(recipe, validation=most)
    if recipe.keep == "best" and not recipe.validation:
        found.append("the last adapter is kept, not the best: there is no validation")
        recipe = replace(recipe, keep="last")
    total = recipe.total_steps(demonstrations - recipe.validation)
    if recipe.warmup_steps(total) >= total:
        shorter = math.ceil(total / 10) if total > 1 else 0  # the rate of a warm-up's first step is 0
        found.append(f"warm-up is {shorter} steps, not {recipe.warmup}: the run has {total}")
        recipe = replace(recipe, warmup=shorter)
    return recipe, found
