"""kill -9 at any moment loses nothing: the same command goes on, and ends with the same artefacts."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration

KILLED = Path(__file__).with_name("killed.py")

# In the order of the plan: base is evaluated first, then the other model is built, trained and evaluated.
MOMENTS = (
    ("batch-answered", 2),
    ("line-half-written", 1),
    ("demonstrations", 1),
    ("commit", 2),  # after the holder of the lock is known, the second small file is a manifest
    ("training-step", 2),
    ("checkpoint-begun", 1),
    ("checkpoint-unsealed", 1),
    ("training-step", 3),
    ("checkpoint-sealed", 1),
    ("checkpoint-unsealed", 1),
    ("adapter-saved", 1),
    ("batch-answered", 3),
    ("report", 1),
)


def run_killed(moment: str, count: int, arguments: list[str]) -> int:
    command = [sys.executable, str(KILLED), moment, str(count), *arguments]
    return subprocess.run(command, capture_output=True, timeout=300, check=False).returncode


def artefacts(store: Path) -> dict[str, bytes]:
    """Every file of every artefact; of manifests what does not tell the time."""
    found: dict[str, bytes] = {}
    for path in sorted(p for p in (store / "artefacts").rglob("*") if p.is_file()):
        content = path.read_bytes()
        if path.name == "manifest.json":
            manifest = json.loads(content)
            content = json.dumps({k: v for k, v in manifest.items() if k not in ("seconds", "finished")}).encode()
        found[str(path.relative_to(store))] = content
    return found


def test_a_run_killed_in_every_kind_of_step_ends_as_an_uninterrupted_one(tiny_experiment: Path, tmp_path: Path) -> None:
    straight, killed = tmp_path / "straight", tmp_path / "killed"
    command = [sys.executable, "-m", "crossalpaca", "run", str(tiny_experiment), "--store"]
    subprocess.run([*command, str(straight)], check=True, capture_output=True, timeout=300)

    deaths = [
        (moment, run_killed(moment, count, ["run", str(tiny_experiment), "--store", str(killed)]))
        for moment, count in MOMENTS
    ]
    died = [moment for moment, code in deaths if code == -signal.SIGKILL]
    assert len(died) >= 10, deaths
    kinds = {"demonstrations", "training-step", "checkpoint-unsealed", "batch-answered", "report"}
    assert kinds <= set(died), deaths

    subprocess.run([*command, str(killed)], check=True, capture_output=True, timeout=300)
    expected, found = artefacts(straight), artefacts(killed)
    assert found.keys() == expected.keys()
    assert [name for name in expected if expected[name] != found[name]] == []
    reports = [(store / "reports/tiny/report.json").read_bytes() for store in (straight, killed)]
    assert reports[0] == reports[1]
