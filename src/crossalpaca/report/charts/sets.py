"""Models that differ in their translation demonstrations alone: what the charts of the ablations are drawn from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from crossalpaca.languages import language
from crossalpaca.report.charts.chart import Report


@dataclass(frozen=True, slots=True)
class ModelSet:
    """Trained models, no controls, that agree in all settings but their translation demonstrations.

    Attributes:
        languages, backbone, instructions, wording: what they agree in.
        models: each name to its translation demonstrations, by direction.
    """

    languages: tuple[str, ...]
    backbone: str
    instructions: int
    wording: str
    models: Mapping[str, Mapping[str, int]]

    def amounts(self) -> dict[int, str]:
        """Translation demonstrations, even over both directions, to the model that has so many; none is an amount."""
        even = {name: counts for name, counts in self.models.items() if counts["en-x"] == counts["x-en"]}
        return {sum(even[name].values()): name for name in sorted(even, key=lambda name: sum(even[name].values()))}

    def directions(self) -> dict[str, str]:
        """Which directions there are to the model that has most of them: "none", "en-x", "x-en", "both"."""
        found: dict[str, str] = {}
        for name, counts in self.models.items():
            given = [direction for direction, count in counts.items() if count]
            which = "both" if len(given) == 2 else given[0] if given else "none"
            if which not in found or sum(counts.values()) > sum(self.models[found[which]].values()):
                found[which] = name
        return found


def model_sets(report: Report) -> list[ModelSet]:
    """The sets of a report's models, in the order of their first models."""
    found: dict[tuple[tuple[str, ...], str, int, str], dict[str, Mapping[str, int]]] = {}
    for name, model in report["models"].items():
        settings = model["settings"]
        if model["trained"] and not settings["control"]:
            place = (tuple(model["languages"]), model["backbone"], settings["instructions"], settings["wording"])
            counts = {direction: settings["translations"].get(direction, 0) for direction in ("en-x", "x-en")}
            found.setdefault(place, {})[name] = counts
    return [ModelSet(*place, models=models) for place, models in found.items()]


def set_labels(sets: list[ModelSet]) -> dict[tuple[int, str], str]:
    """What each set is called in each of its languages, by its place in `sets` and the language.

    That is the language's name, and where several sets of one backbone share it, what they do not agree in.
    """
    labels = {}
    for i, own in enumerate(sets):
        for code in own.languages:
            rivals = [each for each in sets if code in each.languages and each.backbone == own.backbone]
            parts = [language(code).name]
            if len({each.instructions for each in rivals}) > 1:
                parts.append(f"{own.instructions:,} instructions")
            if len({each.wording for each in rivals}) > 1:
                parts.append(f"wording: {own.wording}")
            if len({each.languages for each in rivals}) > 1 and len(own.languages) > 1:
                parts.append("with " + " and ".join(language(each).name for each in own.languages if each != code))
            labels[i, code] = ", ".join(parts)
    return labels
