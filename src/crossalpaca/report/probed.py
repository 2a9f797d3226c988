"""What the probes of an experiment found, for its report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from crossalpaca.probing.findings import Probe, collect

ALIGNMENT, TRANSLATION = "align", "probe-translation"
"""First parts of the roles that probes have in a report: `align/SHOWN/LANGUAGE`."""


def probed(
    arguments: Mapping[str, Any], inputs: Mapping[str, Path], differences: Sequence[Mapping[str, Any]]
) -> dict[str, Any] | None:
    """The report's `probing`; None where nothing was probed. For the arguments see `report.collect`."""
    experiment = arguments["experiment"]
    probes = [
        probe
        for name, model in arguments["models"].items()
        for code in experiment["languages"]
        if (probe := _probe(name, [run["shown"] for run in model["runs"]] or [name], code, inputs)) is not None
    ]
    pairs = [(model, baseline) for model, baseline in experiment["compare"]]
    return dict(collect(probes, pairs, differences, arguments["seed"])) if probes else None


def _probe(name: str, shown: Sequence[str], code: str, inputs: Mapping[str, Path]) -> Probe | None:
    """The probes of a model in a language, a folder a seed; None where it was not probed in it."""
    alignment, translation = (
        [inputs[role] for each in shown if (role := f"{kind}/{each}/{code}") in inputs]
        for kind in (ALIGNMENT, TRANSLATION)
    )
    return Probe(name, code, alignment, translation) if alignment else None
