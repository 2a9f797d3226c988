"""What steps ask of a machine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossalpaca.backbones import resolve
from crossalpaca.cluster.placement import GIB, asked, described, fits
from crossalpaca.records import Step, StepRun
from crossalpaca.resources import Resources

BACKBONE = resolve("smollm2-135m-instruct")


def nothing(run: StepRun) -> None:
    """Stands for a step's function."""


def step(name: str, **arguments: Any) -> Step:
    return Step(name, 1, nothing, arguments, {}, name)


@pytest.mark.parametrize(
    ("arguments", "gpus", "expected"),
    [
        ({"backbone": BACKBONE}, True, {"CPU": 1, "GPU": 1}),
        ({"backbone": BACKBONE}, False, {"CPU": 1}),
        ({"backbone": BACKBONE, "served": "a server answers"}, True, {"CPU": 1}),
        ({"backbone": {"id": "as a report tells it"}}, True, {"CPU": 1}),
        ({}, True, {"CPU": 1}),
    ],
)
def test_steps_that_load_the_backbone_take_a_gpu_where_there_are_any(
    arguments: dict[str, Any], gpus: bool, expected: dict[str, float]
) -> None:
    assert asked(step("evaluate", **arguments), {}, gpus=gpus) == expected


def test_what_is_stated_counts_for_the_steps_of_that_name_alone() -> None:
    stated = {"train": Resources(cpus=4, gpus=0.5, memory=3)}
    assert asked(step("train", backbone=BACKBONE), stated, gpus=True) == {"CPU": 4, "GPU": 0.5, "memory": 3 * GIB}
    assert asked(step("audit"), stated, gpus=True) == {"CPU": 1}
    assert asked(step("train", backbone=BACKBONE), {"train": Resources(gpus=0)}, gpus=True) == {"CPU": 1}


AMOUNTS = st.dictionaries(st.sampled_from(["CPU", "GPU", "memory"]), st.integers(0, 8).map(float))


@given(wanted=AMOUNTS, nodes=st.lists(AMOUNTS, max_size=3))
def test_a_step_fits_where_one_node_alone_has_all_of_it(
    wanted: Mapping[str, float], nodes: list[Mapping[str, float]]
) -> None:
    expected = False
    for node in nodes:
        expected = expected or min((node.get(name, 0) - n for name, n in wanted.items()), default=0) >= 0
    assert fits(wanted, nodes) == expected


def test_amounts_for_people() -> None:
    assert described({"CPU": 1, "GPU": 0.5, "memory": 1.5 * GIB, "node:10.0.0.1": 1}) == "1 CPU, 0.5 GPUs, 1.5 GiB"
    assert described({}) == "nothing"
