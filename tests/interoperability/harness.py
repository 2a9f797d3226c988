"""Runs in lm-evaluation-harness's own environment: how it reads the tasks of a folder, and how it scores answers.

    python harness.py DIR ANSWER...

Prints a JSON object, task to one entry an item: id, prompt and continuations as a model would get them, and scores; of
each answer's exact match, or of `acc` with each continuation the likeliest in turn.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

from lm_eval.tasks import TaskManager


def read(task: Any, doc: Any, answers: Sequence[str]) -> dict[str, Any]:
    """One item of a task."""
    prompt = task.fewshot_context(doc, 0)
    requests = task.construct_requests(doc, prompt, metadata=(task.task_name, 0, 1))
    item = {"id": doc["id"], "prompt": prompt}
    if task.OUTPUT_TYPE == "multiple_choice":
        assert {request.args[0] for request in requests} == {prompt}
        count = len(requests)
        turns = [[(0.0 if place == turn else -1e9, False) for place in range(count)] for turn in range(count)]
        continuations = [request.args[1] for request in requests]
        return item | {"continuations": continuations, "scores": [task.process_results(doc, t)["acc"] for t in turns]}
    return item | {"continuations": [], "scores": [exact_match(task, doc, requests, answer) for answer in answers]}


def exact_match(task: Any, doc: Any, request: Any, answer: str) -> float:
    """The score of an answer that a model gave."""
    request.resps = [answer]
    for each in task._filters:
        each.apply([request])
    return float(task.process_results(doc, [request.filtered_resps["stripped"]])["exact_match"])


def main(folder: str, answers: Sequence[str]) -> None:
    """Reads every task of the folder."""
    tasks = TaskManager(include_path=folder, include_defaults=False).load("crossalpaca")["tasks"]
    found = {name: [read(task, doc, answers) for doc in task.eval_docs] for name, task in tasks.items()}
    print(json.dumps(found))  # the last line: the harness prints too


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
