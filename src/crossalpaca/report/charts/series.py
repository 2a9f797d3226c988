"""What a model is called in a chart: after its settings and without its language, so that languages share a legend."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from crossalpaca.languages import language
from crossalpaca.report.charts.chart import Report

Model = Mapping[str, Any]

BASE = "base"
ALPACA = "Alpaca"
CROSS = "CrossAlpaca"
SEVERAL = ", several languages"


def kind(model: Model) -> str:
    """What a model is by its settings: the base, an Alpaca, a CrossAlpaca, or what it has of the two.

    A model of several languages says so, and one that is a control names what it controls for.
    """
    if not model["trained"]:
        return BASE
    settings = model["settings"]
    directions = [direction for direction, count in settings["translations"].items() if count]
    if not settings["instructions"]:
        name = " ".join(["translations", *(directions if len(directions) == 1 else [])])
    elif not directions:
        name = ALPACA
    else:
        name = CROSS if len(directions) > 1 else f"{ALPACA} + {directions[0]}"
    if len(model["languages"]) > 1:
        name += SEVERAL
    return f"{name} ({settings['control']})" if settings["control"] else name


def translations(model: Model) -> int:
    """How many translation demonstrations a model was asked to have in each of its languages."""
    return sum(model["settings"]["translations"].values())


_DETAILS: tuple[Callable[[Model], str], ...] = (
    lambda model: f"{translations(model):,} translations",
    lambda model: f"{model['settings']['instructions']:,} instructions",
    lambda model: f"wording: {model['settings']['wording']}",
)


def labels(report: Report) -> dict[str, str]:
    """Each model's label.

    Models with one label differ only in what a chart shows anyway, language and backbone: where two of them would not,
    the label says what they differ in, and at last their own names.
    """
    models: Mapping[str, Model] = report["models"]
    found = {name: kind(model) for name, model in models.items()}
    for detail in _DETAILS:
        found = _told_apart(models, found, lambda name, detail=detail: detail(models[name]))  # type: ignore[misc]
    return _told_apart(models, found, str)


def _told_apart(models: Mapping[str, Model], found: Mapping[str, str], detail: Callable[[str], str]) -> dict[str, str]:
    groups: dict[str, list[str]] = {}
    for name, label in found.items():
        groups.setdefault(label, []).append(name)
    told = dict(found)
    for label, names in groups.items():
        places = [(*models[name]["languages"], models[name]["backbone"]) for name in names]
        details = {name: detail(name) for name in names}
        if len(set(places)) < len(places) and len(set(details.values())) > 1:
            told |= {name: f"{label}, {details[name]}" for name in names}
    return told


def in_order(report: Report) -> list[str]:
    """All labels: the base, then by how many directions of translation, and how many demonstrations, a model has."""
    models: Mapping[str, Model] = report["models"]
    ranks: dict[str, tuple[bool, int, int, int]] = {}
    for name, label in labels(report).items():
        settings = models[name]["settings"]
        directions = sum(count > 0 for count in settings["translations"].values())
        rank = (models[name]["trained"], directions, translations(models[name]), settings["instructions"])
        ranks[label] = min(rank, ranks.get(label, rank))
    return sorted(ranks, key=lambda label: ranks[label])


def backbone_suffix(report: Report, name: str) -> str:
    """What a panel's title adds where the report has several backbones."""
    backbones = {model["backbone"] for model in report["models"].values()}
    return f", {report['models'][name]['backbone']}" if len(backbones) > 1 else ""


def spoken(model: Model) -> str:
    """The languages of a model's demonstrations, by name."""
    return ", ".join(language(code).name for code in model["languages"])


def ordered_languages(report: Report) -> list[str]:
    """English, then the languages of the experiment in its order."""
    return list(dict.fromkeys(["en", *report["experiment"]["languages"]]))
