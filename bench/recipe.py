"""Which learning rate, batch, rank, dropout and number of epochs learn most, by the loss on what is held out.

German Alpaca and newstest, five instructions to two translations, about a thousand demonstrations to learn from and a
tenth as many held out; no benchmark is looked at. Tries go in rounds, planned beforehand: each changes one thing or two
and starts from the best of the rounds before. What is finished is kept in the result file and not run again.

Run: .venv/bin/python bench/recipe.py --data ../shared/data
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import platform
import tempfile
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from datetime import UTC, datetime
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from crossalpaca.backbones import resolve
from crossalpaca.demonstrations.build import DEMONSTRATIONS
from crossalpaca.prompts import ALPACA
from crossalpaca.records import StepRun, write_jsonl
from crossalpaca.training.finetune import REPORT, finetune
from crossalpaca.training.recipe import Recipe
from training import BACKBONE, SEED, Results, demonstrations

OUT = Path(__file__).parent / "results/recipe.json"
COUNT, HELD_OUT = 1120, 112
START: dict[str, Any] = {"learning_rate": 1e-3, "batch": 16, "rank": 16, "alpha": 32, "dropout": 0.0, "epochs": 1}
ROUNDS: dict[str, tuple[dict[str, Any], ...]] = {
    "learning rate": tuple({"learning_rate": rate} for rate in (3e-4, 1e-3, 2e-3, 4e-3, 8e-3)),
    "batch": tuple({"batch": 8, "learning_rate": rate} for rate in (1e-3, 2e-3, 4e-3)),
    "rank": ({"rank": 8, "alpha": 16}, {"rank": 64, "alpha": 128}),
    "dropout": ({"dropout": 0.05},),
}
"""What each round tries, beside the best so far."""
LONGER = {"epochs": 3}  # last, since it takes three times as long

Settings = dict[str, Any]


def train(settings: Settings, demonstrations_file: Path) -> dict[str, Any]:
    """Fine-tunes on one thread; the loss on what is held out [nats a target token], after the last step."""
    import torch

    torch.set_num_threads(1)
    recipe = Recipe(**settings, validation=HELD_OUT, checkpoint_every=10**6)
    arguments = {"backbone": resolve(BACKBONE), "template": ALPACA, "recipe": recipe, "seed": SEED}
    with tempfile.TemporaryDirectory() as name:
        output, scratch = Path(name) / "output", Path(name) / "scratch"
        output.mkdir()
        scratch.mkdir()
        inputs = {"demonstrations": demonstrations_file.parent}
        finetune(StepRun(arguments, inputs, output, scratch, lambda *_: None, logging.getLogger("bench")))
        found = json.loads((output / REPORT).read_text(encoding="utf-8"))
    return {"held_out": found["validation_losses"][-1]["loss"], "steps": len(found["losses"])}


def key(settings: Settings) -> str:
    """What a try is kept under."""
    return ", ".join(f"{name} {value:g}" for name, value in settings.items())


def tried(results: Results, every: Iterable[Settings], file: Path, jobs: int) -> None:
    """Runs the tries that are not in the results, some at a time."""
    left = [settings for settings in every if key(settings) not in results.runs]
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        running = {pool.submit(train, settings, file): settings for settings in left}
        for done in as_completed(running):
            settings = running[done]
            results.runs[key(settings)] = found = {**settings, **done.result()}
            results.write({})
            print(f"{key(settings)}: {found['held_out']:.4f}", flush=True)


def measure(results: Results, file: Path, jobs: int) -> dict[str, Any]:
    """Every round in turn, then the best trained for longer."""
    best = dict(START)
    for name, changes in ROUNDS.items():
        candidates = [best] + [each for change in changes if (each := best | change) != best]
        tried(results, candidates, file, jobs)
        best = min(candidates, key=lambda each: results.runs[key(each)]["held_out"])
        results.parts[name] = {"tried": [results.runs[key(each)] for each in candidates], "best": best}
    longer = best | LONGER
    tried(results, [longer], file, jobs)
    return {"best": best, "held_out": results.runs[key(best)]["held_out"], "longer": results.runs[key(longer)]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with alpaca/ and parallel/")
    parser.add_argument("--jobs", type=int, default=2, help="tries at a time, each on one thread")
    options = parser.parse_args()
    results = Results(OUT)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / DEMONSTRATIONS
        write_jsonl(file, demonstrations(options.data, "de", COUNT, folder))
        found = measure(results, file, options.jobs)
    results.write(
        {
            "name": "recipe",
            **found,
            "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}, cpu",
            "versions": {each: version(each) for each in ("torch", "transformers", "peft")},
            "command": "python bench/recipe.py --data ../shared/data",
            "date": datetime.now(UTC).date().isoformat(),
        }
    )
    print(json.dumps({name: part for name, part in results.result.items() if name != "runs"}, indent=1))


if __name__ == "__main__":
    main()
