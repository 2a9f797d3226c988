"""Everything that a report says, collected from the artefacts of an experiment into one JSON value."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from statistics import fmean
from typing import Any

from crossalpaca.benchmarks.audit.step import AUDIT
from crossalpaca.benchmarks.published import REPORT as TRANSLATION
from crossalpaca.evaluation.answered import Answered, read_answered, repeated
from crossalpaca.evaluation.metrics import METRICS
from crossalpaca.evaluation.scores import Difference, adjusted, differences, scores
from crossalpaca.records import Prediction
from crossalpaca.report.explorer.payload import Voice
from crossalpaca.report.probed import probed
from crossalpaca.store import read_manifest
from crossalpaca.version import package_versions

Report = dict[str, Any]


def read_voices(arguments: Mapping[str, Any], inputs: Mapping[str, Path]) -> list[Voice]:
    """What every model answered at every seed to every benchmark, in the order of the evaluations; for the arguments
    see `collect`."""
    seeds = {run["shown"]: run["seed"] for model in arguments["models"].values() for run in model["runs"]}
    voices = []
    for evaluation in arguments["evaluations"]:
        failing = frozenset(_audit(evaluation, inputs)["failing"])
        how = (evaluation["template"], evaluation["decoding"], evaluation["golds"])
        answered = read_answered(inputs[evaluation["role"]], evaluation["model"], *how, failing)
        kept_out = frozenset(_translation(evaluation, inputs).get("kept_out", ()))
        seed = seeds.get(evaluation["shown"])
        voices.append(Voice(evaluation["model"], seed, replace(answered, kept_out=kept_out)))
    return voices


def collect(arguments: Mapping[str, Any], inputs: Mapping[str, Path], voices: Sequence[Voice]) -> Report:
    """The content of `report.json`.

    Args:
        arguments: experiment (name, languages, seeds, backbones, prompt, template, pairs to compare, the file), models
            (name to languages, backbone, settings, trained and runs), evaluations (role, model, shown, name, language,
            template, decoding, golds), seed.
        inputs: folders of the artefacts by role: `audit/NAME/LANGUAGE`, `translate/NAME/LANGUAGE`,
            `demonstrations/SHOWN`, `train/SHOWN` and `evaluate/SHOWN/NAME/LANGUAGE`, where SHOWN is a model's name, and
            with several seeds NAME@SEED.
        voices: what `read_voices` gives.
    """
    seed: int = arguments["seed"]
    experiment, models = arguments["experiment"], arguments["models"]
    answered = _over_seeds(voices)
    compared = [each for one, other in experiment["compare"] for each in _compared(answered, one, other, seed)]
    found = [asdict(difference) for difference in adjusted(compared)]
    return {
        "experiment": experiment,
        "versions": package_versions(),
        "metrics": {
            metric.id: {"describes": metric.describes, "unit": metric.unit, "higher_is_better": metric.higher_is_better}
            for metric in METRICS.values()
        },
        "models": {name: _model(name, models, inputs, answered) | _seeds(models[name], experiment) for name in models},
        "audits": list(_audits(arguments, inputs, answered)),
        "deviations": _deviations(models, inputs),
        "windows": list(_windows(answered)),
        "scores": [asdict(score) for part in answered for score in scores(part, seed)],
        "differences": found,
        "probing": probed(arguments, inputs, found),
        "provenance": [_provenance(role, folder) for role, folder in sorted(inputs.items())],
    }


def _over_seeds(voices: Sequence[Voice]) -> list[Answered]:
    """Each model's answers to each benchmark and language, its seeds together."""
    found: dict[tuple[str, str, str], list[Answered]] = {}
    for voice in voices:
        example = voice.answered.examples[0]
        found.setdefault((voice.model, example.benchmark, example.language), []).append(voice.answered)
    return [repeated(runs) for runs in found.values()]


def _seeds(model: Mapping[str, Any], experiment: Mapping[str, Any]) -> dict[str, list[int]]:
    """The seeds of a model; one that is not trained answers alike at all of them."""
    return {"seeds": [run["seed"] for run in model["runs"]] or experiment["seeds"][:1]}


def _translation(evaluation: Mapping[str, Any], inputs: Mapping[str, Path]) -> dict[str, Any]:
    """What the translation of a benchmark says of itself; empty where it was not translated."""
    role = f"translate/{evaluation['name']}/{evaluation['language']}"
    if role not in inputs:
        return {}
    report: dict[str, Any] = json.loads((inputs[role] / TRANSLATION).read_text(encoding="utf-8"))
    told = ("engine", "engine_version", "source", "items", "published", "reasons", "kept_out")
    return {key: report[key] for key in told}


def _audit(evaluation: Mapping[str, Any], inputs: Mapping[str, Path]) -> dict[str, Any]:
    folder = inputs[f"audit/{evaluation['name']}/{evaluation['language']}"]
    audit: dict[str, Any] = json.loads((folder / AUDIT).read_text(encoding="utf-8"))
    return audit


