"""Two processes that train together give what one gives, and leave one run behind."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.integration

LAUNCH = (
    *("-m", "accelerate.commands.launch", "--cpu", "--num_processes", "2", "--num_machines", "1"),
    *("--mixed_precision", "no", "--dynamo_backend", "no", "--main_process_port", "0"),
)


@pytest.fixture
def experiment(experiment_text: str, tmp_path: Path) -> Path:
    """The tiny experiment without dropout, whose random numbers are each process's own."""
    path = tmp_path / "tiny.yaml"
    changed = experiment_text.replace("row_tokens: 256}", "row_tokens: 256, dropout: 0.0, validation: 4}")
    assert changed != experiment_text
    path.write_text(changed, encoding="utf-8")
    return path


def run(experiment: Path, store: Path, *launcher: str) -> str:
    command = [sys.executable, *launcher, "-m", "crossalpaca", "run", str(experiment), "--store", str(store), "--json"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=600, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def trained(store: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Report and weights of the one fine-tune."""
    from safetensors.torch import load_file

    (folder,) = (store / "artefacts").glob("train-*")
    report: dict[str, Any] = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    return report, load_file(folder / "adapter" / "adapter_model.safetensors")


def test_two_processes_train_as_one(experiment: Path, tmp_path: Path) -> None:
    alone = run(experiment, tmp_path / "one")
    together = run(experiment, tmp_path / "two", *LAUNCH)
    (one, weights), (two, others) = trained(tmp_path / "one"), trained(tmp_path / "two")
    assert two["losses"] == pytest.approx(one["losses"], rel=1e-5)
    found, expected = ([each["loss"] for each in report["validation_losses"]] for report in (two, one))
    assert found == pytest.approx(expected, rel=1e-5)
    assert len(expected) == 4
    unlike = ("losses", "validation_losses")
    assert {k: v for k, v in one.items() if k not in unlike} == {k: v for k, v in two.items() if k not in unlike}
    assert all((weights[name] - others[name]).abs().max() < 1e-4 for name in weights)
    assert max(float(tensor.abs().max()) for tensor in weights.values()) > 1e-2
    assert json.loads(together.strip()).keys() == json.loads(alone).keys()  # printed once
    names = [sorted(path.name for path in (tmp_path / store / "artefacts").iterdir()) for store in ("one", "two")]
    assert names[0] == names[1]
