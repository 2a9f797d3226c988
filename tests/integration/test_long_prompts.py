"""Prompts that are longer than a model's window, from the command line to the scores."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from crossalpaca.evaluation.answered import read_answered
from crossalpaca.records import Prediction, read_jsonl
from crossalpaca.sources.files import starter_folder

pytestmark = pytest.mark.integration

WINDOW = 450


@pytest.fixture(scope="module")
def backbone(make_folder: Any) -> Path:
    """A model whose window holds only some of the starter's prompts whole."""
    folder: Path = make_folder("llama", max_position_embeddings=WINDOW)
    return folder


def evaluate(backbone: Path, out: Path, policy: str | None) -> subprocess.CompletedProcess[str]:
    """What `crossalpaca evaluate` gives under a policy."""
    command = (
        *(sys.executable, "-m", "crossalpaca", "evaluate", "--benchmark", "squad", "--language", "it"),
        *("--backbone", str(backbone), "--file", str(starter_folder() / "qa.it.json"), "--max-new-tokens", "4"),
        *("--set", "precision=fp32", "--out", str(out), "--json"),
    )
    policies = () if policy is None else ("--set", f"too_long={policy}")
    return subprocess.run((*command, *policies), capture_output=True, encoding="utf-8", check=False, timeout=300)


def test_by_default_the_run_ends_before_anything_is_asked(backbone: Path, tmp_path: Path) -> None:
    done = evaluate(backbone, tmp_path / "out", None)
    assert done.returncode == 2
    line = done.stderr.splitlines()[-1]
    assert "prompts do not fit the model's window" in line
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("policy", ["skip", "truncate-context"])
def test_a_policy_is_kept_and_said(backbone: Path, tmp_path: Path, policy: str) -> None:
    done = evaluate(backbone, tmp_path / "out", policy)
    assert done.returncode == 0, done.stderr
    predictions = list(read_jsonl(tmp_path / "out" / "predictions.jsonl", Prediction))
    fits = [prediction.fit for prediction in predictions]
    changed = {"skip": {"skipped"}, "truncate-context": {"cut", "gold-lost"}}[policy]
    assert set(fits) == {"whole"} | (set(fits) & changed)
    assert set(fits) & changed
    (score,) = (s for s in json.loads(done.stdout)["scores"] if s["metric"] == "contains" and s["items"] == "all")
    assert score["n"] == len(fits) - fits.count("skipped")
    for fit in changed & set(fits):
        assert f"{fit}{fits.count(fit)}" in score["signature"]
    longest = max(prediction.prompt_tokens for prediction in predictions)
    assert longest + 4 <= WINDOW
    assert len(read_answered(tmp_path / "out", "m", "t", "d").examples) == score["n"]
