"""What the driver makes of a task that ends without an answer."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from crossalpaca.cluster.driver import TRIES, _Walk
from crossalpaca.errors import RunError
from crossalpaca.grid import Grid
from crossalpaca.records import Step, StepRun
from crossalpaca.runner import Silent
from crossalpaca.store import Store, step_key


def nothing(run: StepRun) -> None:
    """Stands for a step's function."""


STEP = Step("train", 1, nothing, {"seed": 1}, {}, "train a model")
TEXT = """
name: one
language: it
backbone: smollm2-135m-instruct
models: {base: {}}
evaluation: {benchmarks: [{benchmark: squad, name: qa, files: ["qa.json"]}]}
"""


def walk(store: Path, error: Exception) -> _Walk:
    """A run whose every task ends with an error of Ray."""

    def get(ref: object) -> Any:
        raise error

    node = {"Alive": True, "Resources": {"CPU": 1.0}}
    ray = SimpleNamespace(get=get, nodes=lambda: [node], cluster_resources=lambda: node["Resources"])
    made = _Walk(ray, Grid.parse(TEXT), [STEP], Store(store), Silent(), {})
    made._numbers = {step_key(STEP): 0}
    return made


@pytest.mark.parametrize("name", ["WorkerCrashedError", "LocalRayletDiedError", "OutOfMemoryError"])
def test_a_step_whose_process_dies_starts_again_until_it_is_enough(tmp_path: Path, name: str) -> None:
    from ray import exceptions

    kind = getattr(exceptions, name)
    under_way = walk(tmp_path, kind("out of memory") if name == "OutOfMemoryError" else kind())
    key = step_key(STEP)
    for tries in range(1, TRIES):
        under_way._end(object(), key)  # type: ignore[arg-type]
        assert under_way.missing == [key]
        assert under_way.losses[key] == tries
        under_way.missing.clear()
    assert under_way.failed is None
    under_way._end(object(), key)  # type: ignore[arg-type]
    assert isinstance(under_way.failed, RunError)
    assert f"its process died {TRIES} times ({name})" in str(under_way.failed)
    assert "raise resources.train.memory" in str(under_way.failed)
    assert under_way.missing == []


def test_any_other_error_of_ray_ends_the_run_in_one_line(tmp_path: Path) -> None:
    from ray import exceptions

    under_way = walk(tmp_path, exceptions.RaySystemError("two\nlines"))
    under_way._end(object(), step_key(STEP))  # type: ignore[arg-type]
    assert isinstance(under_way.failed, RunError)
    assert "train a model: failed on its node: RaySystemError" in str(under_way.failed)
    assert "\n" not in str(under_way.failed)
    assert under_way.missing == []
