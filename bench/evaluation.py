"""Zero-shot evaluation: this project's local engine against lm-evaluation-harness 0.4.13's `hf` model.

Same prompts, same machine, one run, the best batch size of each:
  generation  48 passages of XQuAD in each of Spanish and Arabic, all their questions, 24 new tokens
  letters     200 MMLU questions, likelihood of A, B, C, D
  texts       the same questions, likelihood of the option texts

Run: make lm-eval && .venv/bin/python bench/evaluation.py --data ../shared/data
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from crossalpaca.backbones import load_tokenizer, model_source, resolve
from crossalpaca.benchmarks import BENCHMARKS, read_examples
from crossalpaca.decoding.prefill import branches, forests
from crossalpaca.hashing import priority
from crossalpaca.languages import language
from crossalpaca.prefix_tree import pack
from crossalpaca.prompts import ALPACA
from crossalpaca.records import Example

HERE = Path(__file__).parent
PEER = HERE.parent / ".venv-lm-eval/bin/python"
BACKBONE = "smollm2-135m-instruct"
SEED, PASSAGES, QUESTIONS, LIMIT = 42, 48, 200, 24
GOALS = {"generation": 3.5, "letters": 2.0, "texts": 3.0}
TRIAL = 40  # requests on which batch sizes are tried
BATCHES = {"ours": (64, 128), "theirs": (4, 8, 16, 32)}

Request = dict[str, Any]


@dataclass(frozen=True)
class Side:
    """One of the two, as a command."""

    name: str
    command: Sequence[str]

    def run(self, requests: Sequence[Request], batch: int, precision: str) -> dict[str, Any]:
        """Answers the requests in a process of its own; its seconds are without loading."""
        with tempfile.TemporaryDirectory() as folder:
            asked, result = Path(folder) / "requests.json", Path(folder) / "result.json"
            asked.write_text(json.dumps(requests), encoding="utf-8")
            options = ["--batch", str(batch), "--precision", precision]
            done = subprocess.run([*self.command, asked, result, *options], capture_output=True, text=True, check=False)
            if done.returncode:
                raise SystemExit(f"{self.name}: {done.stderr[-2000:]}")
            found: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
            return found


def generation(data: Path) -> list[Request]:
    """All questions of the drawn passages, Spanish and Arabic."""
    requests = []
    for code in ("es", "ar"):
        examples = read_examples(BENCHMARKS["xquad"], [data / f"xquad/xquad.{code}.json.gz"], language(code), "xquad")
        passages = sorted({example.cluster for example in examples}, key=lambda cluster: priority(SEED, cluster))
        chosen = set(passages[:PASSAGES])
        requests += [request(example, f"{code}:", (), LIMIT) for example in examples if example.cluster in chosen]
    return requests


def likelihoods(data: Path, kind: str) -> list[Request]:
    """Questions drawn from all subjects, with the letters or the texts of their options."""
    files = sorted((data / "mmlu/test").glob("*.csv"))
    examples = read_examples(BENCHMARKS["mmlu"], files, language("en"), "mmlu")
    drawn = sorted(examples, key=lambda example: priority(SEED, example.id))[:QUESTIONS]
    return [request(each, "", each.labels if kind == "letters" else each.choices, 0) for each in drawn]


def request(example: Example, prefix: str, continuations: Sequence[str], limit: int) -> Request:
    prompt = ALPACA.render(example.instruction, example.input)
    return {"id": prefix + example.id, "prompt": prompt, "continuations": list(continuations), "limit": limit}


def tokens(requests: Sequence[Request], batch: int) -> dict[str, int]:
    """Tokens of all prompts and continuations: as asked, the distinct prefixes among them, and those computed."""
    tokenizer = load_tokenizer(resolve(BACKBONE))
    ordered = sorted(requests, key=lambda each: (each["prompt"], each["id"]))
    prompts = [tokenizer(each["prompt"])["input_ids"] for each in ordered]
    texts = [[tokenizer(t, add_special_tokens=False)["input_ids"] for t in each["continuations"]] for each in ordered]
    asked = sum(len(p) * max(len(t), 1) + sum(map(len, t)) for p, t in zip(prompts, texts, strict=True))
    everything = branches(prompts, texts)
    distinct = sum(len(f.tokens) for f in pack([branch.tokens for branch in everything], 10**9))
    starts = range(0, len(ordered), batch)
    computed = sum(
        len(forest.tokens)
        for start in starts
        for forest in forests(branches(prompts[start : start + batch], texts[start : start + batch]))
    )
    return {"asked": asked, "distinct": distinct, "computed": computed}


def measure(sides: dict[str, Side], requests: list[Request], precision: str, pairs: int) -> dict[str, Any]:
    """Tries batch sizes on a part, then runs everything `pairs` times in turn."""
    trial = sorted(requests, key=lambda each: each["prompt"])[:TRIAL]
    best = {
        name: min(BATCHES[name], key=lambda batch: side.run(trial, batch, precision)["seconds"])
        for name, side in sides.items()
    }
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in sides}
    for _ in range(pairs):
        for name, side in sides.items():
            runs[name].append(side.run(requests, best[name], precision))
            print(f"  {name}: batch {best[name]}, {runs[name][-1]['seconds']:.1f} s", file=sys.stderr, flush=True)
    ratios = [t["seconds"] / o["seconds"] for o, t in zip(runs["ours"], runs["theirs"], strict=True)]
    described = {name: described_runs(runs[name], best[name], len(requests)) for name in sides}
    described["ours"]["seconds_by_part"] = {k: round(v, 2) for k, v in runs["ours"][0]["spent"].items()}
    same = agreement(runs["ours"][0]["answers"], runs["theirs"][0]["answers"])
    return {"ratio": round(statistics.median(ratios), 2), **described, "tokens": tokens(requests, best["ours"])} | same


def described_runs(runs: Sequence[dict[str, Any]], batch: int, questions: int) -> dict[str, Any]:
    seconds = statistics.median(run["seconds"] for run in runs)
    return {
        "questions": questions,
        "questions_per_second": round(questions / seconds, 3),
        "seconds": [round(run["seconds"], 2) for run in runs],
        "peak_gib": round(max(run["peak_bytes"] for run in runs) / 2**30, 2),
        "batch": batch,
    }


def agreement(ours: dict[str, Any], theirs: dict[str, Any]) -> dict[str, Any]:
    """How often the two say the same: in bf16 rounding differs with the batch."""
    completions = sum(ours[id]["completion"].strip() == theirs[id]["completion"].strip() for id in ours)
    chosen = [id for id in ours if ours[id]["bits"]]
    choices = sum(
        ours[id]["bits"].index(min(ours[id]["bits"])) == theirs[id]["bits"].index(min(theirs[id]["bits"]))
        for id in chosen
    )
    return {"same_choice": choices / len(chosen)} if chosen else {"same_completion": completions / len(ours)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with xquad/ and mmlu/")
    parser.add_argument("--precision", choices=("bf16", "fp32"), default="bf16")
    parser.add_argument("--pairs", type=int, default=1, help="how often everything is run in turn")
    parser.add_argument("--only", choices=tuple(GOALS), action="append", help="a part alone; repeatable")
    parser.add_argument("--out", type=Path, default=HERE / "results/evaluation.json")
    options = parser.parse_args()
    if not PEER.is_file():
        raise SystemExit("lm-evaluation-harness is not there: make lm-eval")
    workers = HERE / "workers"
    sides = {
        "ours": Side("ours", [sys.executable, str(workers / "evaluation_ours.py"), "--backbone", BACKBONE]),
        "theirs": Side(
            "theirs",
            [str(PEER), str(workers / "evaluation_lm_eval.py"), "--backbone", str(model_source(resolve(BACKBONE)))],
        ),
    }
    parts = {}
    for name in options.only or GOALS:
        requests = generation(options.data) if name == "generation" else likelihoods(options.data, name)
        print(f"{name}: {len(requests)} questions", file=sys.stderr, flush=True)
        parts[name] = measure(sides, requests, options.precision, options.pairs)
        print(f"{name}: {parts[name]['ratio']} times, goal {GOALS[name]}", flush=True)
    first = next(iter(parts.values()))
    result = {
        "name": "evaluation",
        "ratio": first["ratio"],
        "peer": "lm-evaluation-harness 0.4.13, hf",
        "ours": first["ours"],
        "theirs": first["theirs"],
        "goal": GOALS[next(iter(parts))],
        "parts": {name: {"goal": GOALS[name]} | part for name, part in parts.items()},
        "precision": options.precision,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}",
        "versions": {name: version(name) for name in ("torch", "transformers")},
        "command": "python bench/evaluation.py --data ../shared/data",
        "date": datetime.now(UTC).date().isoformat(),
    }
    options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(f"Written to {options.out}")


if __name__ == "__main__":
    main()
