"""Prefix-shared training against (a) alpaca-lora's way of training and (b) TRL 1.16's SFTTrainer, in one run.

Same backbone, demonstrations, order, learning rates, precision and LoRA layers (r 16 on q, k, v, o); (a) is
transformers' Trainer on micro batches padded to their longest, to a multiple of 8. Each runs as a process of its own,
in its best of the variants below, which a trial finds. German Alpaca and newstest, Chinese Alpaca and News Commentary,
five instructions to two translations:
  speed    demonstrations a second over steps of 128 in bf16, after one step of warm-up; peak memory; tokens
  loss     fp32, 20 steps of 16 without dropout: how far each step's loss is from (a)'s
  quality  bf16, 20 steps of 16, three seeds: the loss on demonstrations held out, ours and (a)'s
With a GPU: LLaMA-7B's shapes with random weights.

What is finished is kept in the result file and not run again; pairs are run whole. Remove the file to start anew.

Run: make trl && .venv/bin/python bench/training.py --data ../shared/data
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from crossalpaca.backbones import ATTENTION, load_tokenizer, model_source, resolve
from crossalpaca.demonstrations.build import DEMONSTRATIONS, build
from crossalpaca.prefix_tree import pack
from crossalpaca.prompts import ALPACA
from crossalpaca.records import Demonstration, SourceFile, StepRun, read_jsonl, write_jsonl
from crossalpaca.store import file_sha256
from crossalpaca.training.encoding import Encoded, encode
from crossalpaca.training.recipe import Recipe
from crossalpaca.training.schedule import schedule

HERE = Path(__file__).parent
TRL = HERE.parent / ".venv-trl/bin/python"
BACKBONE = "smollm2-135m-instruct"
SEED = 42
DATA = {
    "de": ("alpaca/alpaca.de.12k.json.gz", "parallel/de-en/newstest*.gz"),
    "zh-Hans": ("alpaca/alpaca.zh.part0.json.gz", "parallel/news-commentary.en-zh.*.jsonl"),
}
HELD_OUT = 64
PART, SEEDS = (16, 20), (1, 2, 3)  # batch and steps of the parts `loss` and `quality`, and the latter's seeds
TRIED = (32, 2)  # batch and steps of the runs that find a side's best variant
TOLERANCE = 1e-4
GOALS = {"cpu": {"trainer": 2.5, "trl": 1.5}, "cuda": {"trainer": 2.0, "trl": 1.3}}
# `micro`: demonstrations a micro batch, for TRL in one padding-free row; `row`: tokens of rows that TRL packs (bfd).
VARIANTS: Mapping[str, Mapping[str, Sequence[dict[str, int]]]] = {
    "cpu": {
        "ours": ({"row_tokens": 512},),
        "trainer": ({"micro": 4}, {"micro": 8}),
        "trl": ({"micro": 4}, {"micro": 8}, {"row": 512}, {"row": 1024}),
    },
    "cuda": {
        "ours": ({"row_tokens": 512}, {"row_tokens": 1024}, {"row_tokens": 2048}),
        "trainer": ({"micro": 4}, {"micro": 8}, {"micro": 16}),
        "trl": ({"micro": 4}, {"micro": 8}, {"row": 1024}, {"row": 2048}),
    },
}

Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Work:
    """What every side is asked to do: on which of the data, and the settings of a recipe that differ."""

    data: str
    batch: int
    steps: int
    precision: str
    loss_on: str
    dropout: float = 0.05
    seed: int = SEED

    @property
    def key(self) -> str:
        """What its results are kept under."""
        return "/".join(str(value) for value in asdict(self).values())

    def recipe(self) -> Figures:
        """The settings of a `Recipe`; there are no checkpoints on the way."""
        settings = {"batch": self.batch, "steps": self.steps, "dropout": self.dropout, "checkpoint_every": 10**6}
        return settings | {"precision": self.precision, "loss_on": self.loss_on}


class Results:
    """The result file: finished runs by key, and the parts that are made of them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.result: Figures = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        self.runs: dict[str, Any] = self.result.get("runs", {})
        self.parts: dict[str, Figures] = self.result.get("parts", {})

    def kept(self, key: str, make: Callable[[], Any]) -> Any:
        """What was found under a key; else it is made now, and kept."""
        if key not in self.runs:
            self.runs[key] = make()
            self.write({})
        return self.runs[key]

    def write(self, more: Figures) -> None:
        """Writes the file, in whole: parts and runs come last."""
        head = {name: value for name, value in (self.result | more).items() if name not in ("parts", "runs")}
        self.result = head | {"parts": self.parts, "runs": self.runs}
        unfinished = self.path.with_suffix(".part")
        unfinished.write_text(json.dumps(self.result, indent=1) + "\n", encoding="utf-8")
        unfinished.replace(self.path)


