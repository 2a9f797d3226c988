"""The steps that look inside a model: alignment by layer, and translation in both directions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from crossalpaca.experiment import Experiment, Probing
from crossalpaca.planning.files import DataFiles
from crossalpaca.probing import align, translate
from crossalpaca.records import Step
from crossalpaca.report.probed import ALIGNMENT, TRANSLATION


def probes(
    experiment: Experiment, model: str, shown: str, adapter: str | None, files: DataFiles
) -> Iterator[tuple[str, Step]]:
    """Role in the report and step of each probe of a model; `adapter` is the key of its training."""
    asked, code = experiment.probing, experiment.language
    if asked is None or code == "en":
        return
    arguments: dict[str, Any] = {
        "backbone": experiment.resolved_backbone,
        "template": experiment.template,
        "files": [files.for_language(name, code) for name in asked.files],
        "language": code,
        "decoding": experiment.evaluation.decoding,
    }
    inputs = {} if adapter is None else {"adapter": adapter}
    yield f"{ALIGNMENT}/{shown}/{code}", _alignment(asked, shown, arguments, inputs)
    if asked.translations:
        # One seed for all, so that every model is asked in the same words.
        seed = experiment.seed if experiment.evaluation.seed is None else experiment.evaluation.seed
        arguments |= {"model": model, "wording": experiment.models[model].wording, "seed": seed}
        yield f"{TRANSLATION}/{shown}/{code}", _translation(asked, shown, arguments, inputs)


def _alignment(asked: Probing, shown: str, arguments: Mapping[str, Any], inputs: Mapping[str, str]) -> Step:
    return Step(
        name="align",
        version=align.VERSION,
        function=align.align,
        arguments={**arguments, "sentences": asked.sentences},
        inputs=inputs,
        title=f"align {shown} in English and {arguments['language']}",
        size=f"{asked.sentences or 'all'} sentences",
    )


def _translation(asked: Probing, shown: str, arguments: Mapping[str, Any], inputs: Mapping[str, str]) -> Step:
    return Step(
        name="translate",
        version=translate.VERSION,
        function=translate.translate,
        arguments={**arguments, "sentences": asked.translations, "max_new_tokens": asked.max_new_tokens},
        inputs=inputs,
        title=f"let {shown} translate between English and {arguments['language']}",
        size=f"{asked.translations} sentences each way",
    )
