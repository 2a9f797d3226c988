"""Makes what one part of bench/scale.py is measured on, and measures it in another process.

python scale_part.py make PART SIZE FOLDER      prints the size that it came to
python scale_part.py measure PART FOLDER        prints seconds and peak memory
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import random
import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from crossalpaca import planning, runner
from crossalpaca.benchmarks import BENCHMARKS, read_examples
from crossalpaca.benchmarks.audit.step import AUDIT
from crossalpaca.cli import experiments, stores
from crossalpaca.evaluation.answered import EXAMPLES, PREDICTIONS
from crossalpaca.grid import Grid
from crossalpaca.languages import language
from crossalpaca.records import Example, Prediction, Step, write_jsonl
from crossalpaca.store import MANIFEST, Store, artefact_name, step_key

PER_MODEL = 4  # steps of a model at one seed: demonstrations, train, two evaluations
MODELS = 5
GRID, STORE = "scale.yaml", "store"
LANGUAGES = ("it", "en")
PASSAGE = 4  # questions that share one
WORDS = ("acqua", "borgo", "campo", "dado", "erba", "fiume", "grano", "isola", "lago", "monte", "nave", "olio", "pane")
AMOUNTS = {"read": 8, "kept": 8, "not_sampled": 0, "dropped": {}}


def grid(folder: Path, seeds: int, models: int, files: str = "starter:qa.{language}.json") -> list[Step]:
    """Writes the file of a grid, all of whose models but the untrained one are made once a seed; its steps."""
    content = {
        "name": "scale",
        "language": LANGUAGES[0],
        "backbone": "smollm2-135m-instruct",
        "seeds": list(range(seeds)),
        "axes": {"each": list(range(1, models + 1))},
        "data": {"instructions": "starter:instructions.it.json", "bitext": ["starter:sentences.en-it.jsonl"]},
        "models": {"base": {}, "m-{each}": {"instructions": "{each}", "translations": {"en-x": "{each}"}}},
        "evaluation": {
            "benchmarks": [{"benchmark": "squad", "name": "qa", "languages": list(LANGUAGES), "files": [files]}]
        },
        "compare": [["m-{each}", "base"]],
    }
    (folder / GRID).write_text(yaml.safe_dump(content), encoding="utf-8")
    return planning.plan(Grid.load(folder / GRID))


def done(steps: Sequence[Step], folder: Path) -> int:
    """Artefacts of all steps, as far as a plan looks."""
    for step in steps:
        artefact = folder / STORE / "artefacts" / artefact_name(step)
        artefact.mkdir(parents=True)
        (artefact / MANIFEST).write_text("{}", encoding="utf-8")
    return len(steps)


def by_both(size: int, folder: Path) -> int:
    side = round(math.sqrt(size / PER_MODEL))
    return done(grid(folder, side, side), folder)


def by_seeds(size: int, folder: Path) -> int:
    return done(grid(folder, size // PER_MODEL, 1), folder)


def filled(size: int, folder: Path) -> int:
    """A store of artefacts that no experiment needs; all have the one manifest that a commit wrote."""
    store = Store(folder / STORE)
    step = Step("demonstrations", 1, print, {"seed": 1}, {}, "demonstrations for nobody")
    first = committed(store, step, {"demonstrations.jsonl": "{}\n"})
    manifest = (first / MANIFEST).read_bytes()
    for number in range(size - 1):
        artefact = store.root / "artefacts" / f"demonstrations-{number:016x}"
        artefact.mkdir()
        (artefact / "demonstrations.jsonl").write_bytes(b"{}\n")
        (artefact / MANIFEST).write_bytes(manifest)
    return size


def committed(store: Store, step: Step, files: dict[str, str]) -> Path:
    """An artefact with these files."""
    work = store.work(step)
    for name, text in files.items():
        (work.output / name).write_text(text, encoding="utf-8")
    return store.commit(step, work, seed=step.arguments.get("seed"), seconds=1.0, device="cpu")


def answered(size: int, folder: Path) -> int:
    """An experiment of which the report alone is to be made."""
    questions = size // (MODELS * len(LANGUAGES))
    for code in LANGUAGES:
        content = {"version": "1.1", "data": [{"title": "made up", "paragraphs": list(paragraphs(questions, code))}]}
        (folder / f"qa.{code}.json").write_text(json.dumps(content), encoding="utf-8")
    steps, store = grid(folder, 1, MODELS - 1, "qa.{language}.json"), Store(folder / STORE)
    examples = {
        code: read_examples(BENCHMARKS["squad"], [folder / f"qa.{code}.json"], language(code), "qa")
        for code in LANGUAGES
    }
    for step in steps[:-1]:
        made_up(store, step, examples)
    return questions * MODELS * len(LANGUAGES)


def paragraphs(questions: int, code: str) -> Iterator[dict[str, Any]]:
    """Passages of forty words, and questions for a word of each."""
    drawn = random.Random(code)
    for number in range(0, questions, PASSAGE):
        words = drawn.choices(WORDS, k=40)
        starts = [len(" ".join(words[:place])) + (place > 0) for place in range(PASSAGE)]
        yield {
            "context": " ".join(words),
            "qas": [
                {
                    "id": f"q{number + place}",
                    "question": f"Word {place}?",
                    "answers": [{"text": words[place], "answer_start": starts[place]}],
                }
                for place in range(min(PASSAGE, questions - number))
            ],
        }


def made_up(store: Store, step: Step, examples: dict[str, list[Example]]) -> None:
    """An artefact as the step would leave it."""
    if step.name == "evaluate":
        asked = examples[step.arguments["language"]]
        work = store.work(step)
        write_jsonl(work.output / EXAMPLES, asked)
        write_jsonl(work.output / PREDICTIONS, replies(asked, step))
        store.commit(step, work, seed=step.arguments["seed"], seconds=1.0, device="cpu")
    elif step.name == "audit":
        asked = examples[step.arguments["language"]]
        content = {"items": len(asked), "failing": sorted(each.id for each in asked[::50]), "checks": {}}
        committed(store, step, {AUDIT: json.dumps(content)})
    elif step.name == "demonstrations":
        content = {"seed": step.arguments["seed"], "language": step.arguments["language"]}
        content |= {"instructions": {"source": "i.json"} | AMOUNTS}
        content |= {"translations": {"source": "b.jsonl", "directions": {"en-x": 8}} | AMOUNTS}
        committed(store, step, {"report.json": json.dumps(content)})
    else:
        content = {"recipe": {"batch": 16, "targets": []}, "losses": [2.0] * 60, "validation_losses": [], "steps": 60}
        content |= {"demonstrations": 16, "over_cutoff": {"count": 0, "ids": []}, "deviations": []}
        content |= {"tokens": 1000, "tokens_computed": 500, "target_tokens": 300}
        committed(store, step, {"report.json": json.dumps(content)})


def replies(asked: Sequence[Example], step: Step) -> Iterator[Prediction]:
    """Answers, of which the gold is in a half."""
    drawn = random.Random(artefact_name(step))
    for example in asked:
        right = drawn.random() < 0.5
        completion = example.references[0] if right else f"{drawn.choice(WORDS)} {drawn.choice(WORDS)}"
        bits = (drawn.uniform(2, 40),) * len(example.references)
        yield Prediction(example.id, step.arguments["model"], completion, True, bits, (), (), 120, 4)


def plan(folder: Path) -> None:
    experiments.plan(str(folder / GRID), None, folder / STORE, as_json=True)


def listing(folder: Path) -> None:
    stores.list_artefacts(folder / STORE)


def pruning(folder: Path) -> None:
    stores.prune(["quickstart"], None, folder / STORE, yes=True)


def report(folder: Path) -> None:
    steps = planning.plan(Grid.load(folder / GRID))
    runner.run_step(steps, step_key(steps[-1]), Store(folder / STORE), runner.Silent())


PARTS: dict[str, tuple[Callable[[int, Path], int], Callable[[Path], None]]] = {
    "plan": (by_both, plan),
    "seeds": (by_seeds, plan),
    "list": (filled, listing),
    "prune": (filled, pruning),
    "report": (answered, report),
}


def measure(part: str, folder: Path) -> dict[str, float]:
    with contextlib.redirect_stdout(Path(os.devnull).open("w", encoding="utf-8")):
        began, computed = time.perf_counter(), time.process_time()
        PARTS[part][1](folder)
        spent = {"seconds": time.perf_counter() - began, "cpu_seconds": time.process_time() - computed}
    return spent | {"peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


if __name__ == "__main__":
    if sys.argv[1] == "make":
        print(json.dumps(PARTS[sys.argv[2]][0](int(sys.argv[3]), Path(sys.argv[4]))))
    else:
        print(json.dumps(measure(sys.argv[2], Path(sys.argv[3]))))
