"""The report as one HTML page that needs nothing else: no network and no other file.

Its policy allows the scripts and styles that are in it by their hashes, and nothing else: what a model answered cannot
run, whatever it holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from crossalpaca.benchmarks.audit import CHECKS
from crossalpaca.languages import language
from crossalpaca.report import linter
from crossalpaca.report.charts import CHARTS, embedding
from crossalpaca.report.explorer import Payload, Section, section
from crossalpaca.report.ladder import kept_and_dropped, ladder_table
from crossalpaca.report.legible import legible
from crossalpaca.report.page import making
from crossalpaca.report.page.comparisons import pairs
from crossalpaca.report.page.found import PROBES, with_and_without
from crossalpaca.report.page.scores import score_tables, settings, signatures
from crossalpaca.report.paper_tables import paper_tables
from crossalpaca.report.published import values
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


def render(report: Mapping[str, Any], items: Payload | None = None) -> str:
    """The page of a report, as `collect` makes it, with the explorer of its items; equal reports give equal pages."""
    report = legible(report)
    explorer = section(items) if items is not None and items.items else None
    return _template().render(_context(report) | _embedded(report, explorer))


def _embedded(report: Mapping[str, Any], explorer: Section | None) -> dict[str, Any]:
    """Charts, explorer, scripts and styles, and the policy that allows them."""
    from markupsafe import Markup

    # All of it is made here: texts of models are in it as data alone, which their makers have escaped.
    figures = embedding.figures(report, dict(values().items()))
    charts = {name: Markup(figures.get(name, "")) for name in CHARTS}  # noqa: S704
    styles = [_text("style.css")]
    scripts: list[str] = []
    if figures:
        styles.append(embedding.styles())
        scripts += [embedding.bundle(), embedding.init_script()]
    if explorer is not None:
        styles += explorer.styles
        scripts += explorer.scripts
    sources = {"script-src": embedding.csp_hashes(scripts), "style-src": embedding.csp_hashes(styles)}
    allowed = [f"{kind} {' '.join(found)}" for kind, found in sources.items() if found]
    return {
        "charts": charts,
        "explorer": None if explorer is None else Markup(explorer.html),  # noqa: S704
        "styles": [Markup(text) for text in styles],  # noqa: S704
        "scripts": [Markup(text) for text in scripts],  # noqa: S704
        "policy": "; ".join(["default-src 'none'", "img-src data:", *allowed]),
    }


def _text(name: str) -> str:
    return resources.files("crossalpaca.report.page").joinpath("templates", name).read_text(encoding="utf-8")


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
        "paper_tables": paper_tables(report),
        "ladder": ladder_table(report),
        "kept": with_and_without(kept_and_dropped(report)),
        "probes": [table for make in PROBES if (table := make(report)) is not None],
        "probing": report["probing"],
        "lint": linter.lint_report(report),
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
