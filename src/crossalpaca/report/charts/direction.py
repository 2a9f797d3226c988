"""Chart: translation demonstrations out of English, into English, in both directions, and none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from crossalpaca.report.charts.chart import Chart, Published, Report, Spec
from crossalpaca.report.charts.dots import dots, step
from crossalpaca.report.charts.measures import (
    MAIN_SAYS,
    Row,
    by_measure,
    main_metrics,
    row,
    tooltip,
    values_of,
    whole_scores,
)
from crossalpaca.report.charts.panels import Panels
from crossalpaca.report.charts.sets import ModelSet, model_sets, set_labels

_TITLES = {"none": "none", "en-x": "out of English", "x-en": "into English", "both": "both directions"}
_FEWEST = 3  # of these, for a comparison


def _draw(report: Report, published: Published) -> Spec | None:
    sets = [each for each in model_sets(report) if len(each.directions()) >= _FEWEST]
    titles = _amounts(sets)
    rows = list(_rows(report, sets, titles))
    if not rows:
        return None
    series = [titles[which] for which in _TITLES if titles[which] in values_of(rows, "series")]
    labels = list(dict.fromkeys(set_labels(sets).values()))
    laid = Panels(values_of(rows, "panel"), labels, series)
    layers = dots(series, labels, tooltip("model", "language", "series", "measure"))
    return laid.finished(by_measure(laid.laid_out(layers, rows, height=step()), rows), DIRECTION.title)


def _rows(report: Report, sets: list[ModelSet], titles: Mapping[str, str]) -> Iterator[Row]:
    labels = set_labels(sets)
    main = main_metrics(report)
    for i, each in enumerate(sets):
        which = {name: direction for direction, name in each.directions().items()}
        for score in whole_scores(report):
            if score["model"] in which and score["language"] in each.languages:
                place = {"row": labels[i, score["language"]], "series": titles[which[score["model"]]], "source": "own"}
                yield row(report, score, main) | place


def _amounts(sets: list[ModelSet]) -> dict[str, str]:
    """The names of the directions, with the number of demonstrations where all languages have the same."""
    named = {}
    for which, title in _TITLES.items():
        chosen = [(each, each.directions()[which]) for each in sets if which in each.directions()]
        counts = {sum(each.models[name].values()) for each, name in chosen}
        named[which] = f"{title}, {counts.pop():,}" if which != "none" and len(counts) == 1 else title
    return named


DIRECTION = Chart(
    id="direction",
    title="Which direction of translation helps",
    caption="Models with equal instruction demonstrations and translation demonstrations of no, one or both "
    "directions; of several models with the same directions, the one with the most. Lines are 95% intervals. "
    + MAIN_SAYS,
    drawn=_draw,
)
