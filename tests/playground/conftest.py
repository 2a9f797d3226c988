"""A tiny run, and its models in memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from crossalpaca.playground.answering import Ensemble
from crossalpaca.playground.lineup import lineup
from tiny_run import tiny_run


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the report of a run with `base`, `it-Alpaca` and `it-CrossAlpaca`."""
    return tiny_run(tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="session")
def ensemble(run: Path) -> Ensemble:
    """The models of that run."""
    return Ensemble(lineup([run]).candidates, "fp32")
