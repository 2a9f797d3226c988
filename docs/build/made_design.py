"""What a planned comparison can tell apart, from the intervals of a pilot."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from crossalpaca.interoperability.markdown import cells, text

SHOWN = ("gold_bits_per_byte", "f1_mlqa", "contains", "accuracy_generated")
ITEMS = 240
_WIDTH = 2 * 1.96  # standard errors in an interval of 95%
_POWER = 1.96 + 0.84  # a difference of so many standard errors is found in 4 of 5 experiments, at a level of 5%


def detectable(path: Path) -> str:
    """Smallest differences of the first pair that a report compares, which `ITEMS` questions would tell from none."""
    report = json.loads(path.read_text(encoding="utf-8"))
    head = ["benchmark", "language", "measure", "pilot: questions", "pilot: standard error", f"with {ITEMS} questions"]
    return "\n".join([cells(head), "|---|---|---|---:|---:|---:|", *_rows(report)])


def _rows(report: Mapping[str, Any]) -> Iterator[str]:
    for each in report["differences"]:
        error = (each["interval"][1] - each["interval"][0]) / _WIDTH
        compared = [each["model"], each["baseline"]] == report["experiment"]["compare"][0]
        if compared and each["metric"] in SHOWN and each["items"] == "all" and not each["task"] and error:
            found = _POWER * error * math.sqrt(each["n"] / ITEMS)
            named = [text(each[name]) for name in ("benchmark", "language", "metric")]
            yield cells([*named, each["n"], f"{error:.4f}", f"{found:.3f}"])
