"""From an experiment to its steps: a pure function of the experiment and of the content of its data files.

The module is not called plan because `from crossalpaca import plan` gives the function.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from crossalpaca.benchmarks import BENCHMARKS
from crossalpaca.benchmarks.audit import step as audit
from crossalpaca.decoding.requests import decoding_signature
from crossalpaca.demonstrations import build
from crossalpaca.errors import DataError
from crossalpaca.evaluation import predict
from crossalpaca.experiment import BenchmarkChoice, Experiment, Model
from crossalpaca.languages import language
from crossalpaca.records import SourceFile, Step
from crossalpaca.report import step as report
from crossalpaca.sources.files import locate, source_file
from crossalpaca.store import step_key
from crossalpaca.training import finetune


def plan(experiment: Experiment) -> list[Step]:
    """The steps of an experiment, each after those it needs; the last one writes the report.

    Raises:
        DataError: data files are missing; names all of them.
    """
    files = _Files(experiment.folder)
    steps: list[Step] = []
    made: dict[str, str] = {}  # role in the report to key
    for choice, code in _asked(experiment):
        audited = _audit(choice, code, files)
        steps.append(audited)
        made[f"audit/{choice.title}/{code}"] = step_key(audited)
    for name, model in experiment.models.items():
        adapter: str | None = None
        if model.trained:
            demonstrations = _demonstrations(experiment, name, model, files)
            trained = _training(experiment, name, model, step_key(demonstrations))
            adapter = step_key(trained)
            steps += [demonstrations, trained]
            made |= {f"demonstrations/{name}": step_key(demonstrations), f"train/{name}": adapter}
        for choice, code in _asked(experiment):
            evaluated = _evaluation(experiment, name, choice, code, adapter, files)
            steps.append(evaluated)
            made[f"evaluate/{name}/{choice.title}/{code}"] = step_key(evaluated)
    files.require()
    steps.append(_report(experiment, made))
    return list({step_key(step): step for step in steps}.values())


def _asked(experiment: Experiment) -> list[tuple[BenchmarkChoice, str]]:
    """Every benchmark with each language that it is asked in."""
    choices = experiment.evaluation.benchmarks
    return [(choice, code) for choice in choices for code in choice.languages or (experiment.language,)]


class _Files:
    """Data files of an experiment, each read once; the missing ones are collected and named together."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.known: dict[str, SourceFile] = {}
        self.missing: list[str] = []

    def get(self, name: str) -> SourceFile:
        if name not in self.known:
            path = locate(name, self.folder)
            try:
                self.known[name] = source_file(path)
            except DataError:
                self.missing.append(str(path))
                self.known[name] = SourceFile(path, "")
        return self.known[name]

    def for_language(self, name: str, code: str) -> SourceFile:
        """The file of a name with `{language}` in it; some benchmarks know zh-Hans as zh."""
        names = [name.replace("{language}", known) for known in (code, *language(code).aliases)]
        present = [found for found in names if locate(found, self.folder).is_file()]
        return self.get((present or names)[0])

    def require(self) -> None:
        if self.missing:
            shown = ", ".join(self.missing[:5]) + (
                f" and {len(self.missing) - 5} more" if len(self.missing) > 5 else ""
            )
            raise DataError(
                f"missing data: {shown}; put the files there, or name the folder that holds the data with --data"
            )


def _demonstrations(experiment: Experiment, name: str, model: Model, files: _Files) -> Step:
    data = experiment.data
    instructions = files.get(data.instructions) if model.instructions and data.instructions else None
    bitext: Sequence[tuple[SourceFile, ...]] = ()
    if any(model.translations.values()):
        bitext = [
            tuple(files.get(part) for part in ((entry,) if isinstance(entry, str) else entry)) for entry in data.bitext
        ]
    counts = {direction: n for direction, n in model.translations.items() if n}
    sizes = [f"{model.instructions} instructions"] if model.instructions else []
    sizes += [f"{n} {direction}" for direction, n in counts.items()]
    return Step(
        name="demonstrations",
        version=build.VERSION,
        function=build.build,
        arguments={
            "language": experiment.language,
            "seed": experiment.seed,
            "instructions": instructions,
            "instruction_count": None if model.instructions == "all" else model.instructions,
            "bitext": bitext,
            "translations": counts,
        },
        inputs={},
        title=f"demonstrations for {name}",
        size=", ".join(sizes),
    )


