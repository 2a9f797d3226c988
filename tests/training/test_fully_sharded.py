"""Packed steps with parameters sharded over two processes learn what one process learns.

This drives the loss and the packing of the project under torch's `fully_shard`. Whole runs are not launched so:
accelerate turns FSDP into DDP where there is no GPU.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from train_sharded import STEPS, adapted, learn

SCRIPT = Path(__file__).with_name("train_sharded.py")


def test_steps_with_sharded_parameters_learn_as_one_process_does(tmp_path: Path) -> None:
    paths = os.pathsep.join([str(SCRIPT.parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])])
    command = [sys.executable, str(SCRIPT), str(tmp_path)]
    started = [
        subprocess.Popen(
            [*command, str(process), "2"],
            env=os.environ | {"PYTHONPATH": paths},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for process in range(2)
    ]
    expected, rows = learn(adapted(), (0, 1))
    try:
        said = [process.communicate(timeout=300)[0] for process in started]
    finally:
        for process in started:
            process.kill()
    assert [process.returncode for process in started] == [0, 0], said
    first, second = (json.loads((tmp_path / f"{process}.json").read_text(encoding="utf-8")) for process in range(2))
    assert first["unsharded"] == second["unsharded"] == 0
    assert first["here"] + second["here"] == first["whole"]
    assert max(first["here"], second["here"]) < 0.6 * first["whole"]
    assert [a + b for a, b in zip(first["rows"], second["rows"], strict=True)] == rows
    together = [a + b for a, b in zip(first["losses"], second["losses"], strict=True)]
    assert together == pytest.approx(expected, rel=1e-5)
    assert len(expected) == STEPS
    assert sorted(expected, reverse=True) == expected
    assert expected[-1] < 0.95 * expected[0]
