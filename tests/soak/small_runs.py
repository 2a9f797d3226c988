"""Shipped experiments with every number made small, and what a run leaves behind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from crossalpaca.experiment_files import experiment_path
from crossalpaca.store import file_sha256

_RECIPE = {"batch": 8, "steps": 6, "learning_rate": 1e-2, "rank": 4, "row_tokens": 256, "checkpoint_every": 2}
_PASSING = ("seconds", "finished", "commit")
_DECODING = {"precision": "fp32", "batch": 4, "too_long": "truncate-context"}


def small(name: str, backbone: Path, out: Path, *, languages: int) -> Path:
    """Writes an experiment that a random backbone of two layers runs in seconds to `out`: the models, benchmarks and
    comparisons of a shipped one, with few demonstrations and items.

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
            model["translations"] = dict.fromkeys(model.get("translations", {}), 6)
    experiment["training"] = _RECIPE | {"precision": "fp32"}
    experiment["evaluation"]["decoding"] = _DECODING
    for benchmark in experiment["evaluation"]["benchmarks"]:
        benchmark |= {"items": 8, "max_new_tokens": 4, "languages": benchmark["languages"][:languages]}
    if "probing" in experiment:
        experiment["probing"] |= {"sentences": 16, "translations": 4}
    out.write_text(yaml.safe_dump(experiment, sort_keys=False), encoding="utf-8")
    return out


def hashes(store: Path) -> dict[str, str]:
    """Every file of artefacts and reports by its hash; a manifest by what in it tells neither the time nor the commit
    that the code is of, which may be another one in the midst of long tests."""
    found: dict[str, str] = {}
    for path in sorted(path for kind in ("artefacts", "reports") for path in (store / kind).rglob("*")):
        if path.name == "manifest.json":
            manifest = json.loads(path.read_bytes())
            timeless = {key: value for key, value in manifest.items() if key not in _PASSING}
            found[str(path.relative_to(store))] = json.dumps(timeless)
        elif path.is_file():
            found[str(path.relative_to(store))] = file_sha256(path)
    return found
