"""Rules on names: what is named exists, and what is told of a number is told of this one."""

from __future__ import annotations

from collections.abc import Iterator

from crossalpaca.errors import nearest
from crossalpaca.report.linter.findings import Seen
from crossalpaca.report.linter.reading import ReportEntry, ScoreEntry

_ALWAYS = ("bench", "lang", "items", "n")
"""What every signature says."""


def names(report: ReportEntry) -> Iterator[Seen]:
    """Every model and metric that is named is described in the report."""
    for where, model in _named(report):
        if model not in report.models:
            yield Seen(where, f"the report has no model {model!r}{nearest(model, report.models)}")
    measured = [(score.where, score.metric) for score in report.scores]
    measured += [(difference.where, difference.metric) for difference in report.differences]
    for where, metric in measured:
        if metric not in report.metrics:
            yield Seen(where, f"the report describes no metric {metric!r}")


def _named(report: ReportEntry) -> Iterator[tuple[str, str]]:
    """Where a model is named, and which."""
    for pair in report.experiment.compare:
        yield from ((f"compare {pair[0]} with {pair[1]}", model) for model in pair)
    for each in (*report.scores, *report.differences, *report.probed):
        yield each.where, each.model
    for difference in report.differences:
        yield difference.where, difference.baseline


def signature(report: ReportEntry) -> Iterator[Seen]:
    """A signature is that of its number: metric, benchmark, language, task, items and how many."""
    for score in report.scores:
        metric, *parts = score.signature.split("|")
        told = {key: value for key, _, value in (part.partition(":") for part in parts)}
        for key, expected in _told(score):
            said = metric if key == "metric" else told.get(key)
            if said is None and key in _ALWAYS:
                yield Seen(score.where, f"the signature does not say {key}, which is {expected}")
            elif said is not None and said != expected:
                yield Seen(score.where, f"the signature says {key} {said}, the score {expected}")


def _told(score: ScoreEntry) -> tuple[tuple[str, str], ...]:
    return (
        ("metric", score.metric),
        ("bench", score.benchmark),
        ("task", score.task or "all"),
        ("lang", score.language),
        ("items", score.items),
        ("n", str(score.n)),
    )


def provenance(report: ReportEntry) -> Iterator[Seen]:
    """Every evaluation names the artefact that its scores are from, where a report says what it was made from."""
    if not report.provenance:
        return
    roles = {each.role for each in report.provenance if each.artefact}
    asked = dict.fromkeys((score.model, score.benchmark, score.language) for score in report.scores)
    for name, benchmark, language in asked:
        model = report.models.get(name)
        # With several seeds the role says which, except of a model that was not trained.
        by_seed = [f"{name}@{seed}" for seed in (model.seeds if model else ())]
        roles_of = {shown: f"evaluate/{shown}/{benchmark}/{language}" for shown in (name, *by_seed)}
        lacking = [shown for shown in by_seed or [name] if roles_of[shown] not in roles]
        if roles_of[name] not in roles and lacking:
            says = f"no artefact is named for what {', '.join(lacking)} answered"
            yield Seen(f"{name}, {benchmark} ({language})", says)
    for each in report.provenance:
        if not each.artefact:
            yield Seen(each.role, "names no artefact")
