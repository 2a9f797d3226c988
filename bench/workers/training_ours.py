"""Trains with this project's own step, as an experiment runs it; called by bench/training.py."""

from __future__ import annotations

import argparse
import json
import logging
from pathlib import Path

from training_model import Clock, write

from crossalpaca.backbones import resolve
from crossalpaca.prompts import ALPACA
from crossalpaca.records import Shown, StepRun
from crossalpaca.training.finetune import ADAPTER, ADAPTER_RECORD, finetune
from crossalpaca.training.recipe import Recipe


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    job = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    clock = Clock()

    def progress(done: int, total: int, unit: str, shown: Shown) -> None:
        if unit == "step" and done == len(clock.times):
            clock.tick()

    arguments = {
        "backbone": resolve(job["backbone"]),
        "template": ALPACA,
        "recipe": Recipe(**job["recipe"] | job["variant"]),
        "seed": job["seed"],
    }
    output, scratch = folder / "output", folder / "scratch"
    for each in (output, scratch):
        each.mkdir()
    finetune(StepRun(arguments, {"demonstrations": folder}, output, scratch, progress, logging.getLogger("bench")))
    (output / ADAPTER).rename(folder / "adapter")
    losses = json.loads((output / ADAPTER_RECORD).read_text(encoding="utf-8"))["losses"]
    write(folder, clock, losses)


if __name__ == "__main__":
    main()
