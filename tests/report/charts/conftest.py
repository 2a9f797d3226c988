"""Made-up reports with something for every chart."""

from __future__ import annotations

from typing import Any

import pytest

import reports

LANGUAGES = ("de", "es", "zh-Hans")


@pytest.fixture(scope="session")
def whole_report() -> dict[str, Any]:
    """The main experiment, both ablations, probing and validation losses, in three languages at two seeds."""
    seeds = (42, 43)
    models = reports.alpacas(LANGUAGES, seeds=seeds)
    for code in LANGUAGES:
        models[f"{code}-few"] = reports.model([code], 12000, {"en-x": 1000, "x-en": 1000}, seeds=seeds)
        models[f"{code}-out"] = reports.model([code], 12000, {"en-x": 20000}, seeds=seeds)
        models[f"{code}-in"] = reports.model([code], 12000, {"x-en": 20000}, seeds=seeds)
        models[f"{code}-control"] = reports.model([code], 32000, seeds=seeds, control="as many instructions")
    compare = [(f"{code}-CrossAlpaca", f"{code}-Alpaca") for code in LANGUAGES]
    report = reports.report(models, languages=LANGUAGES, compare=compare)
    for described in report["models"].values():
        for run in described["runs"]:
            run["training"]["validation_losses"] = [{"step": 20, "loss": 2.0}, {"step": 60, "loss": 1.1}]
    return report


@pytest.fixture(scope="session")
def main_report() -> dict[str, Any]:
    """The main experiment alone, not probed."""
    compare = [(f"{code}-CrossAlpaca", f"{code}-Alpaca") for code in LANGUAGES]
    return reports.report(reports.alpacas(LANGUAGES), languages=LANGUAGES, compare=compare, probed=False)
