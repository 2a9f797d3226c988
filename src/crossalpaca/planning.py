"""From an experiment to its steps: a pure function of the experiment and of the content of its data files.

The module is not called plan because `from crossalpaca import plan` gives the function.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from crossalpaca.benchmarks import BENCHMARKS, published
from crossalpaca.benchmarks.audit import step as audit
from crossalpaca.decoding.requests import decoding_signature
from crossalpaca.demonstrations import build
from crossalpaca.demonstrations.mixture import counts
from crossalpaca.errors import DataError
from crossalpaca.evaluation import predict
from crossalpaca.experiment import BenchmarkChoice, Experiment, Model, Translate
from crossalpaca.languages import language
from crossalpaca.records import SourceFile, Step
from crossalpaca.report import step as report
from crossalpaca.sources.files import locate, source_file
from crossalpaca.store import step_key
from crossalpaca.training import finetune
from crossalpaca.translation import steps as translating


def plan(experiment: Experiment) -> list[Step]:
    """The steps of an experiment, each after those it needs; the last one writes the report.

    Raises:
        DataError: data files are missing; names all of them.
        InputError: a translation engine cannot be used here.
    """
    files = _Files(experiment.folder)
    made: dict[str, str] = {}  # role in the report to key
    steps, translated = _benchmarks(experiment, files, made)
    instructions = _translated_instructions(experiment, files)
    if instructions is not None:
        steps.append(instructions)
    for name, model in experiment.models.items():
        adapter: str | None = None
        if model.trained:
            demonstrations = _demonstrations(experiment, name, model, files, instructions)
            trained = _training(experiment, name, model, step_key(demonstrations))
            adapter = step_key(trained)
            steps += [demonstrations, trained]
            made |= {f"demonstrations/{name}": step_key(demonstrations), f"train/{name}": adapter}
        for choice, code in _asked(experiment):
            source = translated.get((choice.title, code))
            evaluated = _evaluation(experiment, name, choice, code, adapter, files, source)
            steps.append(evaluated)
            made[f"evaluate/{name}/{choice.title}/{code}"] = step_key(evaluated)
    files.require()
    steps.append(_report(experiment, made))
    return list({step_key(step): step for step in steps}.values())


def _benchmarks(
    experiment: Experiment, files: _Files, made: dict[str, str]
) -> tuple[list[Step], dict[tuple[str, str], Step]]:
    """The steps that translate and audit the benchmarks, and those that translate by title and language."""
    steps: list[Step] = []
    translated: dict[tuple[str, str], Step] = {}
    for choice, code in _asked(experiment):
        source = _translation(choice, code, files)
        if source is not None:
            translated[choice.title, code] = source
            steps.append(source)
            made[f"translate/{choice.title}/{code}"] = step_key(source)
        audited = _audit(choice, code, files, source)
        steps.append(audited)
        made[f"audit/{choice.title}/{code}"] = step_key(audited)
    return steps, translated


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


def _engine(translate: Translate, code: str) -> dict[str, Any]:
    asked = translating.asked(translate.engine, translate.source, code, max_cost=translate.max_cost)
    return {"source": translate.source, "target": code, "engine": asked}


def _translation(choice: BenchmarkChoice, code: str, files: _Files) -> Step | None:
    """The step that translates a benchmark into a language; None where its files are in that language."""
    if choice.translate is None or choice.translate.source == code:
        return None
    named = [files.for_language(name, choice.translate.source) for name in choice.files]
    return Step(
        name="translate-benchmark",
        version=translating.VERSION,
        function=translating.translate_benchmark,
        arguments={"benchmark": choice.benchmark, "files": named, **_engine(choice.translate, code)},
        inputs={},
        title=f"translate {choice.title} into {code}",
        size=choice.translate.engine,
    )


def _translated_instructions(experiment: Experiment, files: _Files) -> Step | None:
    """The step that translates the instruction set; None where it is in the experiment's language."""
    data = experiment.data
    if data.translate is None or data.instructions is None or data.translate.source == experiment.language:
        return None
    return Step(
        name="translate-instructions",
        version=translating.VERSION,
        function=translating.translate_instructions,
        arguments={"file": files.get(data.instructions), **_engine(data.translate, experiment.language)},
        inputs={},
        title=f"translate instructions into {experiment.language}",
        size=data.translate.engine,
    )


