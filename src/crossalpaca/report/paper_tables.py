"""The paper's tables from a report: every model on its own language, averages recomputed, published values beside.

Models are told apart by what they were trained on, never by their names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import fmean
from typing import Any, Literal

from crossalpaca.errors import InputError, nearest
from crossalpaca.report.published import values as published_values
from crossalpaca.report.table import Interval, Report

Kind = Literal["base", "Alpaca", "CrossAlpaca", "control", "other"]

TITLES: Mapping[Kind, str] = {
    "base": "untrained",
    "Alpaca": "x-Alpaca",
    "CrossAlpaca": "x-CrossAlpaca",
    "control": "controls",
    "other": "further models",
}
"""Kinds in the order of rows. An x-Alpaca is trained on one language's instructions, an x-CrossAlpaca on these and on
translations in both directions. Of several for one language, that with the most demonstrations is meant; the others,
models of several languages and other mixtures are further models."""

SIGNIFICANT = 0.05
"""The level of p-values adjusted by Holm."""

_AVERAGED = ("base", "Alpaca", "CrossAlpaca")
_PAPER = ("mlqa", "xquad", "mmlu", "bbh")
_ENGLISH = "en"


@dataclass(frozen=True, slots=True)
class Column:
    """A benchmark, the metric that it is measured by, and that metric's unit."""

    benchmark: str
    metric: str
    unit: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One number of a table.

    Attributes:
        value: a score, or a difference.
        n: items; for an average, languages.
        interval: 95% interval, where the report has one.
        p_holm: adjusted p of the difference to x-Alpaca (in a row of differences: of this difference), where the report
            compares the two.
        published: what the paper prints for the same kind and language; for averages and differences recomputed from
            its single values, over the same languages.
    """

    value: float
    n: int
    interval: Interval | None = None
    p_holm: float | None = None
    published: float | None = None

    @property
    def significant(self) -> bool:
        """True if the difference is, after Holm."""
        return self.p_holm is not None and self.p_holm < SIGNIFICANT


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table.

    Attributes:
        group: the heading that it stands under.
        title: the model, or what is averaged.
        language: code; empty for an average over languages.
        cells: one for each column, None where there is nothing.
        signed: the cells are differences.
    """

    group: str
    title: str
    language: str
    cells: tuple[Cell | None, ...]
    signed: bool = False


@dataclass(frozen=True, slots=True)
class PaperTable:
    """A table as the page shows it: caption, columns, rows in the order of their groups."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]

    @property
    def groups(self) -> list[tuple[str, list[Row]]]:
        """The rows under their headings."""
        return [(title, list(rows)) for title, rows in groupby(self.rows, key=lambda row: row.group)]


def paper_tables(report: Report, metric: str = "exact_match") -> list[PaperTable]:
    """Table 3 (every model on its own language), Table 2 (averages and differences to English), and what was forgotten
    (English scores less those of the untrained backbone); those of them that have rows.

    Args:
        report: as `collect` makes it.
        metric: of benchmarks whose answers are in words; `accuracy_generated` stands for the others.

    Raises:
        InputError: the report has no such metric.
    """
    if metric not in report["metrics"]:
        known = ", ".join(report["metrics"])
        raise InputError(f"unknown metric {metric!r}{nearest(metric, report['metrics'])}: known are {known}")
    numbers = _Numbers.of(report, metric)
    return [table for make in (_table_3, _table_2, _forgotten) if (table := make(numbers)).rows]


@dataclass(frozen=True, slots=True)
class _Model:
    """A model of a report as a table needs it; an untrained one has all languages."""

    name: str
    kind: Kind
    backbone: str
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Numbers:
    """A report's numbers over whole benchmarks and all items, by model, column and language.

    Attributes:
        columns: the benchmarks, the paper's first.
        models: as the report has them.
        scores: (model, benchmark, language, metric) to entry.
        differences: (model, baseline, benchmark, language, metric) to entry.
    """

    columns: tuple[Column, ...]
    models: tuple[_Model, ...]
    scores: Mapping[tuple[str, ...], Mapping[str, Any]]
    differences: Mapping[tuple[str, ...], Mapping[str, Any]]

    @classmethod
    def of(cls, report: Report, metric: str) -> _Numbers:
        keys = ("benchmark", "language", "metric")
        scores = {(e["model"], *(e[key] for key in keys)): e for e in _whole(report["scores"])}
        pairs = {(e["model"], e["baseline"], *(e[key] for key in keys)): e for e in _whole(report["differences"])}
        return cls(_columns(report, scores, metric), _models(report), scores, pairs)

    def score(self, model: _Model, column: Column, language: str) -> Cell | None:
        """A model's score, with the p of its difference to the x-Alpaca of the language."""
        entry = self.scores.get((model.name, column.benchmark, language, column.metric))
        if entry is None:
            return None
        alpaca = self.find(model.backbone, "Alpaca", language)
        pair = self._compared(model, alpaca, column, language) if alpaca is not None else {}
        return Cell(entry["value"], entry["n"], _interval(entry), pair.get("p_holm"), _printed(model, language, column))

    def difference(self, model: _Model, baseline: _Model, column: Column, language: str) -> Cell | None:
        """A paired difference; from the two scores, without an interval, where the report does not compare them."""
        own, other = (self.score(each, column, language) for each in (model, baseline))
        if own is None or other is None:
            return None
        published = _less(own.published, other.published)
        entry = self._compared(model, baseline, column, language)
        if not entry:
            return Cell(own.value - other.value, min(own.n, other.n), published=published)
        return Cell(entry["value"], entry["n"], _interval(entry), entry.get("p_holm"), published)

    def find(self, backbone: str, kind: Kind, language: str) -> _Model | None:
        """The model of a kind in a language."""
        alike = (each for each in self.models if (each.backbone, each.kind) == (backbone, kind))
        return next((each for each in alike if language in each.languages), None)

    @property
    def backbones(self) -> list[str]:
        """In the order of models."""
        return list(dict.fromkeys(model.backbone for model in self.models))

    def heading(self, title: str, backbone: str) -> str:
        """A title with the backbone, where there are several."""
        return f"{title}, {backbone}" if len(self.backbones) > 1 else title

    def groups(self, backbone: str) -> Iterator[tuple[Kind, str, list[_Model]]]:
        """The models of a backbone by kind, each kind with its heading."""
        for kind, title in TITLES.items():
            alike = [model for model in self.models if (model.backbone, model.kind) == (backbone, kind)]
            if alike:
                yield kind, self.heading(title, backbone), alike

    def _compared(self, model: _Model, baseline: _Model, column: Column, language: str) -> Mapping[str, Any]:
        key = (model.name, baseline.name, column.benchmark, language, column.metric)
        return self.differences.get(key, {})


