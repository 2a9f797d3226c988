"""Comparing what models answered: two evaluations, or models of two runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from crossalpaca.artefacts import artefact_of_run, require_report
from crossalpaca.errors import DataError, nearest
from crossalpaca.evaluation.answered import Answered, read_answered
from crossalpaca.evaluation.metrics import METRICS
from crossalpaca.evaluation.scores import Difference, changed_items, differences
from crossalpaca.report.step import REPORT
from crossalpaca.sources.files import read_json

Place = tuple[str, str]
"""A benchmark and a language."""


def answers_of(name: str) -> dict[Place, Answered]:
    """What an evaluation's folder, or a model of a run, answered, by benchmark and language.

    Args:
        name: the folder, or `RUN:MODEL` with the folder of the run's report.

    Raises:
        DataError: there is no such evaluation, report or model, or a file of it is cut off.
        StoreError: a file is not what was written.
    """
    folder = Path(name)
    run, colon, model = name.rpartition(":")
    if colon and not folder.exists():
        return {place_of(answered): answered for answered in _of_run(Path(run), model)}
    answered = read_answered(folder, folder.resolve().name, "", "")
    return {place_of(answered): answered}


def _of_run(run: Path, model: str) -> Iterator[Answered]:
    """A model's answers in the artefacts that a run's report names, with what the audit found among the items."""
    report = _report(run)
    failing = {(audit["benchmark"], audit["language"]): audit["asked_failing"] for audit in report.get("audits", ())}
    evaluations = [entry for entry in report["provenance"] if entry["role"].startswith("evaluate/")]
    models = list(dict.fromkeys(entry["role"].split("/")[1] for entry in evaluations))
    if model not in models:
        raise DataError(f"{run}: has no model {model!r}{nearest(model, models)}: there are {', '.join(models)}")
    for entry in evaluations:
        _, name, benchmark, language = entry["role"].split("/")
        if name != model:
            continue
        folder = artefact_of_run(run, entry["artefact"])
        yield read_answered(
            folder, f"{run.name}:{model}", "", "", failing=frozenset(failing.get((benchmark, language), ()))
        )


def _report(run: Path) -> dict[str, Any]:
    path = run / REPORT
    if not path.is_file():
        raise DataError(f"{path}: is not there; name the folder of a run's report, such as crossalpaca-store/reports/X")
    require_report(path)
    report = read_json(path)
    steps = report.get("provenance") if isinstance(report, dict) else None
    if not isinstance(steps, list) or not all(isinstance(e, dict) and {"role", "artefact"} <= e.keys() for e in steps):
        raise DataError(f"{path}: is not the report of a run; name the folder that `crossalpaca run` ends with")
    whole: dict[str, Any] = report
    return whole


def place_of(answered: Answered) -> Place:
    """Which benchmark and language was answered."""
    return answered.examples[0].benchmark, answered.examples[0].language


def named(place: Place) -> str:
    """A place for people, such as `xquad (de)`."""
    benchmark, language = place
    return f"{benchmark} ({language})"


def compared(model: Answered, baseline: Answered, seed: int) -> list[Difference]:
    """The differences at one place; sound are the items that neither side's audit found an error in.

    Raises:
        DataError: the two answered other items, or the same ids stand for other texts or golds; names the first few.
    """
    where = named(place_of(model))
    pairs = list(zip(model.examples, baseline.examples, strict=False))
    if all(own.id == other.id for own, other in pairs):
        odd = [own.id for own, other in pairs if replace(own, origin=other.origin) != other][:3]
        if odd:
            raise DataError(
                f"{where}: {model.model} and {baseline.model} were asked other texts, or have other golds: "
                f"{', '.join(odd)}; evaluate both on the same files"
            )
    failing = model.failing | baseline.failing  # a folder by itself, or an older report, knows of no audit
    try:
        return list(differences(replace(model, failing=failing), replace(baseline, failing=failing), seed))
    except DataError as error:
        raise DataError(f"{where}: {error}") from None


def won_and_lost(pairs: Sequence[tuple[Answered, Answered]]) -> dict[str, list[dict[str, str]]]:
    """The items won and lost: by containing the gold where answers are in words, else by the answer found in them."""
    changed: dict[str, list[dict[str, str]]] = {"won": [], "lost": []}
    for model, baseline in pairs:
        benchmark, language = place_of(model)
        for metric in (METRICS["contains"], METRICS["accuracy_generated"]):
            own, other = model.where(metric.applies), baseline.where(metric.applies)
            if own is not None and other is not None:
                for kind, items in changed_items(own, other, metric).items():
                    changed[kind] += [{"benchmark": benchmark, "language": language} | item for item in items]
    return changed
