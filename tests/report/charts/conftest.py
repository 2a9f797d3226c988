"""Made-up reports with something for every chart."""

from __future__ import annotations

from typing import Any

import pytest

import reports
import whole_report as made_up
from whole_report import LANGUAGES


@pytest.fixture(scope="session")
def whole_report() -> dict[str, Any]:
    """The main experiment, both ablations, probing and validation losses, in three languages at two seeds."""
    return made_up.whole_report()


@pytest.fixture(scope="session")
def main_report() -> dict[str, Any]:
    """The main experiment alone, not probed."""
    compare = [(f"{code}-CrossAlpaca", f"{code}-Alpaca") for code in LANGUAGES]
    return reports.report(reports.alpacas(LANGUAGES), languages=LANGUAGES, compare=compare, probed=False)