def _whole(entries: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    return (entry for entry in entries if entry["task"] == "" and entry["items"] == "all")


def _columns(report: Report, scores: Mapping[tuple[str, ...], object], metric: str) -> tuple[Column, ...]:
    measured: dict[str, set[str]] = {}
    for _, benchmark, _, own in scores:
        measured.setdefault(benchmark, set()).add(own)
    columns = []
    for benchmark in [*(each for each in _PAPER if each in measured), *(e for e in measured if e not in _PAPER)]:
        # As in the compact tables: an answer that is looked for in the completion is not in free words.
        chosen = "accuracy_generated" if "accuracy_generated" in measured[benchmark] else metric
        if chosen in measured[benchmark]:
            columns.append(Column(benchmark, chosen, report["metrics"][chosen]["unit"]))
    return tuple(columns)


def _models(report: Report) -> tuple[_Model, ...]:
    described: Mapping[str, Mapping[str, Any]] = report["models"]
    chosen: dict[tuple[str, ...], str] = {}
    for name in sorted(described, key=lambda name: _demonstrations(described[name]), reverse=True):
        model = described[name]
        chosen.setdefault((model["backbone"], _kind(model), *model["languages"]), name)
    trained = [code for model in described.values() for code in model["languages"]]
    spoken = tuple(dict.fromkeys([*report["experiment"]["languages"], *trained, _ENGLISH]))
    found = []
    for name, model in described.items():
        kind = _kind(model)
        if kind != "control" and name not in chosen.values():
            kind = "other"
        found.append(_Model(name, kind, model["backbone"], tuple(model["languages"]) or spoken))
    return tuple(found)


def _kind(model: Mapping[str, Any]) -> Kind:
    settings = model["settings"]
    directions = sum(bool(n) for n in settings["translations"].values())
    if not model["trained"]:
        return "base"
    if settings["control"]:
        return "control"
    if len(model["languages"]) == 1 and settings["instructions"] and directions in (0, 2):
        return "CrossAlpaca" if directions else "Alpaca"
    return "other"


def _demonstrations(model: Mapping[str, Any]) -> tuple[int, int]:
    """How many translations and instructions a model learnt from, at its first seed."""
    made = model["runs"][0]["demonstrations"] if model["runs"] else {}
    counts = [made[part]["kept"] if part in made else 0 for part in ("translations", "instructions")]
    return counts[0], counts[1]


def _table_3(numbers: _Numbers) -> PaperTable:
    rows: list[Row] = []
    for backbone in numbers.backbones:
        for kind, heading, models in numbers.groups(backbone):
            own = _own(numbers, heading, models)
            rows += own
            rows += _average(numbers, heading, own) if kind in _AVERAGED else []
        rows += _gains(numbers, backbone)
    return _table("Each model on its own language", numbers, rows)


def _own(numbers: _Numbers, heading: str, models: Sequence[_Model]) -> list[Row]:
    """Each model on each of its languages."""
    return [_row(numbers, heading, model, language) for model in models for language in model.languages]


def _row(numbers: _Numbers, heading: str, model: _Model, language: str) -> Row:
    cells = tuple(numbers.score(model, column, language) for column in numbers.columns)
    return Row(heading, model.name, language, cells)


def _gains(numbers: _Numbers, backbone: str) -> list[Row]:
    """x-CrossAlpaca less x-Alpaca in each language, and on average."""
    heading = numbers.heading(f"{TITLES['CrossAlpaca']} less {TITLES['Alpaca']}", backbone)
    rows = []
    for model in numbers.models:
        if (model.backbone, model.kind) == (backbone, "CrossAlpaca"):
            (language,) = model.languages
            baseline = numbers.find(backbone, "Alpaca", language)
            if baseline is not None:
                cells = tuple(numbers.difference(model, baseline, column, language) for column in numbers.columns)
                rows.append(Row(heading, f"{model.name} less {baseline.name}", language, cells, signed=True))
    return [*rows, *_average(numbers, heading, rows)]


def _average(numbers: _Numbers, heading: str, rows: Sequence[Row]) -> list[Row]:
    """The mean over languages other than English, as in the paper; none where there is no such language."""
    foreign = [row for row in rows if row.language != _ENGLISH]
    cells = tuple(_mean([row.cells[place] for row in foreign]) for place in range(len(numbers.columns)))
    if not any(cells):
        return []
    return [Row(heading, "average", "", cells, signed=foreign[0].signed)]


def _mean(cells: Sequence[Cell | None]) -> Cell | None:
    given = [cell for cell in cells if cell is not None]
    if not given:
        return None
    published = [cell.published for cell in given if cell.published is not None]
    whole = len(published) == len(given)
    return Cell(fmean(cell.value for cell in given), len(given), published=fmean(published) if whole else None)


def _table_2(numbers: _Numbers) -> PaperTable:
    rows: list[Row] = []
    for backbone in numbers.backbones:
        english = numbers.find(backbone, "Alpaca", _ENGLISH) or numbers.find(backbone, "base", _ENGLISH)
        if english is None:
            continue
        reference = _row(numbers, numbers.heading("English", backbone), english, _ENGLISH)
        averages = [
            average
            for kind, heading, models in numbers.groups(backbone)
            if kind in _AVERAGED
            for average in _average(numbers, heading, _own(numbers, heading, models))
        ]
        rows += [reference] if averages else []
        rows += [row for average in averages for row in (average, _to_english(average, reference))]
        rows += [row for row in _gains(numbers, backbone) if not row.language]
    return _table("Averages over languages other than English, and differences to English", numbers, rows)


def _to_english(average: Row, english: Row) -> Row:
    cells = tuple(_apart(own, other) for own, other in zip(average.cells, english.cells, strict=True))
    return Row(average.group, f"average less {english.title} in English", "", cells, signed=True)


def _apart(own: Cell | None, other: Cell | None) -> Cell | None:
    if own is None or other is None:
        return None
    return Cell(own.value - other.value, own.n, published=_less(own.published, other.published))


def _forgotten(numbers: _Numbers) -> PaperTable:
    rows: list[Row] = []
    for backbone in numbers.backbones:
        base = numbers.find(backbone, "base", _ENGLISH)
        if base is None:
            continue
        for kind, heading, models in numbers.groups(backbone):
            own = [_lost(numbers, heading, model, base) for model in models if model != base]
            rows += own
            rows += _average(numbers, heading, own) if kind in _AVERAGED else []
    return _table("What was forgotten: English scores less the untrained backbone's", numbers, rows)


def _lost(numbers: _Numbers, heading: str, model: _Model, base: _Model) -> Row:
    cells = tuple(numbers.difference(model, base, column, _ENGLISH) for column in numbers.columns)
    return Row(heading, model.name, ", ".join(model.languages), cells, signed=True)


def _table(caption: str, numbers: _Numbers, rows: Sequence[Row]) -> PaperTable:
    return PaperTable(caption, numbers.columns, tuple(row for row in rows if any(row.cells)))


def _printed(model: _Model, language: str, column: Column) -> float | None:
    """What the paper has of such a model on its own language."""
    if model.kind not in ("Alpaca", "CrossAlpaca") or language not in model.languages:
        return None
    return published_values().get((model.kind, language, column.benchmark))


def _less(own: float | None, other: float | None) -> float | None:
    return None if own is None or other is None else own - other


def _interval(entry: Mapping[str, Any]) -> Interval:
    low, high = entry["interval"]
    return (low, high)
