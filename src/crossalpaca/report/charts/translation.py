"""Chart: how well the models translate."""

from __future__ import annotations

from collections.abc import Iterator

from crossalpaca.languages import language
from crossalpaca.report.charts.chart import Chart, Published, Report, Spec
from crossalpaca.report.charts.dots import dots, step
from crossalpaca.report.charts.measures import Row, measured, tooltip, values_of
from crossalpaca.report.charts.panels import Panels
from crossalpaca.report.charts.series import backbone_suffix, in_order, labels, ordered_languages

_METRICS = {"chrf": "chrF", "bleu": "BLEU"}
_DIRECTIONS = {"en-x": "out of English", "x-en": "into English"}


def _draw(report: Report, published: Published) -> Spec | None:
    rows = list(_rows(report))
    if not rows:
        return None
    series = [label for label in in_order(report) if label in values_of(rows, "series")]
    names = [language(code).name for code in ordered_languages(report)]
    languages = [name for name in names if name in values_of(rows, "row")]
    laid = Panels(values_of(rows, "panel"), languages, series, columns=2)
    chart = laid.laid_out(dots(series, languages, tooltip("model", "row", "panel")), rows, height=step())
    return laid.finished(chart, TRANSLATION.title)


def _rows(report: Report) -> Iterator[Row]:
    entries = [] if report["probing"] is None else report["probing"]["translation"]
    names = labels(report)
    places = [(metric, direction) for metric in _METRICS for direction in _DIRECTIONS]
    codes = ordered_languages(report)[1:]  # English itself is not translated
    entries = [entry for entry in entries if entry["language"] in codes]
    for entry in sorted(entries, key=lambda entry: places.index((entry["metric"], entry["direction"]))):
        name = entry["model"]
        panel = f"{_METRICS[entry['metric']]}, {_DIRECTIONS[entry['direction']]}"
        yield measured(entry, "points", report["models"][name]["seeds"]) | {
            "panel": panel + backbone_suffix(report, name),
            "model": name,
            "series": names[name],
            "row": language(entry["language"]).name,
            "source": "own",
        }


TRANSLATION = Chart(
    id="translation",
    title="How well each model translates, out of English and into it",
    caption="chrF and BLEU of whole corpora, from 0 to 100, asked for as the translation demonstrations ask. Lines are "
    "95% intervals.",
    drawn=_draw,
)
