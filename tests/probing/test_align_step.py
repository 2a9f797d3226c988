"""The step that measures alignment: what it writes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tiny_models import ENGLISH, contents, step_run

from crossalpaca.decoding.requests import Decoding
from crossalpaca.errors import DataError
from crossalpaca.probing.align import align
from crossalpaca.probing.artefacts import HITS, read_aligned


def test_there_is_a_flag_for_each_sentence_layer_measure_and_direction(tmp_path: Path, probed: dict[str, Any]) -> None:
    run = step_run(tmp_path, probed)
    align(run)
    found = read_aligned(run.output)
    assert (found.language, found.layers, found.n) == ("de", 3, len(ENGLISH))
    assert {layer for _, _, layer in found.hits} == {0, 1, 2, 3}
    assert len(found.hits) == 16
    assert all(len(hits) == found.n and set(hits) <= {"0", "1"} for hits in found.hits.values())


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


def test_a_damaged_artefact_is_named(tmp_path: Path, probed: dict[str, Any]) -> None:
    run = step_run(tmp_path, probed)
    align(run)
    path = run.output / HITS
    first, *others, _ = path.read_text(encoding="utf-8").splitlines(keepends=True)
    for lines in ([first, *others], [first, *others, first]):
        path.write_text("".join(lines), encoding="utf-8")
        with pytest.raises(DataError, match="cut off"):
            read_aligned(run.output)
    path.unlink()
    with pytest.raises(DataError, match="no whole alignment"):
        read_aligned(run.output)
