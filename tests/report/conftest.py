"""A small report in the shape that `collect` gives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

MODELS = ("base", "it-Alpaca", "it-CrossAlpaca")
FREE = ("exact_match", "exact_match_squad", "exact_match_mlqa", "f1_squad", "f1_mlqa", "contains", "gold_bits_per_byte")
CHOICE = ("exact_match", "accuracy_generated", "accuracy_labels", "gold_bits_per_byte")
# Benchmark, tasks ("" for the whole) and metrics; the one task of `single` stands on its overall scores.
PLACES = (
    ("qa", ("",), FREE),
    ("choices", ("",), CHOICE),
    ("tasks", ("", "date", "navigate"), FREE),
    ("single", ("sole",), FREE),
)


def _metrics() -> dict[str, Any]:
    bits = "gold_bits_per_byte"
    return {
        metric: {
            "describes": f"what {metric} measures",
            "unit": "bits" if metric == bits else "share",
            "higher_is_better": metric != bits,
        }
        for metric in dict.fromkeys(FREE + CHOICE)
    }


def _scores() -> Iterator[dict[str, Any]]:
    number = 0
    for model in MODELS:
        for benchmark, tasks, metrics in PLACES:
            for language in ("en", "it"):
                for task in tasks:
                    for metric in metrics:
                        number += 1
                        value = 0.06 + (31 * number * number + 7 * number) % 1009 / 1300  # a swapped cell shows
                        place = {"model": model, "benchmark": benchmark, "task": task, "language": language}
                        yield place | {
                            "metric": metric,
                            "items": "all",
                            "value": value,
                            "n": 30 if task in ("", "sole") else 15,
                            "interval": [value - 0.05, value + 0.0617],
                            "by_seed": [value],
                            "signature": f"{metric}|bench:{benchmark}|lang:{language}|task:{task}",
                        }


def _differences(scores: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    by_place = {tuple(s[key] for key in ("model", "benchmark", "task", "language", "metric")): s for s in scores}
    for model, baseline in (("it-CrossAlpaca", "it-Alpaca"), ("it-Alpaca", "base")):
        for score in scores:
            if score["model"] == model:
                other = by_place[(baseline, score["benchmark"], score["task"], score["language"], score["metric"])]
                value = score["value"] - other["value"]
                rest = {key: score[key] for key in ("model", "benchmark", "task", "language", "metric", "items", "n")}
                interval = [value - 0.31, value + 0.33]
                counts = {"wins": 7, "losses": 4, "p": 0.5, "p_holm": None, "test": "permutation", "by_seed": [value]}
                yield rest | counts | {"baseline": baseline, "value": value, "interval": interval}


def _model(name: str) -> dict[str, Any]:
    behaviour: dict[str, Any] = {"answers": 240, "ended_with_eos": 0.875, "mean_completion_tokens": 12.34}
    behaviour["places"] = [
        {"benchmark": benchmark, "language": language, "mean_completion_tokens": 12.34}
        for benchmark, _, _ in PLACES
        for language in ("en", "it")
    ]
    settings: dict[str, Any] = {"instructions": 0, "translations": {}, "wording": "english", "control": None}
    if name == "base":
        untrained = {"trained": False, "languages": [], "seeds": [42], "runs": []}
        return untrained | {"backbone": "tiny", "settings": settings, "behaviour": behaviour}
    settings["instructions"] = 1160
    behaviour["differs_from"] = {"model": "base", "answers": 240, "share": 0.9125}
    drops = {"duplicate": {"count": 2, "examples": ["row-3", "row-9"]}}
    made: dict[str, Any] = {"language": "it", "seed": 42}
    made["instructions"] = {"source": "i.json", "read": 1168, "kept": 1160, "not_sampled": 6, "dropped": drops}
    if name == "it-CrossAlpaca":
        made["translations"] = {
            "source": "pairs.jsonl",
            "read": 205,
            "kept": 160,
            "not_sampled": 40,
            "dropped": {"length-ratio": {"count": 5, "examples": ["pairs:7: Short one here ||| Una frase lunga"]}},
            "directions": {"en-x": 80, "x-en": 80},
        }
    training = {
        "recipe": {"batch": 16, "steps": 60, "learning_rate": 0.001, "targets": [], "precision": "bf16"},
        "demonstrations": 1160,
        "over_cutoff": {"count": 7, "ids": [f"row-{i}" for i in range(7)]},
        "steps": 60,
        "tokens": 100000,
        "tokens_computed": 64000,
        "target_tokens": 30000,
        "losses": [3.4 / (1 + i / 9) + 0.05 * (i % 3) for i in range(60)],
    }
    if name == "it-CrossAlpaca":
        settings["translations"] = {"en-x": 80, "x-en": 80}
    return {
        "trained": True,
        "languages": ["it"],
        "backbone": "tiny",
        "settings": settings,
        "seeds": [42],
        "runs": [{"seed": 42, "demonstrations": made, "training": training}],
        "behaviour": behaviour,
    }


@pytest.fixture
def report() -> dict[str, Any]:
    scores = list(_scores())
    return {
        "experiment": {
            "name": "trial",
            "languages": ["it"],
            "seeds": [42],
            "backbones": [{"id": "tiny", "revision": "abc123", "licence": "MIT", "note": "restored from Q4_1"}],
            "prompt": "alpaca",
            "template": "alpaca-1a2b3c4d",
            "compare": [["it-CrossAlpaca", "it-Alpaca"], ["it-Alpaca", "base"]],
            "file": {"name": "trial", "language": "it"},
        },
        "versions": {"python": "3.11.7", "numpy": "2.4.6"},
        "metrics": _metrics(),
        "models": {name: _model(name) for name in MODELS},
        "audits": [],
        "deviations": [],
        "windows": [],
        "probing": None,
        "scores": scores,
        "differences": list(_differences(scores)),
        "provenance": [
            {
                "role": "train/it-Alpaca",
                "artefact": "train-0123456789abcdef",
                "title": "train it-Alpaca",
                "version": 1,
                "seed": 42,
                "device": "cpu, 2 threads",
            }
        ],
    }
