"""Scores of predictions, and paired comparisons of two models on the same items."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from crossalpaca.errors import DataError
from crossalpaca.evaluation.answered import Answered
from crossalpaca.evaluation.intervals import RESAMPLES, estimate
from crossalpaca.evaluation.metrics import Metric
from crossalpaca.evaluation.significance import holm, paired_test
from crossalpaca.records import Score
from crossalpaca.version import __version__


@dataclass(frozen=True, slots=True)
class Difference:
    """A paired difference of two models on the same items: `model` minus `baseline`.

    Attributes:
        value: mean difference, in the metric's unit.
        interval: 95% interval, clustered by passage.
        wins, losses: items on which `model` is better, and worse.
        p, test: two-sided p-value and the test it is from (see `significance.paired_test`).
        p_holm: the same adjusted by Holm over the benchmarks and languages of a comparison; None for single tasks.
    """

    model: str
    baseline: str
    benchmark: str
    task: str
    language: str
    metric: str
    value: float
    n: int
    interval: tuple[float, float]
    wins: int
    losses: int
    p: float
    test: str
    p_holm: float | None = None


def scores(answered: Answered, seed: int) -> Iterator[Score]:
    """Every metric that applies, over all items and by task."""
    for part in answered.by_task():
        first = part.examples[0]
        for metric in part.metrics:
            found = estimate(part.values(metric), part.clusters, seed)
            yield Score(
                model=part.model,
                benchmark=first.benchmark,
                task=part.task,
                language=first.language,
                metric=metric.id,
                value=found.value,
                n=found.items,
                interval=found.interval,
                signature=signature(part, metric, found.clusters, seed),
            )


def signature(answered: Answered, metric: Metric, clusters: int, seed: int) -> str:
    """Every choice behind a number, in the way of sacreBLEU."""
    first = answered.examples[0]
    parts = (
        metric.id,
        f"bench:{first.benchmark}",
        f"task:{answered.task or 'all'}",
        f"lang:{first.language}",
        f"n:{len(answered.examples)}",
        f"clusters:{clusters}",
        "shots:0",
        f"prompt:{answered.template}",
        f"decode:{answered.decoding}",
        f"ci:bootstrap{RESAMPLES}/seed{seed}",
        f"v:{__version__}",
    )
    return "|".join(parts)


def differences(model: Answered, baseline: Answered, seed: int) -> Iterator[Difference]:
    """Paired differences, every metric, over all items and by task.

    Raises:
        DataError: the two answered different items; names the first few.
    """
    items, others = [e.id for e in model.examples], [e.id for e in baseline.examples]
    places = [f"{part.examples[0].benchmark} ({part.examples[0].language})" for part in (model, baseline)]
    if places[0] != places[1]:
        raise DataError(f"{model.model} answered {places[0]}, {baseline.model} {places[1]}: they cannot be compared")
    if items != others:
        odd = sorted(set(items) ^ set(others))[:3] or ["the order"]
        raise DataError(f"{model.model} and {baseline.model} did not answer the same items: {', '.join(odd)}")
    for part, other in zip(model.by_task(), baseline.by_task(), strict=True):
        first = part.examples[0]
        clusters = part.clusters
        for metric in part.metrics:
            gaps = [a - b for a, b in zip(part.values(metric), other.values(metric), strict=True)]
            found = estimate(gaps, clusters, seed)
            p, test = paired_test(gaps, clusters, seed)
            better = gaps if metric.higher_is_better else [-gap for gap in gaps]
            yield Difference(
                model=part.model,
                baseline=other.model,
                benchmark=first.benchmark,
                task=part.task,
                language=first.language,
                metric=metric.id,
                value=found.value,
                n=found.items,
                interval=found.interval,
                wins=sum(gap > 0 for gap in better),
                losses=sum(gap < 0 for gap in better),
                p=p,
                test=test,
            )


def adjusted(found: Sequence[Difference]) -> list[Difference]:
    """Differences of one pair of models, with `p_holm` for those over whole benchmarks: a family is one metric over all
    benchmarks and languages."""
    families: dict[str, list[int]] = {}
    whole: set[tuple[str, str, str]] = set()
    for place, difference in enumerate(found):
        # The first difference of a benchmark, language and metric is the one over all items.
        key = (difference.benchmark, difference.language, difference.metric)
        if key not in whole:
            whole.add(key)
            families.setdefault(difference.metric, []).append(place)
    corrected = list(found)
    for places in families.values():
        for place, p in zip(places, holm([found[place].p for place in places]), strict=True):
            corrected[place] = replace(found[place], p_holm=p)
    return corrected


def changed_items(model: Answered, baseline: Answered, metric: Metric) -> dict[str, list[dict[str, str]]]:
    """The items that `model` wins and loses by a metric, with both answers and the first reference."""
    changed: dict[str, list[dict[str, str]]] = {"won": [], "lost": []}
    gaps = zip(model.values(metric), baseline.values(metric), strict=True)
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
