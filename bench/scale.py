"""How time and memory grow with the size of what there is: no step may be worse than linear.

  plan    a grid is read and planned, and each of its steps looked up in the store, as `crossalpaca plan` does; the grid
          grows by seeds and models alike
  seeds   the same, where the grid grows by its seeds alone
  list    `crossalpaca store list`, of artefacts with one file each
  prune   `crossalpaca store prune` of the same store, of which nothing is kept
  report  the report step alone, on made-up answers of a backbone and four models in two languages; the benchmark grows

Each part is measured at a sixteenth, a quarter and the whole of its size: seconds of the work itself, in a process of
its own and without making the data, and the process's peak memory. The exponent is the slope of a straight line
through the logarithms of sizes and of processor seconds, which other work on the machine changes less than those of
the clock: 1 is linear, 2 quadratic. That of the clock is given beside it; in prune it has what the disk does.

Run: .venv/bin/python bench/scale.py
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
WORKER = HERE / "workers/scale_part.py"
SIZES = {"plan": 10_000, "seeds": 10_000, "list": 100_000, "prune": 100_000, "report": 500_000}
UNITS = {"plan": "steps", "seeds": "steps", "list": "artefacts", "prune": "artefacts", "report": "predictions"}
SHARES = (16, 4, 1)
GOAL = 1.15


def measured(part: str, size: int) -> dict[str, Any]:
    """One part at one size; its data are made, and the work is done, in a process each."""
    with tempfile.TemporaryDirectory() as folder:
        found: dict[str, Any] = {"size": worker("make", part, str(size), folder)}
        found |= worker("measure", part, folder)
        return found


def worker(*arguments: str) -> Any:
    done = subprocess.run([sys.executable, str(WORKER), *arguments], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(arguments)}: the measurement failed")
    return json.loads(done.stdout)


def exponent(sizes: Sequence[float], values: Sequence[float]) -> float:
    """Slope of a straight line through the logarithms."""
    fitted = statistics.linear_regression([math.log(size) for size in sizes], [math.log(value) for value in values])
    return round(fitted.slope, 2)


def grown(part: str, size: int) -> dict[str, Any]:
    """One part at all sizes."""
    runs = []
    for share in SHARES:
        runs.append(measured(part, size // share))
        print(f"  {part}: {runs[-1]}", file=sys.stderr, flush=True)
    sizes = [run["size"] for run in runs]
    return {
        "unit": UNITS[part],
        "sizes": sizes,
        "seconds": [round(run["seconds"], 2) for run in runs],
        "cpu_seconds": [round(run["cpu_seconds"], 2) for run in runs],
        "peak_mib": [round(run["peak_mib"]) for run in runs],
        "exponent": exponent(sizes, [run["cpu_seconds"] for run in runs]),
        "clock_exponent": exponent(sizes, [run["seconds"] for run in runs]),
        "memory_exponent": exponent(sizes, [run["peak_mib"] for run in runs]),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for part, size in SIZES.items():
        parser.add_argument(f"--{part}", type=int, default=size, help=f"{UNITS[part]}; 0 leaves the part out")
    parser.add_argument("--out", type=Path, default=HERE / "results/scale.json")
    options = parser.parse_args()
    parts = {part: grown(part, size) for part in SIZES if (size := getattr(options, part))}
    worst = max(each["exponent"] for each in parts.values())
    result = {
        "name": "scale",
        "ratio": worst,
        "peer": "linear growth: the ratio is the largest exponent of all parts",
        "ours": parts,
        "theirs": {"exponent": 1.0},
        "goal": GOAL,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}, shared with other work",
        "versions": {name: version(name) for name in ("crossalpaca", "numpy")} | {"python": platform.python_version()},
        "command": "python bench/scale.py",
        "date": datetime.now(UTC).date().isoformat(),
    }
    options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(f"largest exponent {worst}, goal {GOAL}; written to {options.out}")


if __name__ == "__main__":
    main()
