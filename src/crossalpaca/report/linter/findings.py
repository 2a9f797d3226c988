"""What the linter found, and how it is shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One number that cannot be, or that a person should look at.

    Attributes:
        rule: id of the rule (see `RULES`).
        severity: error or warning.
        where: the place in the report or in the paper.
        says: what stands there, and what it should be or recomputes to.
    """

    rule: str
    severity: Severity
    where: str
    says: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What a rule saw: a place, and what stands there against what it should be."""

    where: str
    says: str


def markdown(findings: Sequence[Finding]) -> str:
    """The findings as a table in Markdown; a sentence where there is none."""
    return "\n".join(_lines(findings)) + "\n"


def _lines(findings: Sequence[Finding]) -> Iterator[str]:
    # Imported late: whoever only counts findings needs no templates.
    from crossalpaca.interoperability.markdown import Verbatim, cells

    if not findings:
        yield "Nothing found."
        return
    yield "| rule | severity | where | what it says |"
    yield "|---|---|---|---|"
    for found in findings:
        yield cells((Verbatim(f"`{found.rule}`"), found.severity, found.where, found.says))
