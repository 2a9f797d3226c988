"""What the models of a page were made from, and how they were trained."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from crossalpaca.languages import language

_IDS_SHOWN = 5
_DIRECTIONS = {"en-x": "out of English", "x-en": "into English"}
_CONTROLS = {"mis-paired": "each with the target of another (control)", "repeated": "instructions again (control)"}


def plain(value: object) -> str:
    """A value that has no fixed form, as text."""
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {plain(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(plain, value))
    return str(value)


def runs(report: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every training with the model's name, and its seed where there are several."""
    several = len(report["experiment"]["seeds"]) > 1
    for name, model in report["models"].items():
        for run in model["runs"]:
            yield f"{name}, seed {run['seed']}" if several else name, run


def made_from(model: Mapping[str, Any]) -> str:
    """What a model was trained on, in words; counts are those of its first seed."""
    if not model["runs"]:
        return "the backbone itself, not trained"
    parts = []
    for code, made in sorted(_by_language(model["runs"][0]["demonstrations"]).items()):
        spoken = f" in {language(code).name}" if len(model["languages"]) > 1 else ""
        if "instructions" in made:
            parts.append(f"{made['instructions']['kept']:,} instruction demonstrations{spoken}")
        for direction, kept in made.get("translations", {}).get("directions", {}).items():
            where = f" ({language(code).name})" if spoken else ""
            parts.append(f"{kept:,} translations {_DIRECTIONS.get(direction, direction)}{where}")
    control = model["settings"].get("control")
    return ", ".join([*parts, _CONTROLS.get(control, control)] if control else parts)


def _by_language(made: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Reports of demonstrations by language; those of several languages put together hold one of each."""
    together: Mapping[str, Mapping[str, Any]] | None = made.get("languages")
    return dict(together) if together is not None else {made["language"]: made}


def demonstrations(report: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """One row for each source of the demonstrations of each model and seed."""
    for name, run in runs(report):
        for made in _by_language(run["demonstrations"]).values():
            for kind in ("instructions", "translations"):
                source = made.get(kind)
                if source is not None:
                    total = sum(drop["count"] for drop in source["dropped"].values())
                    yield dict(source) | {"model": name, "kind": kind, "total_dropped": total}


def leaks(report: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """What the leak check found in the demonstrations of each model and seed, where it was made."""
    for name, run in runs(report):
        for made in _by_language(run["demonstrations"]).values():
            if "leaks" in made:
                yield dict(made["leaks"]) | {"model": name}


def over_cutoff(training: Mapping[str, Any]) -> dict[str, Any]:
    """How many demonstrations were too long, and the first few ids."""
    over = training["over_cutoff"]
    shown = over["ids"][:_IDS_SHOWN]
    return {"count": over["count"], "ids": shown, "more": over["count"] - len(shown)}


def recipes(trained: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each recipe once, with the models trained by it."""
    found: list[dict[str, Any]] = []
    for name, training in trained.items():
        settings = {key: plain(value) for key, value in training["recipe"].items()}
        settings["targets"] = settings["targets"] or "those of the backbone"
        for recipe in found:
            if recipe["settings"] == settings:
                recipe["models"].append(name)
                break
        else:
            found.append({"models": [name], "settings": settings})
    return found
