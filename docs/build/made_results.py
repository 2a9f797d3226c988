"""Results that are committed with the code: reports of experiments, and how long their steps took."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from crossalpaca.interoperability.markdown import cells, text
from crossalpaca.report.compact import markdown


def results(folder: Path) -> str:
    """A section for each `NAME/report.json`, with the compact tables of the report."""
    reports = (json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*/report.json")))
    return "\n\n".join("\n".join(_section(report)) for report in reports)


def _section(report: Mapping[str, Any]) -> Iterator[str]:
    experiment = report["experiment"]
    yield f"## {text(experiment['name'])}"
    yield ""
    backbones = ", ".join(text(backbone["id"]) for backbone in experiment["backbones"])
    spoken, seeds = ", ".join(experiment["languages"]), ", ".join(map(str, experiment["seeds"]))
    yield f"Languages: {text(spoken)}. Backbone: {backbones}. Seeds: {seeds}."
    yield ""
    yield markdown(report)
    if report["deviations"]:
        yield "What was done otherwise than asked:"
        yield ""
        yield from (f"- {text(deviation)}" for deviation in report["deviations"])


def steps(path: Path) -> str:
    """The steps of a run, the longest first, with their seconds; nothing where the file is absent."""
    if not path.is_file():
        return ""
    taken = json.loads(path.read_text(encoding="utf-8"))
    total = sum(step["seconds"] for step in taken)
    longest = sorted(taken, key=lambda step: -step["seconds"])
    rows = [cells([step["title"], f"{step['seconds']:.1f}"]) for step in longest if step["seconds"] >= 1]
    said = f"Its {len(taken)} steps took {total / 60:.1f} minutes in all; those of a second and more:"
    return "\n".join([said, "", "| step | seconds |", "|---|---:|", *rows])
