"""CrossAlpaca: fine-tune a language model across languages, and know what changed.

The command line is a thin layer over three names:

    from crossalpaca import Grid, plan, run
    grid = Grid.load("quickstart")
    report = run(grid, store="crossalpaca-store")

An `Experiment` is one cell of a grid: one language, backbone and seed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crossalpaca.version import __version__

__all__ = ["Experiment", "Grid", "__version__", "plan", "run"]

if TYPE_CHECKING:
    from crossalpaca.experiment import Experiment
    from crossalpaca.grid import Grid
    from crossalpaca.planning import plan
    from crossalpaca.runner import run


def __getattr__(name: str) -> Any:
    # Imported on first use: `crossalpaca --help` must not pay for the rest.
    from importlib import import_module

    homes = {"Experiment": "experiment", "Grid": "grid", "plan": "planning", "run": "runner"}
    if name in homes:
        return getattr(import_module(f"crossalpaca.{homes[name]}"), name)
    raise AttributeError(f"module 'crossalpaca' has no attribute {name!r}")