def _training(experiment: Experiment, name: str, model: Model, demonstrations: str) -> Step:
    recipe = experiment.training
    known = model.instructions != "all"
    total = (model.instructions if isinstance(model.instructions, int) else 0) + sum(model.translations.values())
    size = (
        f"{recipe.total_steps(total)} steps of {recipe.batch}"
        if known or recipe.steps
        else f"batches of {recipe.batch}"
    )
    return Step(
        name="train",
        version=finetune.VERSION,
        function=finetune.finetune,
        arguments={
            "backbone": experiment.resolved_backbone,
            "template": experiment.template,
            "recipe": recipe,
            "seed": experiment.seed,
        },
        inputs={"demonstrations": demonstrations},
        title=f"train {name}",
        size=size,
    )


def _benchmark(choice: BenchmarkChoice, code: str, files: _Files) -> dict[str, Any]:
    """What an audit and an evaluation read."""
    named, golds = ([files.for_language(name, code) for name in names] for names in (choice.files, choice.golds))
    return predict.reading(choice.benchmark, code, named, golds)


def _audit(choice: BenchmarkChoice, code: str, files: _Files) -> Step:
    return Step(
        name="audit",
        version=audit.VERSION,
        function=audit.audit,
        arguments=_benchmark(choice, code, files),
        inputs={},
        title=f"audit {choice.title} ({code})",
    )


def _evaluation(
    experiment: Experiment, model: str, choice: BenchmarkChoice, code: str, adapter: str | None, files: _Files
) -> Step:
    served = experiment.evaluation.serving(model)
    size = f"{choice.items} questions" if choice.items else "all questions"
    return Step(
        name="evaluate",
        version=predict.VERSION,
        function=predict.predict,
        arguments={
            "model": model,
            "backbone": experiment.resolved_backbone,
            "template": experiment.template,
            **_benchmark(choice, code, files),
            "name": choice.title,
            "items": choice.items,
            "max_new_tokens": choice.max_new_tokens or BENCHMARKS[choice.benchmark].max_new_tokens,
            "seed": experiment.seed,
            "decoding": experiment.evaluation.decoding,
            "served": served,
        },
        inputs={} if adapter is None else {"adapter": adapter},
        title=f"evaluate {model} on {choice.title} ({code})",
        size=size if served is None else f"{size}, no likelihoods: a server gives none",
    )


def _report(experiment: Experiment, made: dict[str, str]) -> Step:
    backbone = experiment.resolved_backbone
    decoding = experiment.evaluation.decoding
    evaluations = [
        {
            "model": model,
            "name": choice.title,
            "language": code,
            "decoding": decoding_signature(decoding.precision, served=experiment.evaluation.serving(model) is not None),
            "golds": "by-row" if choice.golds else "own",
        }
        for model in experiment.models
        for choice, code in _asked(experiment)
    ]
    settings: dict[str, Any] = experiment.model_dump(mode="json")
    return Step(
        name="report",
        version=report.VERSION,
        function=report.write_report,
        arguments={
            "experiment": settings,
            "backbone": {
                "id": backbone.id,
                "revision": backbone.revision,
                "licence": backbone.licence,
                "note": backbone.note,
            },
            "template": experiment.template.signature,
            "models": list(experiment.models),
            "compare": [list(pair) for pair in experiment.compare],
            "evaluations": evaluations,
            "seed": experiment.seed,
        },
        inputs=made,
        title=f"report {experiment.name}",
        size=f"{len(evaluations)} evaluations",
    )