def _demonstrations(experiment: Experiment, name: str, model: Model, files: _Files, translated: Step | None) -> Step:
    data = experiment.data
    own = model.instructions and data.instructions and translated is None
    instructions = files.get(data.instructions) if own and data.instructions else None
    bitext: Sequence[tuple[SourceFile, ...]] = ()
    if any(model.translations.values()) and model.control != "repeated":
        bitext = [
            tuple(files.get(part) for part in ((entry,) if isinstance(entry, str) else entry)) for entry in data.bitext
        ]
    counts = {direction: n for direction, n in model.translations.items() if n}
    sizes = [f"{model.instructions} instructions"] if model.instructions else []
    sizes += [f"{n} {direction}" for direction, n in counts.items()]
    sizes += [model.control] if model.control else []
    return Step(
        name="demonstrations",
        version=build.VERSION,
        function=build.build,
        arguments={
            "language": experiment.language,
            "seed": experiment.seed,
            "instructions": instructions,
            "instruction_count": None if model.instructions == "all" else model.instructions,
            "bitext": sorted(bitext, key=lambda parts: [(part.name, part.sha256) for part in parts]),
            "translations": counts,
            "wording": model.wording,
            "control": model.control,
            "against": _against(experiment, files),
            "leaks": "report" if data.leaks == "none" else data.leaks,
            "filters": data.filters if bitext else {},
            "reading": {"broken": data.broken, "swapped": data.swapped, "first": data.first} if bitext else {},
        },
        inputs={"instructions": step_key(translated)} if translated is not None and model.instructions else {},
        title=f"demonstrations for {name}",
        size=", ".join(sizes),
    )


def _against(experiment: Experiment, files: _Files) -> list[dict[str, Any]]:
    """What demonstrations must not hold: every benchmark that the experiment asks, in every language it asks it in."""
    if experiment.data.leaks == "none":
        return []
    return [
        {
            "benchmark": choice.benchmark,
            "language": choice.translate.source if choice.translate else code,
            "files": [
                files.for_language(name, choice.translate.source if choice.translate else code) for name in choice.files
            ],
        }
        for choice, code in _asked(experiment)
    ]


def _training(experiment: Experiment, name: str, model: Model, demonstrations: str) -> Step:
    recipe = experiment.training
    known = isinstance(model.instructions, int)
    instructions = model.instructions if isinstance(model.instructions, int) else 0
    total = instructions + sum(counts(model.translations, instructions).values())
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


def _benchmark(choice: BenchmarkChoice, code: str, files: _Files, translated: Step | None) -> dict[str, Any]:
    """What an audit and an evaluation read; files that are made first are no arguments but an input."""
    if translated is not None:
        return predict.reading(choice.benchmark, code, [])
    named, golds = ([files.for_language(name, code) for name in names] for names in (choice.files, choice.golds))
    return predict.reading(choice.benchmark, code, named, golds)


def _made(translated: Step | None) -> dict[str, str]:
    return {} if translated is None else {published.ROLE: step_key(translated)}


def _audit(choice: BenchmarkChoice, code: str, files: _Files, translated: Step | None) -> Step:
    return Step(
        name="audit",
        version=audit.VERSION,
        function=audit.audit,
        arguments=_benchmark(choice, code, files, translated),
        inputs=_made(translated),
        title=f"audit {choice.title} ({code})",
    )


def _evaluation(
    experiment: Experiment,
    model: str,
    choice: BenchmarkChoice,
    code: str,
    adapter: str | None,
    files: _Files,
    translated: Step | None,
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
            **_benchmark(choice, code, files, translated),
            "name": choice.title,
            "items": choice.items,
            "max_new_tokens": choice.max_new_tokens or BENCHMARKS[choice.benchmark].max_new_tokens,
            "seed": experiment.seed,
            "decoding": experiment.evaluation.decoding,
            "served": served,
        },
        inputs=_made(translated) | ({} if adapter is None else {"adapter": adapter}),
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
