#!/usr/bin/env python3
"""Gives every missing step of an experiment to Slurm, as one job each that waits for the jobs of its inputs.

    python submit.py EXPERIMENT [--data FOLDER] [--store FOLDER]

The experiment, its data and the store are in folders that all nodes share. Jobs that are stopped (a time limit,
preemption) are put back in the queue and go on from their checkpoints. What is done already gets no job, so the same
command mends a run in which a job has failed.
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
from typing import Any

# What the steps of each name ask for; adapt it to your cluster. Names are in `crossalpaca plan --json`.
DEFAULT = ["--cpus-per-task=2", "--mem=8G", "--time=01:00:00"]
ASKED = {
    "train": ["--gpus=1", "--cpus-per-task=4", "--mem=32G", "--time=24:00:00"],
    "evaluate": ["--gpus=1", "--cpus-per-task=4", "--mem=32G", "--time=08:00:00"],
}


def main() -> None:
    """Submits the jobs and prints one line for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("experiment")
    parser.add_argument("--data")
    parser.add_argument("--store", default="crossalpaca-store")
    given = parser.parse_args()
    common = [given.experiment, "--store", given.store, *(["--data", given.data] if given.data else [])]
    steps = json.loads(answer(["crossalpaca", "plan", *common, "--json"]))
    jobs: dict[str, str] = {}  # key of a step to the id of its job
    for step in steps:
        if not step["done"]:
            jobs[step["key"]] = submit(step, common, jobs, last=step is steps[-1])
            print(f"{jobs[step['key']]}  {step['title']}")
    if not jobs:
        print("everything is done")


def submit(step: dict[str, Any], common: list[str], jobs: dict[str, str], *, last: bool) -> str:
    """Submits one step and returns the id of its job; the last one also puts the report where people find it."""
    command = ["crossalpaca", "run", *common, *([] if last else ["--step", step["key"]])]
    needed = [jobs[key] for key in dict.fromkeys(step["inputs"].values()) if key in jobs]
    options = ["--parsable", "--requeue", f"--job-name={step['title']}", *ASKED.get(step["name"], DEFAULT)]
    if needed:
        options += [f"--dependency=afterok:{':'.join(needed)}", "--kill-on-invalid-dep=yes"]
    return answer(["sbatch", *options, f"--wrap={shlex.join(command)}"]).strip().partition(";")[0]


def answer(command: list[str]) -> str:
    """What a command prints; where it fails, its own message is shown and nothing more is submitted."""
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(done.returncode)
    return done.stdout


if __name__ == "__main__":
    main()
