"""Fine-tunes in one folder again and again, each attempt a process that dies with SIGKILL at its moment.

    python killed_often.py FOLDER MOMENTS

FOLDER has `step.json` (backbone, recipe, seed) and `demonstrations/`; MOMENTS is a JSON list of [moment, count] as
`killed.py` knows them, and ["never", 0] is an attempt that is left alone. Prints the signal that ended each attempt, 0
for none. Everything is imported once: attempts are forks of a process that has computed nothing yet.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import sys
from pathlib import Path

import killed
import torch

from crossalpaca.backbones import resolve
from crossalpaca.prompts import ALPACA
from crossalpaca.records import StepRun
from crossalpaca.training import finetune, trainer  # noqa: F401  (imported here, so that forks need not)
from crossalpaca.training.recipe import Recipe


def attempt(folder: Path) -> None:
    torch.set_num_threads(1)
    told = json.loads((folder / "step.json").read_text())
    recipe = Recipe(**told["recipe"])
    arguments = {"backbone": resolve(told["backbone"]), "template": ALPACA, "recipe": recipe, "seed": told["seed"]}
    output, scratch = folder / "output", folder / "scratch"
    shutil.rmtree(output, ignore_errors=True)  # as the store does
    for each in (output, scratch):
        each.mkdir(exist_ok=True)
    inputs, log = {"demonstrations": folder / "demonstrations"}, logging.getLogger("attempt")
    finetune.finetune(StepRun(arguments, inputs, output, scratch, lambda *_: None, log))


def ended_by(folder: Path, moment: str, count: int) -> int:
    """The signal that ended an attempt, 0 for none, -1 for an error."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            if moment != "never":
                killed.calls_left[0] = count
                killed.install(moment)
            attempt(folder)
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return os.WTERMSIG(status)
    return 0 if os.WEXITSTATUS(status) == 0 else -1


if __name__ == "__main__":
    print(json.dumps([ended_by(Path(sys.argv[1]), *each) for each in json.loads(sys.argv[2])]))
