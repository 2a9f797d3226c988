"""Rules on numbers that follow from other numbers: averages, differences, and what is said twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from crossalpaca.report.linter import laws
from crossalpaca.report.linter.findings import Seen
from crossalpaca.report.linter.laws import Number, printed, stored
from crossalpaca.report.linter.reading import DifferenceEntry, Measured, ReportEntry, ScoreEntry
from crossalpaca.report.published import Published


def paper_averages(paper: Published) -> Iterator[Seen]:
    """A row that is an average recomputes, at the precision that is printed."""
    for quantity in paper.quantities.values():
        if quantity.average:
            parts = [printed(paper.quantities[key]) for key in quantity.average]
            yield from laws.average(printed(quantity), parts)


def averages(report: ReportEntry) -> Iterator[Seen]:
    """The score of a whole benchmark is the mean over the items of its tasks."""
    for whole, tasks in _wholes(report):
        items = [task.n for task in tasks]
        if min(*items, whole.n) < 1:
            continue  # for the rule on counts
        if sum(items) == whole.n:
            parts = [stored(task.where, task.value) for task in tasks]
            yield from laws.average(stored(whole.where, whole.value), parts, items)
        else:
            yield Seen(whole.where, f"n is {whole.n}, but its {len(tasks)} tasks have {sum(items)} items together")


def _wholes(report: ReportEntry) -> Iterator[tuple[ScoreEntry, Sequence[ScoreEntry]]]:
    """Scores of whole benchmarks, each with those of the tasks that are in it."""
    groups: dict[tuple[str, ...], dict[str, ScoreEntry]] = {}
    for score in report.scores:
        groups.setdefault((score.model, *score.place[:1], *score.place[2:]), {})[score.task] = score
    for group in groups.values():
        whole = group.get("")
        if whole is not None:
            out = _kept_out(whole.signature)
            tasks = [score for task, score in group.items() if task and task not in out]
            if tasks:
                yield whole, tasks


def _kept_out(signature: str) -> Sequence[str]:
    """Tasks that are in no average, since their translation is another task."""
    named = (part.removeprefix("kept-out:") for part in signature.split("|") if part.startswith("kept-out:"))
    return [task for names in named for task in names.split(",")]


def paper_differences(paper: Published) -> Iterator[Seen]:
    """What is called a difference of two values is their difference."""
    for quantity in paper.quantities.values():
        if quantity.difference:
            first, second = (printed(paper.quantities[key]) for key in quantity.difference)
            yield from laws.difference(printed(quantity), first, second)


def differences(report: ReportEntry) -> Iterator[Seen]:
    """A difference is that of its two scores; on fewer items, where prompts were skipped, it cannot be recomputed."""
    scores = {(score.model, *score.place): score for score in report.scores}
    for each in report.differences:
        first, second = (scores.get((name, *each.place)) for name in (each.model, each.baseline))
        if first is None or second is None:
            lacking = each.model if first is None else each.baseline
            yield Seen(each.where, f"a difference, but there is no score of {lacking} there")
        elif each.n == first.n == second.n:
            pair = [stored(score.where, score.value) for score in (first, second)]
            yield from laws.difference(stored(each.where, each.value), *pair)
        elif not (_fewer(report, each) and each.n <= min(first.n, second.n)):
            yield Seen(each.where, f"n is {each.n}, but the two scores are of {first.n} and {second.n} items")


def _fewer(report: ReportEntry, each: DifferenceEntry) -> bool:
    """True where one of the two skipped a prompt that was too long."""
    return any((name, each.benchmark, each.language) in report.skipping for name in (each.model, each.baseline))


def paper_agreement(paper: Published) -> Iterator[Seen]:
    """A number that is printed in two places is one number."""
    for quantity in paper.quantities.values():
        if quantity.same:
            yield from laws.agreement(printed(quantity), printed(paper.quantities[quantity.same]))


def agreement(report: ReportEntry) -> Iterator[Seen]:
    """What a report says twice is the same: entries that are repeated, and how many items the audit and scores have."""
    yield from _repeated({}, ((f"{each.model}|{each.place}", each.where, each) for each in report.scores))
    pairs: dict[str, Number] = {}
    yield from _repeated(pairs, ((f"{e.model}|{e.baseline}|{e.place}", e.where, e) for e in report.differences))
    for each in report.differences:
        turned = pairs.get(f"{each.baseline}|{each.model}|{each.place}")
        if turned is not None:
            yield from laws.agreement(stored(each.where, each.value), _negative(turned))
    yield from _audited(report)


def _repeated(known: dict[str, Number], entries: Iterator[tuple[str, str, Measured]]) -> Iterator[Seen]:
    for key, where, entry in entries:
        number = stored(where, entry.value)
        if key in known:
            yield from laws.agreement(number, known[key])
        known[key] = number


def _negative(number: Number) -> Number:
    return stored(number.where, -number.value)


def _audited(report: ReportEntry) -> Iterator[Seen]:
    """Exact match is asked of every item, so that its n is what the audit says was asked."""
    counted: Mapping[tuple[str, str, str], int] = {
        (audit.benchmark, audit.language, items): audit.asked - (len(audit.asked_failing) if items == "sound" else 0)
        for audit in report.audits
        for items in ("all", "sound")
    }
    uneven = {(benchmark, language) for _, benchmark, language in report.skipping}
    for score in report.scores:
        asked = counted.get((score.benchmark, score.language, score.items))
        whole = score.metric == "exact_match" and not score.task and not _kept_out(score.signature)
        if whole and asked is not None and (score.benchmark, score.language) not in uneven and asked != score.n:
            yield Seen(score.where, f"n is {score.n}, but the audit says {asked} items were asked")


def seeds(report: ReportEntry) -> Iterator[Seen]:
    """A value is the mean of its seeds, and a score has one for each seed of its model."""
    for each in (*report.scores, *report.differences, *report.probed):
        if each.by_seed:
            parts = [stored(each.where, value) for value in each.by_seed]
            yield from laws.average(stored(each.where, each.value), parts)
    for score in report.scores:
        model = report.models.get(score.model)
        if model is not None and model.seeds and score.by_seed and len(score.by_seed) != len(model.seeds):
            yield Seen(score.where, f"{len(score.by_seed)} values by seed, but the model has {len(model.seeds)} seeds")
