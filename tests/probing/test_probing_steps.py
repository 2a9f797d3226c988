"""Laws of both steps of probing: a kill changes nothing, and an adapter is only asked as it was trained."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tiny_models import Killed, contents, killed_after, step_run

from crossalpaca.errors import InputError
from crossalpaca.probing.align import align
from crossalpaca.probing.translate import translate
from crossalpaca.prompts import ALPACA
from crossalpaca.records import StepRun

STEPS = (align, translate)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("calls", [0, 1, 2])
def test_killed_and_resumed_is_byte_for_byte_the_uninterrupted_run(
    tmp_path: Path, asked: dict[str, Any], step: Callable[[StepRun], None], calls: int
) -> None:
    whole = step_run(tmp_path / "whole", asked)
    step(whole)
    with pytest.raises(Killed):
        step(step_run(tmp_path / "killed", asked, progress=killed_after(calls)))
    resumed = step_run(tmp_path / "killed", asked)
    step(resumed)
    assert contents(resumed.output) == contents(whole.output)


@pytest.mark.parametrize("step", STEPS)
def test_an_adapter_of_another_template_is_refused(
    tmp_path: Path, asked: dict[str, Any], tiny_adapter: Path, step: Callable[[StepRun], None]
) -> None:
    other = replace(ALPACA, name="other", without_input="{instruction}:")
    with pytest.raises(InputError, match="another prompt template"):
        step(step_run(tmp_path, asked | {"template": other}, {"adapter": tiny_adapter}))