def _audits(
    arguments: Mapping[str, Any], inputs: Mapping[str, Path], answered: Sequence[Answered]
) -> Iterator[dict[str, Any]]:
    """What the audit found in each benchmark and language: in its files, and among the items that were asked."""
    asked = {(part.examples[0].benchmark, part.examples[0].language): part for part in answered}
    seen = set()
    for evaluation in arguments["evaluations"]:
        place = (evaluation["name"], evaluation["language"])
        if place not in seen:
            seen.add(place)
            audit = _audit(evaluation, inputs)
            ids = {example.id for example in asked[place].examples}
            yield {
                "benchmark": place[0],
                "language": place[1],
                "golds": evaluation["golds"],
                "translated": _translation(evaluation, inputs),
                "items": audit["items"],
                "failing": len(audit["failing"]),
                "asked": len(ids),
                "asked_failing": sorted(ids & set(audit["failing"])),
                "checks": {
                    check: {key: found[key] for key in ("severity", "count", "errors", "of")}
                    | {"asked": len(ids & set(found["items"]))}
                    for check, found in audit["checks"].items()
                },
            }


def _deviations(models: Mapping[str, Any], inputs: Mapping[str, Path]) -> list[str]:
    """Where trainings depart from the recipe that is asked for, each with the models that it holds for."""
    found: dict[str, list[str]] = {}
    for name, model in models.items():
        for run in model["runs"]:
            for deviation in _report_of(f"train/{run['shown']}", inputs).get("deviations", []):
                found.setdefault(deviation, []).append(name)
    return [f"{', '.join(dict.fromkeys(names))}: {deviation}" for deviation, names in found.items()]


def _report_of(role: str, inputs: Mapping[str, Path]) -> dict[str, Any]:
    report: dict[str, Any] = json.loads((inputs[role] / "report.json").read_text(encoding="utf-8"))
    return report


def _windows(answered: Sequence[Answered]) -> Iterator[dict[str, Any]]:
    """Where prompts were too long for the window: how many were cut, lost their gold by it, or were not asked."""
    for part in answered:
        cut, lost, skipped = part.fits("cut"), part.fits("gold-lost"), len(part.skipped)
        if cut or lost or skipped:
            yield {
                "model": part.model,
                "benchmark": part.examples[0].benchmark,
                "language": part.examples[0].language,
                "prompts": len(part.examples) + skipped,
                "cut": cut + lost,
                "gold_lost": lost,
                "skipped": skipped,
            }


def _compared(answered: Sequence[Answered], model: str, baseline: str, seed: int) -> Iterator[Difference]:
    places = {(part.model, part.examples[0].benchmark, part.examples[0].language): part for part in answered}
    for (name, benchmark, language), part in places.items():
        other = places.get((baseline, benchmark, language))
        if name == model and other is not None:
            yield from differences(part, other, seed)


def _model(
    name: str, models: Mapping[str, Any], inputs: Mapping[str, Path], answered: Sequence[Answered]
) -> dict[str, Any]:
    """What a model was made from at each seed, and how its answers differ from the untrained backbone's."""
    model = models[name]
    runs = [
        {
            "seed": run["seed"],
            "demonstrations": _report_of(f"demonstrations/{run['shown']}", inputs),
            "training": _report_of(f"train/{run['shown']}", inputs),
        }
        for run in model["runs"]
    ]
    untrained = [
        other for other in models if not models[other]["trained"] and models[other]["backbone"] == model["backbone"]
    ]
    base = untrained[0] if untrained else None
    return dict(model) | {"runs": runs, "behaviour": _behaviour(name, base, answered)}


def _behaviour(name: str, base: str | None, answered: Sequence[Answered]) -> dict[str, Any]:
    parts = [part for part in answered if part.model == name]
    own = [pair for part in parts for pair in _completions(part)]
    theirs = dict(pair for part in answered if part.model == base for pair in _completions(part))
    described: dict[str, Any] = {
        "answers": len(own),
        "ended_with_eos": fmean(prediction.ended for _, prediction in own),
        "mean_completion_tokens": fmean(prediction.completion_tokens for _, prediction in own),
        "places": [
            {
                "benchmark": part.examples[0].benchmark,
                "language": part.examples[0].language,
                "mean_completion_tokens": fmean(each.completion_tokens for _, each in _completions(part)),
            }
            for part in parts
        ],
    }
    changed = [prediction.completion != theirs[key].completion for key, prediction in own if key in theirs]
    if changed and name != base:
        described["differs_from"] = {"model": base, "answers": len(changed), "share": fmean(changed)}
    return described


def _completions(answered: Answered) -> Iterator[tuple[tuple[str, str, str], Prediction]]:
    """Every prediction of every seed with its place."""
    place = (answered.examples[0].benchmark, answered.examples[0].language)
    for run in answered.runs:
        yield from (((*place, prediction.example), prediction) for prediction in run)


def _provenance(role: str, folder: Path) -> dict[str, Any]:
    manifest = read_manifest(folder)
    described = {"role": role, "artefact": folder.name}
    return described | {key: manifest[key] for key in ("title", "version", "seed", "device")}
