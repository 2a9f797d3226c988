"""The linter of numbers: whether a report, or the published paper, can be as it says.

A rule is a function that yields what it saw, and a line in `RULES`. Where the same law holds in both, the two functions
share it (`laws`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from crossalpaca.report.linter import arithmetic, naming, plausibility, statistics
from crossalpaca.report.linter.findings import Finding, Seen, Severity, markdown
from crossalpaca.report.linter.reading import ReportEntry, read_report
from crossalpaca.report.published import Published

__all__ = ["RULES", "Finding", "Rule", "lint_published", "lint_report", "markdown"]

OfReport = Callable[[ReportEntry], Iterator[Seen]]
OfPaper = Callable[[Published], Iterator[Seen]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule.

    Attributes:
        id: its name.
        severity: error, where a number cannot be; warning, where a person should look.
        describes: the law in one line.
        of_report, of_paper: what breaks it; None where there is nothing to ask.
    """

    id: str
    severity: Severity
    describes: str
    of_report: OfReport | None = None
    of_paper: OfPaper | None = None


RULES: Mapping[str, Rule] = {
    rule.id: rule
    for rule in (
        Rule("average", "error", "an average recomputes", arithmetic.averages, arithmetic.paper_averages),
        Rule("difference", "error", "a difference recomputes", arithmetic.differences, arithmetic.paper_differences),
        Rule("agreement", "error", "what is said twice is the same", arithmetic.agreement, arithmetic.paper_agreement),
        Rule("seeds", "error", "a value is the mean of its seeds", arithmetic.seeds),
        Rule("interval", "error", "an interval holds its value", statistics.interval),
        Rule("range", "error", "a value is one that its metric can have", statistics.in_range),
        Rule("counts", "error", "wins and losses are no more than items", statistics.counts),
        Rule("sound", "error", "sound items are some of all items", statistics.sound),
        Rule("mcnemar", "error", "McNemar's p follows from wins and losses", statistics.mcnemar),
        Rule("holm", "error", "adjusted p-values recompute", statistics.holm),
        Rule("names", "error", "models and metrics that are named exist", naming.names),
        Rule("signature", "error", "a signature is that of its number", naming.signature),
        Rule("provenance", "error", "every evaluation names its artefact", naming.provenance),
        Rule(
            "guessing",
            "warning",
            "no accuracy is below guessing",
            plausibility.guessing,
            plausibility.paper_guessing,
        ),
        Rule(
            "fine-tuned",
            "warning",
            "no zero-shot score is above a fine-tuned model's",
            of_paper=plausibility.fine_tuned,
        ),
    )
}


def lint_report(report: Mapping[str, Any]) -> list[Finding]:
    """What does not fit in the content of a `report.json`, rule by rule; errors before warnings.

    Raises:
        DataError: it is not a report; names the first place that is not as it should be.
    """
    read = read_report(report)
    asked = ((rule, rule.of_report(read)) for rule in RULES.values() if rule.of_report is not None)
    return [_finding(rule, seen) for rule, found in asked for seen in found]


def lint_published(published: Published) -> list[Finding]:
    """What does not fit in the paper's numbers, rule by rule; errors before warnings."""
    asked = ((rule, rule.of_paper(published)) for rule in RULES.values() if rule.of_paper is not None)
    return [_finding(rule, seen) for rule, found in asked for seen in found]


def _finding(rule: Rule, seen: Seen) -> Finding:
    return Finding(rule.id, rule.severity, seen.where, seen.says)
