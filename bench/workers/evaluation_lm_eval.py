"""Answers the same requests with lm-evaluation-harness's `hf` model, in its own environment."""

from __future__ import annotations

import argparse
import json
import math
import resource
import time
from pathlib import Path

import torch
from lm_eval.api.instance import Instance
from lm_eval.models.huggingface import HFLM


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("requests", type=Path)
    parser.add_argument("result", type=Path)
    parser.add_argument("--backbone", required=True)
    parser.add_argument("--precision", default="bf16")
    parser.add_argument("--batch", type=int, required=True)
    options = parser.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    dtype = {"bf16": "bfloat16", "fp32": "float32"}[options.precision]
    model = HFLM(pretrained=options.backbone, dtype=dtype, device=device, batch_size=options.batch)
    rows = json.loads(options.requests.read_text(encoding="utf-8"))
    asked = [row for row in rows if row["limit"]]
    pairs = [(row, text) for row in rows for text in row["continuations"]]
    began = time.perf_counter()
    completions = model.generate_until([_generation(row) for row in asked]) if asked else []
    likelihoods = model.loglikelihood([_likelihood(row, text) for row, text in pairs]) if pairs else []
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    answers = {row["id"]: {"completion": "", "bits": []} for row in rows}
    for row, completion in zip(asked, completions, strict=True):
        answers[row["id"]]["completion"] = completion
    for (row, _), (nats, _) in zip(pairs, likelihoods, strict=True):
        answers[row["id"]]["bits"].append(-nats / math.log(2))
    options.result.write_text(json.dumps({"seconds": seconds, "peak_bytes": peak, "answers": answers}))


def _generation(row: dict) -> Instance:
    settings = {"until": [], "max_gen_toks": row["limit"], "do_sample": False}
    return Instance(request_type="generate_until", doc={}, arguments=(row["prompt"], settings), idx=0)


def _likelihood(row: dict, text: str) -> Instance:
    return Instance(request_type="loglikelihood", doc={}, arguments=(row["prompt"], text), idx=0)


if __name__ == "__main__":
    main()
