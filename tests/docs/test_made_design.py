"""The smallest difference that a design finds: by hand for a made-up pilot, and less with more questions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from made_design import ITEMS, detectable


def test_the_smallest_difference_is_2_8_standard_errors_at_the_planned_size(tmp_path: Path) -> None:
    model, baseline = "de-CrossAlpaca", "de-Alpaca"
    shared = {"benchmark": "xquad", "language": "de", "task": "", "items": "all", "model": model, "baseline": baseline}
    report = {
        "experiment": {"compare": [[model, baseline]]},
        "differences": [
            shared | {"metric": "f1_mlqa", "n": 120, "interval": [-0.0096, 0.0296]},
            shared | {"metric": "contains", "n": ITEMS, "interval": [0.1, 0.492]},
            shared | {"metric": "gold_bits_per_byte", "n": 120, "interval": [0.0, 0.0]},
            shared | {"metric": "contains", "n": 9, "interval": [0, 1], "model": "another"},
            shared | {"metric": "exact_match", "n": 9, "interval": [0, 1]},
        ],
    }
    path = tmp_path / "report.json"
    path.write_text(json.dumps(report), encoding="utf-8")
    rows = [line.strip("| ").split(" | ") for line in detectable(path).splitlines()[2:]]
    assert [row[2].replace("\\", "") for row in rows] == ["f1_mlqa", "contains"]
    assert [float(row[4]) for row in rows] == [0.01, 0.1]
    assert [float(row[5]) for row in rows] == [pytest.approx(0.028 / 2**0.5, abs=6e-4), 0.28]