class Bench:
    """The sides, and the demonstrations that they are trained on."""

    def __init__(self, options: argparse.Namespace, results: Results, folder: Path) -> None:
        self.device: str = options.device
        self.results, self.folder = results, folder
        self.trial: bool = options.trial
        self.commands = {
            "ours": (sys.executable, "training_ours.py"),
            "trainer": (sys.executable, "training_trainer.py"),
            "trl": (str(options.trl), "training_trl.py"),
            "validation": (sys.executable, "training_validation.py"),
        }
        cuda = options.device == "cuda"
        self.backbone = str(random_llama(folder / "llama-7b", options.data)) if cuda else BACKBONE
        self.tokenizer = load_tokenizer(resolve(self.backbone))
        count = 50 if options.trial else 2 * max(options.steps + 1, 3) * options.batch
        self.held_out: dict[str, list[Encoded]] = {}
        self.demonstrations: dict[str, list[Demonstration]] = {}
        for name in DATA:
            made = [each for each in demonstrations(options.data, name, count, folder) if self.encoded([each])]
            every = len(made) // (HELD_OUT // 16 if options.trial else HELD_OUT)
            self.held_out[name] = self.encoded(made[::every])
            self.demonstrations[name] = [each for index, each in enumerate(made) if index % every]

    def encoded(self, demonstrations: Sequence[Demonstration]) -> list[Encoded]:
        """Those within the cutoff, as token ids."""
        return encode(demonstrations, self.tokenizer, ALPACA, Recipe().cutoff)[0]

    def steps(self, work: Work) -> list[list[Encoded]]:
        """The demonstrations of each optimiser step, in the order that this project deals them in."""
        encoded = self.encoded(self.demonstrations[work.data])
        return [[encoded[i] for i in step] for step in schedule(encoded, Recipe(**work.recipe()), work.seed)]

    def job(self, work: Work, demonstrations: Sequence[Encoded]) -> Figures:
        """What a worker is told."""
        recipe = Recipe(**work.recipe())
        lora = {"r": recipe.rank, "lora_alpha": recipe.alpha, "lora_dropout": recipe.dropout}
        return {
            "model": model_source(resolve(self.backbone)),
            "backbone": self.backbone,
            "device": self.device,
            "sequences": [each.tokens for each in demonstrations],
            "starts": [each.completion_start if work.loss_on == "completion" else 1 for each in demonstrations],
            "lora": lora | {"target_modules": list(ATTENTION)},
            "learning_rate": recipe.learning_rate,
            "warmup": recipe.warmup_steps(work.steps),
            "recipe": work.recipe() | {"targets": ATTENTION},
            **asdict(work),
        }

    def run(self, side: str, work: Work, variant: dict[str, int], *, validated: bool = False) -> Figures:
        """Trains in a process of its own. Validated: with the loss on the demonstrations held out."""
        found = self.attempt(side, work, variant, validated=validated)
        if found is None:
            raise SystemExit(f"{side}: memory does not suffice for {variant}")
        return found

    def attempt(self, side: str, work: Work, variant: dict[str, int], *, validated: bool = False) -> Figures | None:
        """The same; None where memory does not suffice."""
        job = self.job(work, [each for step in self.steps(work) for each in step]) | {"variant": variant}
        with tempfile.TemporaryDirectory(dir=self.folder) as name:
            write_jsonl(Path(name) / DEMONSTRATIONS, self.demonstrations[work.data])
            found = self.worker(side, Path(name), job)
            if found and validated:
                held_out = self.job(work, self.held_out[work.data]) | {"adapter": f"{name}/adapter"}
                checked = self.worker("validation", Path(name), held_out)
                found["held_out"] = checked["loss"] if checked else None
        if found:
            shown = ", ".join(f"{each:.1f}" for each in found["seconds"])
            print(f"  {work.key} {side} {variant}: {shown} s", file=sys.stderr, flush=True)
        return found

    def worker(self, name: str, folder: Path, job: Figures) -> Figures | None:
        (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
        python, script = self.commands[name]
        command = [python, str(HERE / "workers" / script), str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if "out of memory" in done.stderr.lower():
            return None
        if done.returncode:
            raise SystemExit(f"{name}: {done.stderr[-2000:]}")
        found: Figures = json.loads((folder / "result.json").read_text(encoding="utf-8"))
        return found

    def best(self, side: str, work: Work) -> dict[str, int]:
        """The variant that trains most demonstrations a second in a trial."""
        variants = VARIANTS[self.device][side]
        if len(variants) == 1 or self.trial:
            return variants[0]
        tried = replace(work, batch=TRIED[0], steps=TRIED[1])
        found = []
        for variant in variants:
            key = f"trial/{self.device}/{tried.key}/{side}/{variant}"
            run = self.results.kept(key, partial(self.attempt, side, tried, variant))
            if run:
                found.append((rate(run, tried), variant))
        if not found:
            raise SystemExit(f"{side}: memory suffices for none of its variants")
        return max(found, key=lambda each: each[0])[1]

    def tokens(self, work: Work, micro: int, row_tokens: int) -> dict[str, int]:
        """Tokens of the timed steps: padded by (a), as they are, each step's distinct prefixes, ours, and learnt."""
        steps = self.steps(work)[1:]
        sequences = [[each.tokens for each in step] for step in steps]
        micro_batches = [s[start : start + micro] for s in sequences for start in range(0, len(s), micro)]
        starts = self.job(work, [each for step in steps for each in step])["starts"]
        whole = sum(len(each) for step in sequences for each in step)
        return {
            "padded": sum(len(each) * -(-max(map(len, each)) // 8) * 8 for each in micro_batches),
            "with_prefixes": whole,
            "distinct": sum(len(forest.tokens) for step in sequences for forest in pack(step, 10**9)),
            "computed": sum(len(forest.tokens) for step in sequences for forest in pack(step, row_tokens)),
            "learnt": whole - sum(starts),
        }


def demonstrations(data: Path, name: str, count: int, folder: Path) -> list[Demonstration]:
    """About `count` demonstrations in the mix of the paper: five instructions to one translation each way."""
    instructions, bitext = DATA[name]
    files = tuple(SourceFile(path, file_sha256(path)) for path in sorted(data.glob(bitext)))
    arguments = {
        "language": name,
        "seed": SEED,
        "instructions": SourceFile(data / instructions, file_sha256(data / instructions)),
        "instruction_count": 5 * count // 7,
        "bitext": (files,) if name == "zh-Hans" else tuple(zip(files[::2], files[1::2], strict=True)),
        "translations": {"en-x": count // 7, "x-en": count // 7},
    }
    output = folder / name
    output.mkdir()
    build(StepRun(arguments, {}, output, output, lambda *_: None, logging.getLogger("bench")))
    return list(read_jsonl(output / DEMONSTRATIONS, Demonstration))


def random_llama(folder: Path, data: Path) -> Path:
    """A folder with a model of LLaMA-7B's shapes and random weights."""
    paths = (HERE / "workers/training_llama.py", folder, data / "tokenizer/llama-sp.model")
    done = subprocess.run([sys.executable, *map(str, paths)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"LLaMA's shapes: {done.stderr[-2000:]}")
    return folder


def rate(run: Figures, work: Work) -> float:
    """Demonstrations a second, without the first step; packed best-fit first, a step has about a batch of them."""
    seconds: list[float] = run["seconds"][1:]
    count: int = run.get("timed", work.batch * len(seconds))
    return count / sum(seconds)


def speed(bench: Bench, work: Work, pairs: int) -> Figures:
    """Every side in turn, `pairs` times."""
    best = {side: bench.best(side, work) for side in VARIANTS[bench.device]}
    keys = [f"speed/{bench.device}/{work.key}/pair {number}" for number in range(pairs)]
    found: list[dict[str, Figures]] = [
        bench.results.kept(key, lambda: {side: bench.run(side, work, variant) for side, variant in best.items()})
        for key in keys
    ]
    tokens = bench.tokens(work, best["trainer"]["micro"], best["ours"]["row_tokens"])
    learnt = tokens["learnt"] / (work.batch * (work.steps - 1))
    described = {}
    for side, variant in best.items():
        median = statistics.median(rate(pair[side], work) for pair in found)
        described[side] = {
            "demonstrations_per_second": round(median, 3),
            "learnt_tokens_per_second": round(median * learnt, 1),
            "seconds_a_step": [round(each, 2) for pair in found for each in pair[side]["seconds"][1:]],
            "cpu_seconds_a_step": [round(each, 2) for pair in found for each in pair[side]["cpu_seconds"][1:]],
            "peak_gib": round(max(pair[side]["peak_bytes"] for pair in found) / 2**30, 2),
            **variant,
            **{name: value for name, value in found[0][side].items() if name == "attention"},
        }
    ratios = {
        side: round(statistics.median(rate(p["ours"], work) / rate(p[side], work) for p in found), 2)
        for side in GOALS[bench.device]
    }
    return {"ratios": ratios, "goals": GOALS[bench.device], **described, "tokens": tokens}


def loss(bench: Bench, work: Work) -> Figures:
    """How far the losses of single steps are from (a)'s, at most."""
    losses = {}
    for side in ("ours", "trainer"):
        make = partial(bench.run, side, work, VARIANTS[bench.device][side][0])
        losses[side] = bench.results.kept(f"loss/{bench.device}/{work.key}/{side}", make)["losses"]
    furthest = max(abs(own - theirs) for own, theirs in zip(losses["ours"], losses["trainer"], strict=True))
    return {"furthest": furthest, "goal": TOLERANCE, "met": furthest <= TOLERANCE, "losses": losses}


def quality(bench: Bench, work: Work, seeds: Sequence[int]) -> Figures:
    """The loss on demonstrations held out, by seed; our difference to (a) next to the spread of (a) over seeds."""
    found: dict[str, list[float]] = {"ours": [], "trainer": []}
    for seed in seeds:
        asked = replace(work, seed=seed)
        for side, each in found.items():
            make = partial(bench.run, side, asked, VARIANTS[bench.device][side][0], validated=True)
            each.append(bench.results.kept(f"quality/{bench.device}/{asked.key}/{side}", make)["held_out"])
    spread = max(found["trainer"]) - min(found["trainer"])
    furthest = max(abs(own - theirs) for own, theirs in zip(found["ours"], found["trainer"], strict=True))
    return {"held_out_loss": found, "spread": spread, "furthest": furthest, "met": furthest <= spread}


def measure(bench: Bench, options: argparse.Namespace) -> None:
    """Runs the chosen parts and keeps each as it is done."""
    parts, suffix = bench.results.parts, "" if options.loss == "completion" else "/all"
    batch, steps = (8, 2) if options.trial else PART
    if "speed" in options.parts:
        for name in options.sets:
            work = Work(name, options.batch, options.steps + 1, "bf16", options.loss)
            parts[f"speed/{name}{suffix}"] = speed(bench, work, options.pairs)
    if "loss" in options.parts:
        parts[f"loss/de{suffix}"] = loss(bench, Work("de", batch, steps, "fp32", options.loss, dropout=0.0))
    if "quality" in options.parts:
        seeds = SEEDS[:2] if options.trial else SEEDS
        parts[f"quality/de{suffix}"] = quality(bench, Work("de", batch, steps, "bf16", options.loss), seeds)


def summary(bench: Bench, options: argparse.Namespace) -> Figures:
    """The head of the result: the lesser ratio of the two sets of demonstrations, learnt from the completions."""
    timed = [bench.results.parts[name] for name in map("speed/{}".format, DATA) if name in bench.results.parts]
    head: Figures = {"name": "training", "ratio": None, "peer": "alpaca-lora's recipe, on transformers' Trainer"}
    if timed:
        least = min(timed, key=lambda part: part["ratios"]["trainer"])
        head |= {"ratio": least["ratios"]["trainer"], "ours": least["ours"], "theirs": least["trainer"]}
    return head | {
        "goal": GOALS[bench.device]["trainer"],
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}, {bench.device}",
        "versions": {name: version(name) for name in ("torch", "transformers", "peft")} | {"trl": "1.16.0"},
        "command": f"python bench/training.py --data ../shared/data --device {options.device} "
        f"--parts {','.join(options.parts)} --sets {' '.join(options.sets)} "
        f"--steps {options.steps} --pairs {options.pairs}",
        "date": datetime.now(UTC).date().isoformat(),
    }


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with alpaca/ and parallel/")
    parser.add_argument("--parts", type=lambda text: text.split(","), default=["speed", "loss", "quality"])
    parser.add_argument("--sets", nargs="+", choices=DATA, default=list(DATA), help="of the part speed")
    parser.add_argument("--loss", choices=("completion", "all"), default="completion")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--steps", type=int, default=2, help="timed steps of 128, after one that is not timed")
    parser.add_argument("--pairs", type=int, default=1, help="how often all sides are run in turn")
    parser.add_argument("--trial", action="store_true", help="steps of 8, to see that it works; nothing is kept")
    parser.add_argument("--trl", type=Path, default=TRL, help="python of the environment with TRL")
    parser.add_argument("--out", type=Path, help="result file; by default training.json or training-cuda.json")
    options = parser.parse_args()
    if unknown := set(options.parts) - {"speed", "loss", "quality"}:
        parser.error(f"unknown parts: {', '.join(sorted(unknown))}; there are speed, loss and quality")
    if not options.trl.is_file():
        parser.error("TRL is not there: make trl")
    options.batch = 8 if options.trial else 128
    options.out = options.out or HERE / "results" / f"training{'-cuda' * (options.device == 'cuda')}.json"
    return options


def main() -> None:
    options = arguments()
    with tempfile.TemporaryDirectory() as folder:
        results = Results(Path(folder) / "trial.json" if options.trial else options.out)
        bench = Bench(options, results, Path(folder))
        measure(bench, options)
        results.write(summary(bench, options))
        print(json.dumps({name: part for name, part in results.result.items() if name != "runs"}, indent=1))


if __name__ == "__main__":
    main()
