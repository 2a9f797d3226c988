"""The steps that make the demonstrations of a model, and that train it on them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from crossalpaca.demonstrations import build, union
from crossalpaca.demonstrations.mixture import counts
from crossalpaca.experiment import Experiment, Model
from crossalpaca.planning.benchmarks import asked, engine
from crossalpaca.planning.files import DataFiles
from crossalpaca.records import SourceFile, Step
from crossalpaca.store import step_key
from crossalpaca.training import finetune
from crossalpaca.translation import steps as translating


def translated_instructions(experiment: Experiment, files: DataFiles) -> Step | None:
    """The step that translates the instruction set; None where it is in the experiment's language."""
    data = experiment.data
    if data.translate is None or data.instructions is None or data.translate.source == experiment.language:
        return None
    file = files.for_language(data.instructions, data.translate.source)
    return Step(
        name="translate-instructions",
        version=translating.VERSION,
        function=translating.translate_instructions,
        arguments={"file": file, **engine(data.translate, experiment.language, files)},
        inputs={},
        title=f"translate instructions into {experiment.language}",
        size=data.translate.engine,
    )


def demonstrations(experiment: Experiment, shown: str, model: Model, files: DataFiles, translated: Step | None) -> Step:
    """The step that makes a model's demonstrations in the language of one experiment."""
    data = experiment.data
    own = model.instructions and data.instructions and translated is None
    instructions = files.for_language(data.instructions, experiment.language) if own and data.instructions else None
    bitext = list(_bitext(experiment, files)) if any(model.translations.values()) else []
    bitext = [] if model.control == "repeated" else bitext
    wanted = {direction: n for direction, n in model.translations.items() if n}
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
            "translations": wanted,
            "wording": model.wording,
            "control": model.control,
            "against": _against(experiment, files),
            "leaks": "report" if data.leaks == "none" else data.leaks,
            "filters": data.filters if bitext else {},
            "reading": {"broken": data.broken, "swapped": data.swapped, "first": data.first} if bitext else {},
            **({"spoken": data.language} if data.language and model.instructions else {}),
        },
        inputs={"instructions": step_key(translated)} if translated is not None and model.instructions else {},
        title=f"demonstrations for {shown}",
        size=_size(model, wanted),
    )


def _bitext(experiment: Experiment, files: DataFiles) -> Iterator[tuple[SourceFile, ...]]:
    for entry in experiment.data.bitext:
        parts = (entry,) if isinstance(entry, str) else entry
        yield tuple(files.for_language(part, experiment.language) for part in parts)


def _size(model: Model, wanted: Mapping[Any, int | str]) -> str:
    sizes = [f"{model.instructions} instructions"] if model.instructions else []
    sizes += [f"{n} {direction}" for direction, n in wanted.items()]
    return ", ".join([*sizes, model.control] if model.control else sizes)


def _against(experiment: Experiment, files: DataFiles) -> list[dict[str, Any]]:
    """What demonstrations must not hold: every benchmark that the experiment asks, in every language it asks it in."""
    if experiment.data.leaks == "none":
        return []
    places = [(choice, choice.translate.source if choice.translate else code) for choice, code in asked(experiment)]
    return [
        {
            "benchmark": choice.benchmark,
            "language": code,
            "files": [files.for_language(name, code) for name in choice.files],
        }
        for choice, code in places
    ]


def united(shown: str, parts: Mapping[str, Step], seed: int) -> Step:
    """The step that puts the demonstrations of several languages together, by code of the language."""
    return Step(
        name="unite",
        version=union.VERSION,
        function=union.unite,
        arguments={"languages": list(parts), "seed": seed},
        inputs={code: step_key(step) for code, step in parts.items()},
        title=f"demonstrations for {shown}, all languages",
        size=", ".join(parts),
    )


def training(experiment: Experiment, shown: str, model: Model, made: Step) -> Step:
    """The step that trains a model on its demonstrations."""
    recipe = experiment.training
    total = demonstration_count(model)
    known = isinstance(model.instructions, int)
    steps = f"{recipe.total_steps(total)} steps of {recipe.batch}"
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
        inputs={"demonstrations": step_key(made)},
        title=f"train {shown}",
        size=steps if known or recipe.steps else f"batches of {recipe.batch}",
    )


def demonstration_count(model: Model) -> int:
    """How many demonstrations a model is trained on, as far as the file says: "all" instructions count as none."""
    instructions = model.instructions if isinstance(model.instructions, int) else 0
    one = instructions + sum(counts(model.translations, instructions).values())
    return one * max(len(model.languages), 1)
