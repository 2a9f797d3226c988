"""Rules on numbers that can be, but hardly are what they are called."""

from __future__ import annotations

from collections.abc import Iterator

from crossalpaca.benchmarks import BENCHMARKS
from crossalpaca.report.linter import laws
from crossalpaca.report.linter.findings import Seen
from crossalpaca.report.linter.laws import printed, shown, stored
from crossalpaca.report.linter.reading import ReportEntry
from crossalpaca.report.published import Published

_OF_FOUR = 1 / 4  # the form `choices` has four options


def paper_guessing(paper: Published) -> Iterator[Seen]:
    """No score of a model is below guessing."""
    for quantity in paper.quantities.values():
        if quantity.language and quantity.benchmark in paper.guessing:
            guess = paper.guessing[quantity.benchmark]
            yield from laws.above_guessing(printed(quantity), quantity.value, guess)


def guessing(report: ReportEntry) -> Iterator[Seen]:
    """No accuracy of generated letters is below guessing with its whole interval."""
    four = {name for name, benchmark in BENCHMARKS.items() if benchmark.form.name == "choices"}
    four |= {choice.name for choice in report.experiment.benchmarks if choice.name and choice.benchmark in four}
    for score in report.scores:
        if score.benchmark in four and (score.metric, score.task, score.items) == ("accuracy_generated", "", "all"):
            yield from laws.above_guessing(stored(score.where, score.value), score.interval[1], _OF_FOUR)


def fine_tuned(paper: Published) -> Iterator[Seen]:
    """A zero-shot score is not above a model that was fine-tuned for the benchmark.

    Asked of the paper alone, whose measure is not known; a report's measures are.
    """
    best = {(each.benchmark, each.language): each for each in paper.fine_tuned}
    for quantity in paper.quantities.values():
        reached = best.get((quantity.benchmark, quantity.language))
        if reached is not None and quantity.value > reached.value:
            number = printed(quantity)
            says = f"{number.text} zero-shot, {reached.model} has {shown(reached.value)}; is it exact match?"
            yield Seen(number.where, says)
