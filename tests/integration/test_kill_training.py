"""A fine-tune that is killed twenty times ends with the bytes of one that never was."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from crossalpaca.records import Demonstration, write_jsonl

pytestmark = pytest.mark.integration

SCRIPT = Path(__file__).with_name("killed_often.py")
RECIPE: dict[str, Any] = {
    **{"batch": 4, "steps": 16, "learning_rate": 1e-2, "dropout": 0.1, "precision": "fp32", "rank": 4},
    **{"checkpoint_every": 2, "row_tokens": 256, "validation": 2, "keep": "best"},
}
# Between the steps; and within a checkpoint: before the optimizer's state, half-way through its file, with all files
# there but the seal, with half a seal; and just after it.
MOMENTS = [
    *(["training-step", 2], ["checkpoint-begun", 1], ["training-step", 1], ["checkpoint-half", 1]),
    *(["training-step", 3], ["checkpoint-unsealed", 1], ["checkpoint-sealed", 1], ["training-step", 1]),
    *(["seal-half", 1], ["training-step", 2], ["checkpoint-unsealed", 2], ["training-step", 3]),
    *(["checkpoint-begun", 2], ["training-step", 4], ["checkpoint-half", 2], ["training-step", 2]),
    *(["seal-half", 1], ["training-step", 1], ["checkpoint-unsealed", 1], ["adapter-saved", 1]),
]


def prepared(folder: Path, backbone: Path) -> Path:
    (folder / "demonstrations").mkdir(parents=True)
    rows = [
        Demonstration(f"d{n}", "instruction", "Count on.", str(n), f"{n}, {n + 1}, {n + 2}", "it", None, "file")
        for n in range(20)
    ]
    write_jsonl(folder / "demonstrations" / "demonstrations.jsonl", rows)
    step = {"backbone": str(backbone), "recipe": RECIPE, "seed": 7}
    (folder / "step.json").write_text(json.dumps(step), encoding="utf-8")
    return folder


def attempts(folder: Path, moments: list[Any]) -> list[int]:
    command = [sys.executable, str(SCRIPT), str(folder), json.dumps(moments)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=600, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    found: list[int] = json.loads(done.stdout.splitlines()[-1])
    return found


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_killed_at_twenty_moments_the_adapter_is_the_same_to_the_bit(tiny_backbone: Path, tmp_path: Path) -> None:
    straight, killed = (prepared(tmp_path / name, tiny_backbone) for name in ("straight", "killed"))
    assert attempts(straight, [["never", 0]]) == [0]
    ends = attempts(killed, [*MOMENTS, ["never", 0]])
    assert ends == [signal.SIGKILL] * 20 + [0]
    within = [moment for moment, _ in MOMENTS if moment in ("checkpoint-begun", "checkpoint-half", "seal-half")]
    within += [moment for moment, _ in MOMENTS if moment == "checkpoint-unsealed"]
    assert len(within) >= 5
    expected, found = contents(straight / "output"), contents(killed / "output")
    assert expected.keys() == found.keys() >= {"adapter/adapter_model.safetensors"}
    assert [name for name in expected if expected[name] != found[name]] == []
