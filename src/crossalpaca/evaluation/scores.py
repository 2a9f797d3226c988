"""Scores of predictions, and paired comparisons of two models on the same items."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from crossalpaca.errors import DataError
from crossalpaca.evaluation.answered import Answered
from crossalpaca.evaluation.intervals import RESAMPLES, estimate
from crossalpaca.evaluation.metrics import METRICS, Metric
from crossalpaca.evaluation.significance import holm, paired_test
from crossalpaca.records import Items, Score
from crossalpaca.version import __version__


@dataclass(frozen=True, slots=True)
class Difference:
    """A paired difference of two models on the same items: `model` minus `baseline`.

    Attributes:
        items: over all items, or over those without an error in the benchmark's audit.
        value: mean difference, in the metric's unit.
        interval: 95% interval, clustered by passage, and over seeds where there are several.
        wins, losses: items on which `model` is better, and worse; over seeds, on average.
        p, test: two-sided p-value and the test it is from (see `significance.paired_test`); it tells of other items,
            with the seeds that were run.
        by_seed: the mean difference of each seed, in order.
        p_holm: the same adjusted by Holm over all differences read together; None for single tasks.
    """

    model: str
    baseline: str
    benchmark: str
    task: str
    language: str
    metric: str
    items: Items
    value: float
    n: int
    interval: tuple[float, float]
    wins: int
    losses: int
    p: float
    test: str
    by_seed: tuple[float, ...]
    p_holm: float | None = None


def scores(answered: Answered, seed: int) -> Iterator[Score]:
    """Every metric, over all items and by task, with and without the items that fail the audit.

    A metric is over the items that it applies to; where there is none, it has no score.
    """
    for measured in _measured(answered, answered.likelihoods):
        part = measured.answered
        first = part.examples[0]
        values = part.values(measured.metric)
        found = estimate(values, part.clusters, seed)
        yield Score(
            model=part.model,
            benchmark=first.benchmark,
            task=measured.task,
            language=first.language,
            metric=measured.metric.id,
            items=measured.items,
            value=found.value,
            n=found.items,
            interval=found.interval,
            by_seed=tuple(map(fmean, values)),
            signature=signature(measured, found.clusters, seed),
        )


@dataclass(frozen=True, slots=True)
class Measured:
    """The items that one metric is measured on, and which part of the whole they are."""

    answered: Answered
    metric: Metric
    task: str
    items: Items


def _measured(answered: Answered, likelihoods: bool) -> Iterator[Measured]:
    """Every part and metric, those made from likelihoods only where there are any."""
    metrics = [metric for metric in METRICS.values() if likelihoods or not metric.likelihoods]
    for task, part in answered.by_task().items():
        chosen: dict[Items, Answered | None] = {"all": part, "sound": part.sound()}
        for items, kept in chosen.items():
            for metric in metrics:
                measured = kept.where(metric.applies) if kept is not None else None
                if measured is not None:
                    yield Measured(measured, metric, task, items)


def signature(measured: Measured, clusters: int, seed: int) -> str:
    """Every choice behind a number, in the way of sacreBLEU."""
    answered = measured.answered
    first = answered.examples[0]
    parts = (
        measured.metric.id,
        f"bench:{first.benchmark}",
        f"task:{measured.task or 'all'}",
        f"lang:{first.language}",
        f"items:{measured.items}",
        f"golds:{answered.golds}",
        *([f"kept-out:{','.join(sorted(answered.kept_out))}"] if answered.kept_out and not measured.task else []),
        f"n:{len(answered.examples)}",
        f"clusters:{clusters}",
        *([f"seeds:{len(answered.runs)}"] if answered.repeats else []),
        f"window:{_window(answered)}",
        "shots:0",
        f"prompt:{answered.template}",
        f"decode:{answered.decoding}",
        f"ci:bootstrap{RESAMPLES}/seed{seed}",
        f"v:{__version__}",
    )
    return "|".join(parts)


def _window(answered: Answered) -> str:
    """What the window did to the prompts: how many were cut, lost their gold by it, or were not asked."""
    counts = (f"{fit}{answered.fits(fit)}" for fit in ("cut", "gold-lost") if answered.fits(fit))
    skipped = (f"skipped{len(answered.skipped)}" for _ in range(bool(answered.skipped)))
    return ",".join((*counts, *skipped)) or "whole"


def differences(model: Answered, baseline: Answered, seed: int) -> Iterator[Difference]:
    """Paired differences, every metric, over all items and by task, with and without the items that fail the audit.

    What one of the two skipped, since its prompt was too long, is left out of both.

    Raises:
        DataError: the two answered different items; names the first few.
    """
    model, baseline = _asked_too(model, baseline), _asked_too(baseline, model)
    items, others = [e.id for e in model.examples], [e.id for e in baseline.examples]
    places = [f"{part.examples[0].benchmark} ({part.examples[0].language})" for part in (model, baseline)]
    if places[0] != places[1]:
        raise DataError(f"{model.model} answered {places[0]}, {baseline.model} {places[1]}: they cannot be compared")
    if items != others:
        odd = sorted(set(items) ^ set(others))[:3] or ["the order"]
        raise DataError(f"{model.model} and {baseline.model} did not answer the same items: {', '.join(odd)}")
    both = model.likelihoods and baseline.likelihoods
    for measured, other in zip(_measured(model, both), _measured(baseline, both), strict=True):
        yield _difference(measured, other.answered, seed)


def _asked_too(answered: Answered, other: Answered) -> Answered:
    """The items that the other did not skip, with the skipped ones of both noted."""
    kept = answered.where(lambda example: example.id not in other.skipped)
    if kept is None:
        raise DataError(f"{answered.model} and {other.model} answered no item in common: the rest was skipped")
    return replace(kept, skipped=answered.skipped | other.skipped)


def _difference(measured: Measured, baseline: Answered, seed: int) -> Difference:
    part, metric = measured.answered, measured.metric
    runs = _gaps(part.values(metric), baseline.values(metric))
    found = estimate(runs, part.clusters, seed)
    gaps = [fmean(each) for each in zip(*runs, strict=True)]
    p, test = paired_test(gaps, part.clusters, seed)
    better = gaps if metric.higher_is_better else [-gap for gap in gaps]
    return Difference(
        model=part.model,
        baseline=baseline.model,
        benchmark=part.examples[0].benchmark,
        task=measured.task,
        language=part.examples[0].language,
        metric=metric.id,
        items=measured.items,
        value=found.value,
        n=found.items,
        interval=found.interval,
        wins=sum(gap > 0 for gap in better),
        losses=sum(gap < 0 for gap in better),
        p=p,
        test=test,
        by_seed=tuple(map(fmean, runs)),
    )


def _gaps(values: Sequence[Sequence[float]], others: Sequence[Sequence[float]]) -> list[list[float]]:
    """Differences of each item, a list a seed: seed by seed, or all of them to a model that has but one."""
    if 1 not in (len(values), len(others)) and len(values) != len(others):
        raise DataError(
            f"{len(values)} seeds of one model and {len(others)} of the other; evaluate the same seeds of both"
        )
    runs = max(len(values), len(others))
    pairs = zip([*values] * (runs // len(values)), [*others] * (runs // len(others)), strict=True)
    return [[a - b for a, b in zip(own, other, strict=True)] for own, other in pairs]


def adjusted(found: Sequence[Difference]) -> list[Difference]:
    """Differences that are read together, with `p_holm` for those over whole benchmarks: a family is one metric over
    all pairs of models, benchmarks and languages."""
    tasks: dict[tuple[str, ...], set[str]] = {}
    for each in found:
        tasks.setdefault(_compared(each), set()).add(each.task)
    families: dict[tuple[str, Items], list[int]] = {}
    for place, each in enumerate(found):
        if not each.task or len(tasks[_compared(each)]) == 1:  # the whole; see `Answered.by_task`
            families.setdefault((each.metric, each.items), []).append(place)
    corrected = list(found)
    for places in families.values():
        for place, p in zip(places, holm([found[place].p for place in places]), strict=True):
            corrected[place] = replace(found[place], p_holm=p)
    return corrected


def _compared(each: Difference) -> tuple[str, ...]:
    return each.model, each.baseline, each.benchmark, each.language


def changed_items(model: Answered, baseline: Answered, metric: Metric) -> dict[str, list[dict[str, str]]]:
    """The items that `model` wins and loses by a metric, with both answers and the first reference."""
    changed: dict[str, list[dict[str, str]]] = {"won": [], "lost": []}
    gaps = zip(model.values(metric)[0], baseline.values(metric)[0], strict=True)
    for place, (own, other) in enumerate(gaps):
        if own != other:
            example = model.examples[place]
            item = {
                "example": example.id,
                "model": model.predictions[place].completion,
                "baseline": baseline.predictions[place].completion,
                "gold": example.references[0],
            }
            changed["won" if own > other else "lost"].append(item)
    return changed
