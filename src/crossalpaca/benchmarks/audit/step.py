"""The step that audits the files of a benchmark in one language, so that scores know which items to leave out."""

from __future__ import annotations

import json

from crossalpaca.benchmarks.audit import audited_benchmark
from crossalpaca.benchmarks.published import reading_of
from crossalpaca.languages import language
from crossalpaca.records import StepRun

VERSION = 1
AUDIT = "audit.json"


def audit(run: StepRun) -> None:
    """Writes `audit.json`: what `crossalpaca audit --json` says, and under `failing` the ids of items with an error.

    Arguments of the step: benchmark (id), language (code), files and golds (SourceFiles). Input: benchmark, where it is
    translated.

    Raises:
        InputError, DataError: as for `reading_of` and `read_tables`.
    """
    reading = reading_of(run.arguments, run.inputs)
    result = audited_benchmark(reading.benchmark, reading.files, language(run.arguments["language"]), reading.golds)
    content = result.to_json() | {"failing": sorted(result.failing)}
    (run.output / AUDIT).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    run.log.info("%d items, %d with an error", result.items, len(result.failing))
