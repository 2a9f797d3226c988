"""A language without data: instructions and benchmarks are translated as steps of the run, offline."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(shutil.which("apertium") is None, reason="apertium is not installed"),
]

EXPERIMENT = """
name: spanish
language: es
backbone: {backbone}
data:
  instructions: starter:instructions.en.json
  translate: {{engine: apertium}}
models:
  base: {{}}
  es-Alpaca: {{instructions: 24}}
training: {{batch: 8, steps: 4, learning_rate: 1.0e-2, precision: fp32, rank: 4, dropout: 0.0}}
evaluation:
  decoding: {{precision: fp32, batch: 32}}
  benchmarks:
    - benchmark: squad
      name: qa
      languages: [es, en]
      files: ["starter:qa.en.json"]
      translate: {{engine: apertium}}
      items: 12
      max_new_tokens: 4
    - benchmark: tasks
      name: reasoning
      files: ["starter:bbh.en/navigate.json", "starter:bbh.en/object_counting.json"]
      translate: {{engine: apertium}}
      items: 8
      max_new_tokens: 4
compare: [[es-Alpaca, base]]
"""


def test_what_a_language_lacks_is_translated_within_the_run(tiny_backbone: Path, tmp_path: Path) -> None:
    path, store = tmp_path / "spanish.yaml", tmp_path / "store"
    path.write_text(EXPERIMENT.format(backbone=tiny_backbone), encoding="utf-8")
    command = [sys.executable, "-m", "crossalpaca", "run", str(path), "--store", str(store)]
    environment = {"CROSSALPACA_MEMORY": str(tmp_path / "memory.sqlite"), "PATH": "/usr/bin:/bin:/usr/local/bin"}
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=600, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    report = json.loads((store / "reports/spanish/report.json").read_text(encoding="utf-8"))
    audits = {(audit["benchmark"], audit["language"]): audit for audit in report["audits"]}
    assert audits.keys() == {("qa", "es"), ("qa", "en"), ("reasoning", "es")}
    for place, audit in audits.items():
        if place == ("qa", "en"):
            assert audit["translated"] == {}
        else:
            assert audit["translated"]["engine"] == "apertium"
            assert 0 < audit["translated"]["published"] == audit["items"] <= audit["translated"]["items"]
            assert audit["failing"] == 0
    (made,) = (store / "artefacts").glob("demonstrations-*")
    demonstrations = [json.loads(line) for line in (made / "demonstrations.jsonl").read_text().splitlines()]
    assert len(demonstrations) == 24
    assert {each["language"] for each in demonstrations} == {"es"}
    assert any("\u00f3" in each["output"] or "\u00ed" in each["output"] for each in demonstrations)
    again = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=60, check=False, env=environment)
    assert again.returncode == 0, again.stderr
