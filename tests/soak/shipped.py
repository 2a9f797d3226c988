"""Shipped experiments with every number made small, so that a random backbone of two layers runs them in seconds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from crossalpaca.experiment_files import experiment_path

_RECIPE = {"batch": 8, "steps": 6, "learning_rate": 1e-2, "rank": 4, "row_tokens": 256, "checkpoint_every": 2}
_DECODING = {"precision": "fp32", "batch": 4, "too_long": "truncate-context"}


def small(name: str, backbone: Path, out: Path, *, languages: int) -> Path:
    """Writes the experiment to `out`: the models, benchmarks and comparisons of `name`, few demonstrations and items.

    Args:
        name: of the shipped experiment.
        backbone: folder of the model.
        out: the file.
        languages: how many of each benchmark's languages are kept.
    """
    text = experiment_path(name, Path()).read_text(encoding="utf-8")
    experiment: dict[str, Any] = yaml.safe_load(text) | {"backbone": str(backbone)}
    for model in experiment["models"].values():
        if model:
            model["instructions"] = 12
            model["translations"] = {direction: 6 for direction in model.get("translations", {})}
    experiment["training"] = _RECIPE | {"precision": "fp32"}
    experiment["evaluation"]["decoding"] = _DECODING
    for benchmark in experiment["evaluation"]["benchmarks"]:
        benchmark |= {"items": 8, "max_new_tokens": 4, "languages": benchmark["languages"][:languages]}
    out.write_text(yaml.safe_dump(experiment, sort_keys=False), encoding="utf-8")
    return out
