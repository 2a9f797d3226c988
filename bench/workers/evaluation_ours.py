"""Answers the requests of a file with this project's local engine; called by bench/evaluation.py."""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from crossalpaca.backbones import resolve
from crossalpaca.decoding import local
from crossalpaca.decoding.models import load_engine
from crossalpaca.decoding.requests import Request
from crossalpaca.decoding.rows import Rows
from crossalpaca.evaluation.predict import batched
from crossalpaca.prompts import ALPACA


def timed(function: Callable[..., Any], spent: dict[str, float], name: str) -> Callable[..., Any]:
    """The function, adding the seconds that it takes to `spent`."""

    def call(*arguments: Any, **named: Any) -> Any:
        began = time.perf_counter()
        try:
            return function(*arguments, **named)
        finally:
            spent[name] = spent.get(name, 0.0) + time.perf_counter() - began

    return call


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("requests", type=Path)
    parser.add_argument("result", type=Path)
    parser.add_argument("--backbone", required=True)
    parser.add_argument("--precision", default="bf16")
    parser.add_argument("--batch", type=int, required=True)
    options = parser.parse_args()
    engine = load_engine(resolve(options.backbone), None, ALPACA, options.precision)
    rows = json.loads(options.requests.read_text(encoding="utf-8"))
    requests = [Request(row["id"], row["prompt"], tuple(row["continuations"]), row["limit"]) for row in rows]
    spent: dict[str, float] = {}
    local.prefill = timed(local.prefill, spent, "prompts and likelihoods")
    Rows.step = timed(Rows.step, spent, "decoding steps")  # type: ignore[method-assign]
    Rows.regroup = timed(Rows.regroup, spent, "laying out the cache")  # type: ignore[method-assign]
    began = time.perf_counter()
    answers = {}
    for batch in batched(requests, options.batch):
        for request, decoded in zip(batch, engine.decode(batch), strict=True):
            answers[request.id] = {"completion": decoded.completion, "bits": decoded.bits}
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    options.result.write_text(json.dumps({"seconds": seconds, "peak_bytes": peak, "spent": spent, "answers": answers}))


if __name__ == "__main__":
    main()
