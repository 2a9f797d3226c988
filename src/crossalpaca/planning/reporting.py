"""The step that writes the report, and what it is told of the experiment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from crossalpaca.decoding.requests import decoding_signature
from crossalpaca.experiment import Experiment
from crossalpaca.grid import Grid
from crossalpaca.planning.benchmarks import Evaluated
from crossalpaca.planning.walk import Planned
from crossalpaca.records import Step
from crossalpaca.report import step as report


def reporting(grid: Grid, planned: Planned) -> Step:
    """The step that makes the report of a whole grid from all that is planned."""
    evaluations = [_evaluation(role, each) for role, each in planned.evaluations.items()]
    return Step(
        name="report",
        version=report.VERSION,
        function=report.write_report,
        arguments={
            "experiment": {
                "name": grid.name,
                "languages": grid.languages,
                "seeds": grid.seeds,
                "backbones": [_backbone(cell) for cell in _one_of_each_backbone(grid)],
                "prompt": grid.cells[0].prompt,
                "template": grid.cells[0].template.signature,
                "compare": [list(pair) for pair in grid.compare],
                "file": grid.file,
            },
            "models": {name: _model(name, cells, planned) for name, cells in grid.models.items()},
            "evaluations": evaluations,
            "seed": grid.seeds[0],
        },
        inputs=planned.roles,
        title=f"report {grid.name}",
        size=f"{len(evaluations)} evaluations",
    )


def _evaluation(role: str, evaluated: Evaluated) -> dict[str, Any]:
    evaluation = evaluated.cell.evaluation
    served = evaluation.serving(evaluated.model) is not None
    return {
        "role": role,
        "model": evaluated.model,
        "shown": evaluated.shown,
        "name": evaluated.choice.title,
        "language": evaluated.language,
        "template": evaluated.cell.template.signature,
        "decoding": decoding_signature(evaluation.decoding.precision, served=served),
        "golds": "by-row" if evaluated.choice.golds else "own",
    }


def _model(name: str, cells: Sequence[Experiment], planned: Planned) -> dict[str, Any]:
    """What a model is made from, and its runs: one for each seed, where it is trained."""
    model = cells[0].models[name]
    runs = {cell.seed: planned.shown(cell, name, model) for cell in cells} if model.trained else {}
    return {
        "languages": list(model.languages or dict.fromkeys(cell.language for cell in cells)) if model.trained else [],
        "backbone": cells[0].resolved_backbone.id,
        "settings": {
            "instructions": model.instructions,
            "translations": {direction: n for direction, n in model.translations.items() if n},
            "wording": model.wording,
            "control": model.control,
        },
        "trained": model.trained,
        "runs": [{"seed": seed, "shown": shown} for seed, shown in runs.items()],
    }


def _one_of_each_backbone(grid: Grid) -> list[Experiment]:
    return list({cell.resolved_backbone.identity: cell for cell in grid.cells}.values())


def _backbone(cell: Experiment) -> dict[str, str]:
    backbone = cell.resolved_backbone
    return {key: getattr(backbone, key) for key in ("id", "revision", "licence", "note")}
