"""Everything that a report says, collected from the artefacts of an experiment into one JSON value."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from crossalpaca.benchmarks.audit.step import AUDIT
from crossalpaca.benchmarks.published import REPORT as TRANSLATION
from crossalpaca.evaluation.answered import Answered, read_answered
from crossalpaca.evaluation.metrics import METRICS
from crossalpaca.evaluation.scores import Difference, adjusted, differences, scores
from crossalpaca.records import Prediction
from crossalpaca.store import package_versions, read_manifest

Report = dict[str, Any]


def collect(arguments: Mapping[str, Any], inputs: Mapping[str, Path]) -> Report:
    """The content of `report.json`.

    Args:
        arguments: experiment (its settings), backbone (id, revision, licence, note), template (name and hash), models
            (names), compare (pairs of names), evaluations (model, name, language, decoding, golds), seed.
        inputs: folders of the artefacts, by `audit/NAME/LANGUAGE`, `demonstrations/MODEL`, `train/MODEL` and
            `evaluate/MODEL/NAME/LANGUAGE`.
    """
    seed: int = arguments["seed"]
    answered = list(_answered(arguments, inputs))
    return {
        "experiment": arguments["experiment"],
        "backbone": arguments["backbone"],
        "versions": package_versions(),
        "metrics": {
            metric.id: {"describes": metric.describes, "unit": metric.unit, "higher_is_better": metric.higher_is_better}
            for metric in METRICS.values()
        },
        "models": {name: _model(name, inputs, answered, arguments) for name in arguments["models"]},
        "audits": list(_audits(arguments, inputs, answered)),
        "deviations": _deviations(arguments["models"], inputs),
        "windows": list(_windows(answered)),
        "scores": [asdict(score) for part in answered for score in scores(part, seed)],
        "differences": [
            asdict(difference)
            for first, second in arguments["compare"]
            for difference in adjusted(list(_compared(answered, first, second, seed)))
        ],
        "provenance": [_provenance(role, folder) for role, folder in sorted(inputs.items())],
    }


def _answered(arguments: Mapping[str, Any], inputs: Mapping[str, Path]) -> Iterator[Answered]:
    for evaluation in arguments["evaluations"]:
        model = evaluation["model"]
        folder = inputs[f"evaluate/{model}/{evaluation['name']}/{evaluation['language']}"]
        failing = frozenset(_audit(evaluation, inputs)["failing"])
        how = (arguments["template"], evaluation["decoding"], evaluation["golds"])
        answered = read_answered(folder, model, *how, failing)
        yield replace(answered, kept_out=frozenset(_translation(evaluation, inputs).get("kept_out", ())))


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


def _deviations(models: Sequence[str], inputs: Mapping[str, Path]) -> list[str]:
    """Where trainings depart from the recipe that is asked for, each with the models that it holds for."""
    found: dict[str, list[str]] = {}
    for name in models:
        if f"train/{name}" in inputs:
            report = json.loads((inputs[f"train/{name}"] / "report.json").read_text(encoding="utf-8"))
            for deviation in report.get("deviations", []):
                found.setdefault(deviation, []).append(name)
    return [f"{', '.join(names)}: {deviation}" for deviation, names in found.items()]


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
    name: str, inputs: Mapping[str, Path], answered: Sequence[Answered], arguments: Mapping[str, Any]
) -> dict[str, Any]:
    """What a model was made from, and how its answers differ from the untrained backbone's."""
    described: dict[str, Any] = {"trained": f"train/{name}" in inputs}
    for role, key in (("demonstrations", "demonstrations"), ("train", "training")):
        if f"{role}/{name}" in inputs:
            described[key] = json.loads((inputs[f"{role}/{name}"] / "report.json").read_text(encoding="utf-8"))
    untrained = [model for model in arguments["models"] if f"train/{model}" not in inputs]
    described["behaviour"] = _behaviour(name, untrained[0] if untrained else None, answered)
    return described


def _behaviour(name: str, base: str | None, answered: Sequence[Answered]) -> dict[str, Any]:
    own = dict(_completions(answered, name))
    theirs = dict(_completions(answered, base)) if base else {}
    shared = [key for key in own if key in theirs]
    described: dict[str, Any] = {
        "answers": len(own),
        "ended_with_eos": sum(prediction.ended for prediction in own.values()) / len(own),
        "mean_completion_tokens": sum(prediction.completion_tokens for prediction in own.values()) / len(own),
    }
    if shared and name != base:
        changed = sum(own[key].completion != theirs[key].completion for key in shared)
        described["differs_from"] = {"model": base, "answers": len(shared), "share": changed / len(shared)}
    return described


def _completions(answered: Sequence[Answered], model: str) -> Iterator[tuple[tuple[str, str, str], Prediction]]:
    for part in answered:
        if part.model == model:
            place = (part.examples[0].benchmark, part.examples[0].language)
            yield from (((*place, prediction.example), prediction) for prediction in part.predictions)


def _provenance(role: str, folder: Path) -> dict[str, Any]:
    manifest = read_manifest(folder)
    described = {"role": role, "artefact": folder.name}
    return described | {key: manifest[key] for key in ("title", "version", "seed", "device")}
