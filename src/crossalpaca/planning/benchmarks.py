"""The steps that translate and audit the benchmarks, and that let a model answer them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from crossalpaca.benchmarks import BENCHMARKS, published
from crossalpaca.benchmarks.audit import step as audit
from crossalpaca.evaluation import predict
from crossalpaca.experiment import BenchmarkChoice, Experiment, Translate
from crossalpaca.planning.files import DataFiles
from crossalpaca.records import Step
from crossalpaca.store import step_key
from crossalpaca.translation import steps as translating


@dataclass(frozen=True, slots=True)
class Evaluated:
    """One evaluation of a plan: the cell it is in, the model's name and how it is shown, benchmark and language."""

    cell: Experiment
    model: str
    shown: str
    choice: BenchmarkChoice
    language: str


def asked(experiment: Experiment) -> list[tuple[BenchmarkChoice, str]]:
    """Every benchmark with each language that it is asked in."""
    choices = experiment.evaluation.benchmarks
    return [(choice, code) for choice in choices for code in choice.languages or (experiment.language,)]


def engine(translate: Translate, code: str, files: DataFiles) -> dict[str, Any]:
    """The arguments that say how a step translates."""
    return {"source": translate.source, "target": code, "engine": files.engine(translate, code)}


def translation(choice: BenchmarkChoice, code: str, files: DataFiles) -> Step | None:
    """The step that translates a benchmark into a language; None where its files are in that language."""
    if choice.translate is None or choice.translate.source == code:
        return None
    named = [files.for_language(name, choice.translate.source) for name in choice.files]
    return Step(
        name="translate-benchmark",
        version=translating.VERSION,
        function=translating.translate_benchmark,
        arguments={"benchmark": choice.benchmark, "files": named, **engine(choice.translate, code, files)},
        inputs={},
        title=f"translate {choice.title} into {code}",
        size=choice.translate.engine,
    )


def _read(choice: BenchmarkChoice, code: str, files: DataFiles, translated: Step | None) -> dict[str, Any]:
    """What an audit and an evaluation read; files that are made first are no arguments but an input."""
    if translated is not None:
        return predict.reading(choice.benchmark, code, [])
    named, golds = ([files.for_language(name, code) for name in names] for names in (choice.files, choice.golds))
    return predict.reading(choice.benchmark, code, named, golds)


def _made(translated: Step | None) -> dict[str, str]:
    return {} if translated is None else {published.ROLE: step_key(translated)}


def auditing(choice: BenchmarkChoice, code: str, files: DataFiles, translated: Step | None) -> Step:
    """The step that audits a benchmark in a language."""
    return Step(
        name="audit",
        version=audit.VERSION,
        function=audit.audit,
        arguments=_read(choice, code, files, translated),
        inputs=_made(translated),
        title=f"audit {choice.title} ({code})",
    )


def evaluation(
    experiment: Experiment,
    model: str,
    shown: str,
    place: tuple[BenchmarkChoice, str],
    adapter: str | None,
    files: DataFiles,
    translated: Step | None,
) -> Step:
    """The step that lets a model answer a benchmark in a language; `adapter` is the key of its training."""
    choice, code = place
    chosen = experiment.evaluation
    served = chosen.serving(model)
    size = f"{choice.items} questions" if choice.items else "all questions"
    return Step(
        name="evaluate",
        version=predict.VERSION,
        function=predict.predict,
        arguments={
            "model": model,
            "backbone": experiment.resolved_backbone,
            "template": experiment.template,
            **_read(choice, code, files, translated),
            "name": choice.title,
            "items": choice.items,
            "max_new_tokens": choice.max_new_tokens or BENCHMARKS[choice.benchmark].max_new_tokens,
            "seed": experiment.seed if chosen.seed is None else chosen.seed,
            "decoding": chosen.decoding,
            "served": served,
        },
        inputs=_made(translated) | ({} if adapter is None else {"adapter": adapter}),
        title=f"evaluate {shown} on {choice.title} ({code})",
        size=size if served is None else f"{size}, no likelihoods: a server gives none",
    )
