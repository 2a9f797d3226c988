"""The step that audits the files of a benchmark in one language, so that scores know which items to leave out."""

from __future__ import annotations

import json
from collections.abc import Sequence

from crossalpaca.benchmarks import BENCHMARKS
from crossalpaca.benchmarks.audit import audited_benchmark
from crossalpaca.languages import language
from crossalpaca.records import SourceFile, StepRun

VERSION = 1
AUDIT = "audit.json"


def audit(run: StepRun) -> None:
    """Writes `audit.json`: what `crossalpaca audit --json` says, and under `failing` the ids of items with an error.

    Arguments of the step: benchmark (id), language (code), files and golds (SourceFiles).

    Raises:
        DataError: the benchmark cannot be read.
    """
    arguments = run.arguments
    files: Sequence[SourceFile] = arguments["files"]
    golds: Sequence[SourceFile] = arguments["golds"]
    result = audited_benchmark(
        BENCHMARKS[arguments["benchmark"]],
        [file.path for file in files],
        language(arguments["language"]),
        [file.path for file in golds],
    )
    content = result.to_json() | {"failing": sorted(result.failing)}
    (run.output / AUDIT).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    run.log.info("%d items, %d with an error", result.items, len(result.failing))
