"""What an audit found, and the tally in which the checks write it down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crossalpaca.benchmarks.audit.checks import CHECKS, Severity
from crossalpaca.errors import printable


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with one item, or with a file.

    Attributes:
        check: id of the check (see `CHECKS`).
        severity: error or warning; mostly the check's own.
        item: the item's id, `task:number`, or `row NUMBER` where the file gives it no id of its own (rows are counted
            from 1, without the header); for a finding about a file, the file's name.
        detail: what was seen, in a few words.
    """

    check: str
    severity: Severity
    item: str
    detail: str


@dataclass(frozen=True, slots=True)
class Audit:
    """The result of an audit.

    Attributes:
        items: how many items the files hold.
        findings: everything that was found, in the order in which it was asked: file by file.
        asked: how many items each check was asked of: `label-changed` of those whose English gold is a label, say.
            A check that is not here was not asked at all, for want of an English file or because the form differs.
    """

    items: int
    findings: tuple[Finding, ...]
    asked: Mapping[str, int]

    @property
    def failing(self) -> frozenset[str]:
        """Items with at least one error: those to leave out of a score that is given without them."""
        errors = (finding for finding in self.findings if finding.severity == "error")
        return frozenset(finding.item for finding in errors if not CHECKS[finding.check].of_file)

    @property
    def sound(self) -> bool:
        """True if there is no error, of an item or of a file; warnings do not count."""
        return all(finding.severity != "error" for finding in self.findings)

    def found(self, check: str) -> tuple[Finding, ...]:
        """The findings of one check."""
        return tuple(finding for finding in self.findings if finding.check == check)

    def count(self, check: str) -> int:
        """How many findings a check has."""
        return len(self.found(check))

    def to_json(self) -> dict[str, Any]:
        """The result for machines: items, and for each check that found something its count, severity and items.

        `severity` is the gravest among the findings, `errors` how many are errors, `of` how many items were asked.
        """
        checks: dict[str, Any] = {}
        for check in CHECKS:
            if found := self.found(check):
                errors = sum(finding.severity == "error" for finding in found)
                checks[check] = {
                    "count": len(found),
                    "severity": "error" if errors else "warning",
                    "errors": errors,
                    "of": self.asked[check],
                    "items": [finding.item for finding in found],
                }
        return {"items": self.items, "asked": dict(self.asked), "checks": checks}


class Tally:
    """Collects the answers of checks, asked one item at a time."""

    def __init__(self) -> None:
        self._findings: list[Finding] = []
        self._asked: Counter[str] = Counter()

    def ask(self, check: str, item: str, wrong: str, severity: Severity | None = None) -> None:
        """Notes that a check was asked of an item: `wrong` is what was seen, or empty where all is well."""
        self._asked[check] += 1
        if wrong:
            self._findings.append(Finding(check, severity or CHECKS[check].severity, item, wrong))

    def audit(self, items: int) -> Audit:
        """The result."""
        asked = {check: self._asked[check] for check in CHECKS if check in self._asked}
        return Audit(items, tuple(self._findings), asked)


def shown(text: str, limit: int = 60) -> str:
    """A text quoted on one line for a detail, cut where it is long, invisible characters escaped."""
    cut = text if len(text) <= limit else text[: limit - 1] + "…"
    return f"'{printable(cut)}'"
