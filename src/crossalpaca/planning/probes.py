"""The steps that look inside a model: alignment by layer, and translation in both directions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from crossalpaca.experiment import Experiment
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
    yield (
        f"{ALIGNMENT}/{shown}/{code}",
        Step(
            name="align",
            version=align.VERSION,
            function=align.align,
            arguments=arguments | {"sentences": asked.sentences},
            inputs=inputs,
            title=f"align {shown} in English and {code}",
            size=f"{asked.sentences or 'all'} sentences",
        ),
    )
    if asked.translations:
        # One seed for all, so that every model is asked in the same words.
        seed = experiment.seed if experiment.evaluation.seed is None else experiment.evaluation.seed
        wording = experiment.models[model].wording
        own = {"model": model, "wording": wording, "seed": seed, "max_new_tokens": asked.max_new_tokens}
        yield (
            f"{TRANSLATION}/{shown}/{code}",
            Step(
                name="translate",
                version=translate.VERSION,
                function=translate.translate,
                arguments=arguments | own | {"sentences": asked.translations},
                inputs=inputs,
                title=f"let {shown} translate between English and {code}",
                size=f"{asked.translations} sentences each way",
            ),
        )
