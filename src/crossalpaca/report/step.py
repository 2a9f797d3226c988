"""The step that writes an experiment's report."""

from __future__ import annotations

from crossalpaca.records import StepRun
from crossalpaca.report.collect import collect, read_voices
from crossalpaca.report.explorer import payload
from crossalpaca.report.legible import json_text
from crossalpaca.report.page import render

VERSION = 6
REPORT = "report.json"
PAGE = "report.html"


def write_report(run: StepRun) -> None:
    """Writes `report.json` and `report.html`; see `collect` for the arguments and inputs."""
    voices = read_voices(run.arguments, run.inputs)
    report = collect(run.arguments, run.inputs, voices)
    (run.output / REPORT).write_text(json_text(report), encoding="utf-8")
    (run.output / PAGE).write_text(render(report, payload(voices, report)), encoding="utf-8")
    run.log.info("%d scores, %d differences", len(report["scores"]), len(report["differences"]))
    run.progress(1, 1, "page", {})
