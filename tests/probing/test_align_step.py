"""The step that measures alignment: what it writes, and that a kill changes nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tiny_models import ENGLISH, Killed, contents, killed_after, step_run

from crossalpaca.decoding.requests import Decoding
from crossalpaca.errors import DataError, InputError
from crossalpaca.probing.align import align
from crossalpaca.probing.artefacts import HITS, read_aligned
from crossalpaca.prompts import ALPACA


def test_there_is_a_flag_for_each_sentence_layer_measure_and_direction(tmp_path: Path, probed: dict[str, Any]) -> None:
    run = step_run(tmp_path, probed)
    align(run)
    found = read_aligned(run.output)
    assert (found.language, found.layers, found.n) == ("de", 3, len(ENGLISH))
    assert {layer for _, _, layer in found.hits} == {0, 1, 2, 3}
    assert len(found.hits) == 16
    assert all(len(hits) == found.n and set(hits) <= {"0", "1"} for hits in found.hits.values())


@pytest.mark.parametrize("calls", [0, 1, 3])
def test_killed_and_resumed_is_byte_for_byte_the_uninterrupted_run(
    tmp_path: Path, probed: dict[str, Any], calls: int
) -> None:
    whole = step_run(tmp_path / "whole", probed)
    align(whole)
    with pytest.raises(Killed):
        align(step_run(tmp_path / "killed", probed, progress=killed_after(calls)))
    resumed = step_run(tmp_path / "killed", probed)
    align(resumed)
    assert contents(resumed.output) == contents(whole.output)


def test_the_batch_changes_no_hit(tmp_path: Path, probed: dict[str, Any]) -> None:
    runs = [
        step_run(tmp_path / str(batch), probed | {"decoding": Decoding(precision="fp32", batch=batch)})
        for batch in (1, 64)
    ]
    for run in runs:
        align(run)
    assert contents(runs[0].output) == contents(runs[1].output)


def test_an_adapter_changes_the_layers_and_not_the_embeddings(
    tmp_path: Path, probed: dict[str, Any], tiny_adapter: Path
) -> None:
    runs = [step_run(tmp_path / "base", probed), step_run(tmp_path / "tuned", probed, {"adapter": tiny_adapter})]
    for run in runs:
        align(run)
    base, tuned = (read_aligned(run.output).hits for run in runs)
    differing = {
        layer
        for measure, direction, layer in base
        if base[measure, direction, layer] != tuned[measure, direction, layer]
    }
    assert differing
    assert 0 not in differing


def test_an_adapter_of_another_template_is_refused(tmp_path: Path, probed: dict[str, Any], tiny_adapter: Path) -> None:
    other = replace(ALPACA, name="other", without_input="{instruction}:")
    with pytest.raises(InputError, match="another prompt template"):
        align(step_run(tmp_path, probed | {"template": other}, {"adapter": tiny_adapter}))


def test_a_damaged_artefact_is_named(tmp_path: Path, probed: dict[str, Any]) -> None:
    run = step_run(tmp_path, probed)
    align(run)
    path = run.output / HITS
    path.write_text("".join(path.read_text(encoding="utf-8").splitlines(keepends=True)[:-1]), encoding="utf-8")
    with pytest.raises(DataError, match="cut off"):
        read_aligned(run.output)
    path.unlink()
    with pytest.raises(DataError, match="no whole alignment"):
        read_aligned(run.output)
