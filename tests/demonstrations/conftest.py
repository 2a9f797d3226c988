"""A builder of demonstrations, and small sources for it."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from small_sources import INSTRUCTIONS, PAIRS, Builder, Built, bitext, instructions

from crossalpaca.demonstrations.build import DEMONSTRATIONS, REPORT, build
from crossalpaca.records import Demonstration, SourceFile, StepRun, read_jsonl


@pytest.fixture
def built(tmp_path: Path) -> Builder:
    """Builds with what is given of the arguments, and returns demonstrations and report."""
    numbers = iter(range(1000))

    def run(**given: Any) -> Built:
        arguments = {
            "language": "de",
            "seed": 42,
            "instructions": None,
            "instruction_count": None,
            "bitext": (),
            "translations": {},
        } | given
        output = tmp_path / f"output-{next(numbers)}"
        output.mkdir()
        build(StepRun(arguments, {}, output, tmp_path, lambda *told, **shown: None, logging.getLogger("test")))
        report = json.loads((output / REPORT).read_text(encoding="utf-8"))
        return list(read_jsonl(output / DEMONSTRATIONS, Demonstration)), report

    return run


@pytest.fixture
def pairs_file(tmp_path: Path) -> tuple[SourceFile]:
    return bitext(tmp_path / "pairs.jsonl", PAIRS)


@pytest.fixture
def instructions_file(tmp_path: Path) -> SourceFile:
    return instructions(tmp_path / "instructions.json", INSTRUCTIONS)
