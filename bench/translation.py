"""Translation without the engine: what protection, memory, packing and restoration cost a segment.

Instructions of Alpaca with their inputs and outputs, protected, sent through an engine that answers at once, and
restored; then the same again, from the memory alone. There is no peer: the goal is a number of segments a second.
A run that is killed in the middle and started again must ask for no finished segment twice.

Run: .venv/bin/python bench/translation.py --data ../shared/data
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import platform
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from crossalpaca.translation.limits import Limits
from crossalpaca.translation.memory import Memory
from crossalpaca.translation.structure import Protected, protect
from crossalpaca.translation.translator import Translator

HERE = Path(__file__).parent
GOAL = 20_000  # segments a second
KILLED_AFTER = 5_000  # segments


@dataclass
class Instant:
    """Answers with what it is given, at once, and says how many segments it was asked for."""

    limits: Limits = field(default_factory=lambda: Limits(texts=1000, size=1_000_000))
    price: float = 20.0
    name: str = "instant"
    keeps_markup: bool = True
    one_sentence: bool = False
    asked: list[str] = field(default_factory=list)

    def version(self, source: str, target: str) -> str:
        return "1"

    def translate(self, texts: Sequence[str], source: str, target: str, *, markup: bool = False) -> list[str]:
        self.asked += texts
        return list(texts)


def alpaca(data: Path) -> list[str]:
    """Every text of the demonstrations that is not empty."""
    with gzip.open(next((data / "alpaca").glob("alpaca.en.12k*")), "rt", encoding="utf-8") as file:
        return [row[name] for row in json.load(file) for name in ("instruction", "input", "output") if row[name]]


def once(texts: Sequence[str], translator: Translator) -> dict[str, Any]:
    """All texts through everything; seconds of each part, and of the processor in all."""
    began, worked = time.perf_counter(), time.process_time()
    parted: list[Protected] = [protect(text, "tags") for text in texts]
    protected = time.perf_counter()
    segments = [segment for each in parted for segment in each.segments]
    made = iter(translator.translate(segments, "en", "es", markup=True))
    translated = time.perf_counter()
    restored = [each.restore([next(made) for _ in each.segments]) for each in parted]
    ended, worked = time.perf_counter(), time.process_time() - worked
    if restored != list(texts):
        raise SystemExit("what came back is not what was sent")
    seconds = {"protection": protected - began, "memory": translated - protected, "restoration": ended - translated}
    return {
        "segments": len(segments),
        "seconds": seconds | {"processor": worked},
        "segments_per_second": len(segments) / (ended - began),
    }


def killed(texts: Sequence[str], data: Path) -> dict[str, int]:
    """Kills a run after some segments and repeats it; how many segments both asked for, and how many were finished."""
    with tempfile.TemporaryDirectory() as folder:
        memory = Path(folder) / "memory.sqlite"
        command = [sys.executable, __file__, "--data", str(data), "--worker", str(memory)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for line in process.stdout:
                if int(line) >= KILLED_AFTER:
                    process.send_signal(signal.SIGKILL)
                    break
        remembered = {entry.text for entry in Memory(memory).entries()}
        engine = Instant()
        once(texts, Translator(engine, Memory(memory)))
        return {"finished": len(remembered), "asked_again": len(remembered & set(engine.asked))}


def worker(texts: Sequence[str], memory: Path) -> None:
    """The run that is killed: says how many segments are done."""
    translator = Translator(Instant(), Memory(memory), progress=lambda done, *_: print(done, flush=True))
    once(texts, translator)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with alpaca/")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--worker", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, default=HERE / "results/translation.json")
    options = parser.parse_args()
    texts = alpaca(options.data)
    if options.worker:
        worker(texts, options.worker)
        return
    fresh, again = [], []
    for _ in range(options.runs):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "memory.sqlite"
            fresh.append(once(texts, Translator(Instant(), Memory(path))))
            again.append(once(texts, Translator(Instant(), Memory(path))))
    ours = {"new": summary(fresh), "remembered": summary(again), "killed": killed(texts, options.data)}
    rate = ours["remembered"]["segments_per_second"]
    result = {
        "name": "translation",
        "ratio": round(rate / GOAL, 2),
        "peer": "none; the goal in segments a second",
        "ours": ours | {"peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024},
        "theirs": {},
        "goal": GOAL,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}",
        "load": round(os.getloadavg()[0], 1),
        "versions": {"crossalpaca": version("crossalpaca"), "python": platform.python_version()},
        "command": "python bench/translation.py --data ../shared/data",
        "date": datetime.now(UTC).date().isoformat(),
    }
    options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(ours, indent=1))
    print(f"Written to {options.out}")


def summary(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The median run."""
    middle = statistics.median_low(run["segments_per_second"] for run in runs)
    run = next(run for run in runs if run["segments_per_second"] == middle)
    seconds = {name: round(spent, 3) for name, spent in run["seconds"].items()}
    return {"segments": run["segments"], "segments_per_second": round(middle), "seconds": seconds}


if __name__ == "__main__":
    main()
