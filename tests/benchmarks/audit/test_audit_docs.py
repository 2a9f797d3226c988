"""The page of the audit names every check as the code does: its form, its severity, and whether it needs English."""

from __future__ import annotations

import re
from collections.abc import Iterator

from release_counts import DOCS

from crossalpaca.benchmarks.audit import CHECKS

SECTIONS = {
    "Every benchmark": "any",
    "Extractive questions": "extractive",
    "Four-choice questions": "choices",
    "Reasoning tasks": "reasoning",
}
ROW = re.compile(r"\| `([\w-]+)` \| (error|warning) \| (yes)? *\| \S")


def documented() -> Iterator[tuple[str, str, str, bool]]:
    section = ""
    for line in DOCS.read_text(encoding="utf-8").split("\n"):
        if line.startswith("#"):
            section = SECTIONS.get(line.lstrip("# "), "")
        if section and (row := ROW.match(line)):
            yield row[1], section, row[2], row[3] is not None


def test_every_check_is_documented_as_it_is() -> None:
    known = [(check.id, check.form, check.severity, check.compares) for check in CHECKS.values()]
    assert sorted(documented()) == sorted(known)
