"""The embedded backbone, probed with FLORES."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny_models import step_run

from crossalpaca.backbones import BACKBONES
from crossalpaca.decoding.requests import Decoding
from crossalpaca.probing.align import align
from crossalpaca.probing.artefacts import read_aligned, read_translated
from crossalpaca.probing.translate import translate
from crossalpaca.prompts import ALPACA
from crossalpaca.sources.files import source_file

pytestmark = pytest.mark.integration


def test_the_backbone_aligns_german_better_than_chance_and_translates(tmp_path: Path, data_folder: Path) -> None:
    arguments = {
        "model": "base",
        "backbone": BACKBONES["smollm2-135m-instruct"],
        "template": ALPACA,
        "files": [source_file(data_folder / "parallel" / f"flores200.devtest.{code}") for code in ("en", "de")],
        "language": "de",
        "decoding": Decoding(precision="fp32"),
    }
    aligning = step_run(tmp_path / "align", arguments | {"sentences": 16})
    align(aligning)
    found = read_aligned(aligning.output)
    best = {
        direction: max(found.hits["centred", direction, layer].count("1") for layer in range(found.layers + 1))
        for direction in ("en-x", "x-en")
    }
    assert found.layers == 30
    assert min(best.values()) > 4, "by chance one of 16 is found"
    asked = {"sentences": 2, "wording": "english", "seed": 42, "max_new_tokens": 4}
    translating = step_run(tmp_path / "translate", arguments | asked)
    translate(translating)
    assert read_translated(translating.output).n == 2
