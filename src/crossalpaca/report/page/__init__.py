"""The report as one HTML page that needs nothing else: no network and no other file."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from crossalpaca.benchmarks.audit import CHECKS
from crossalpaca.languages import language
from crossalpaca.report.page import making
from crossalpaca.report.page.comparisons import pairs
from crossalpaca.report.page.scores import score_tables, settings, signatures
from crossalpaca.report.table import (
    LABELS,
    comparison_rows,
    further_comparison_rows,
    in_order,
    number,
    result_rows,
    signed,
    task_rows,
)

if TYPE_CHECKING:
    from jinja2 import Template

TEMPLATE = "page.html.j2"


def render(report: Mapping[str, Any]) -> str:
    """The page of a report, as `collect` makes it; equal reports give equal pages."""
    return _template().render(_context(report))


@cache
def _template() -> Template:
    # Imported late: the command line imports this module and must not wait for it.
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("crossalpaca", "report/page/templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"number": number, "signed": signed, "language": _language, "count": _count, "tick": _tick}
    return environment.get_template(TEMPLATE)


def _language(code: str) -> str:
    return language(code).name


def _count(value: int) -> str:
    return f"{value:,}"


def _tick(value: float, unit: str) -> str:
    text = f"{value * 100:g}" if unit == "share" else f"{value:g}"
    return ("+" if value > 0 else "") + text.replace("-", "\u2212")


def _context(report: Mapping[str, Any]) -> dict[str, Any]:
    models: Mapping[str, Any] = report["models"]
    experiment: Mapping[str, Any] = report["experiment"]
    trained = {name: run["training"] for name, run in making.runs(report)}
    return {
        "experiment": experiment,
        "metrics": report["metrics"],
        "beside_english": experiment["languages"] != ["en"] and any(s["language"] == "en" for s in report["scores"]),
        "metric_order": in_order(dict.fromkeys(score["metric"] for score in report["scores"])),
        "labels": LABELS,
        "models": models,
        "made_from": {name: making.made_from(model) for name, model in models.items()},
        "deviations": [making.plain(deviation) for deviation in report["deviations"]],
        "pairs": pairs(report, comparison_rows(report)),
        "tables": score_tables(result_rows(report)),
        "task_tables": score_tables(task_rows(report)),
        "further_changes": further_comparison_rows(report),
        "demonstrations": list(making.demonstrations(report)),
        "leaks": list(making.leaks(report)),
        "over_cutoff": {name: making.over_cutoff(training) for name, training in trained.items()},
        "training": trained,
        "recipes": making.recipes(trained),
        "signatures": signatures(report["scores"]),
        "settings": settings(experiment["file"]),
        "versions": report["versions"],
        "audits": report["audits"],
        "windows": report["windows"],
        "checks": {check.id: check.description for check in CHECKS.values()},
        "provenance": report["provenance"],
    }
