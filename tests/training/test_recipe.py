"""Recipes are what their sources say, and what a machine or a set cannot give is replaced and said."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from crossalpaca.grid import Grid
from crossalpaca.training.deviations import feasible
from crossalpaca.training.recipe import RECIPES, Recipe, started_from_name

ADAPTER: TypeAdapter[Recipe] = TypeAdapter(Recipe)


def named(name: str, **changes: Any) -> Recipe:
    return ADAPTER.validate_python(started_from_name({"recipe": name} | changes))


# tloen/alpaca-lora at 8bb8579, and the one epoch and the batch of the paper.
COMMON = {
    "batch": 128,
    "epochs": 1,
    "steps": 0,
    "learning_rate": 3e-4,
    "schedule": "linear",
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


@pytest.mark.parametrize(
    ("name", "own"),
    [
        ("alpaca-lora", {"rank": 8, "targets": ("q_proj", "v_proj"), "cutoff": 256, "group_by_length": False}),
        (
            "alpaca-lora-official",
            {"rank": 16, "targets": ("q_proj", "k_proj", "v_proj", "o_proj"), "cutoff": 512, "group_by_length": True},
        ),
    ],
)
def test_alpaca_loras_recipes_are_theirs(name: str, own: dict[str, Any]) -> None:
    assert asdict(named(name)) == {"recipe": name, "row_tokens": 512} | COMMON | own


@pytest.mark.parametrize("name", RECIPES)
def test_every_setting_of_a_named_recipe_can_be_overridden(name: str) -> None:
    changes = {"rank": 3, "warmup": 0.5, "loss_on": "completion", "too_long": "error", "keep": "last", "batch": 7}
    assert asdict(named(name)) | changes == asdict(named(name, **changes))


def test_the_small_recipe_gives_a_thousand_demonstrations_a_hundred_steps() -> None:
    small = named("small")
    assert small.batch in (8, 16)
    assert small.total_steps(1000) >= 100


def test_an_experiment_names_a_recipe_alone_or_with_changes() -> None:
    text = "name: a\nlanguage: de\nbackbone: llama-7b\nmodels: {base: {}}\ntraining: RECIPE\n"
    text += "evaluation: {benchmarks: [{benchmark: xquad, files: [x]}]}\n"
    assert Grid.parse(text.replace("RECIPE", "alpaca-lora")).cells[0].training == named("alpaca-lora")
    changed = Grid.parse(text.replace("RECIPE", "{recipe: alpaca-lora, rank: 4, warmup: 0.2}")).cells[0].training
    assert changed == named("alpaca-lora", rank=4, warmup=0.2)
    with pytest.raises(Exception, match=r"unknown recipe 'alpaca-laro' .did you mean alpaca-lora") as caught:
        Grid.parse(text.replace("RECIPE", "{recipe: alpaca-laro}"))
    assert "5:" in str(caught.value)


@pytest.mark.parametrize("warmup", [1.0, -1, -0.1, 1.5, True])
def test_a_warm_up_is_steps_or_a_share_below_one(warmup: Any) -> None:
    with pytest.raises(ValidationError):
        named("default", warmup=warmup)


def test_what_the_machine_cannot_do_is_replaced_and_said() -> None:
    recipe, deviations = feasible(named("alpaca-lora"), 52_000, cuda=False)
    assert (recipe.base_weights, recipe.precision) == ("full", "bf16")
    assert deviations == [
        "base weights are whole, not 8bit: that needs CUDA",
        "precision is bf16, not fp16: that needs CUDA",
    ]
    assert feasible(named("alpaca-lora"), 52_000, cuda=True) == (named("alpaca-lora"), [])


def test_a_small_set_keeps_most_of_itself_and_warms_up_within_its_steps() -> None:
    recipe, deviations = feasible(named("alpaca-lora"), 1_000, cuda=True)
    assert recipe.validation == 100
    assert recipe.warmup_steps(recipe.total_steps(900)) == 1
    assert deviations == [
        "validation is on 100 demonstrations, not 2000: no more than 10% of 1000",
        "warm-up is 1 steps, not 100: the run has 8",
    ]


@given(
    demonstrations=st.integers(1, 5000),
    warmup=st.one_of(st.integers(0, 300), st.floats(0, 0.99)),
    batch=st.integers(1, 200),
    steps=st.integers(0, 300),
    validation=st.integers(0, 3000),
)
def test_whatever_is_asked_the_run_is_longer_than_its_warm_up_and_validation_takes_no_more_than_a_tenth(
    demonstrations: int, warmup: float, batch: int, steps: int, validation: int
) -> None:
    asked = named("default", warmup=warmup, batch=batch, steps=steps, validation=validation, keep="best")
    recipe, deviations = feasible(asked, demonstrations, cuda=False)
    total = recipe.total_steps(demonstrations - recipe.validation)
    assert recipe.warmup_steps(total) < total
    assert recipe.validation <= demonstrations / 10
    assert recipe.keep == "last" or recipe.validation
    assert bool(deviations) == (recipe != asked)
    assert feasible(recipe, demonstrations, cuda=False) == (recipe, [])
