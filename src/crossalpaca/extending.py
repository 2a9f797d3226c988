"""Experiment files that extend others: what a file takes from them, and where in which file a setting stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crossalpaca.errors import ExperimentError, InputError
from crossalpaca.experiment_checks import as_mapping, as_sequence
from crossalpaca.experiment_files import experiment_path, read_text
from crossalpaca.languages import language
from crossalpaca.yaml_lines import Lines, Location, read_yaml

ALTERNATIVES = (("languages", "language"), ("seeds", "seed"), ("backbones", "backbone"))
"""Keys for several, and for one; a file has one of the two."""
REPLACED = ("models", "compare", "axes")
"""What a file has of these stands in place of the other's: they belong together."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One of the files that make an experiment: its path, its content, and the lines of that."""

    source: str
    raw: Mapping[str, Any]
    lines: Lines


@dataclass(frozen=True, slots=True)
class Layers:
    """A file, and those that it extends in turn.

    Attributes:
        files: itself first.
        raw: what they say together.
        problems: keys that the file gives twice, with their lines.
    """

    files: tuple[Layer, ...]
    raw: dict[str, Any]
    problems: list[tuple[int, str]]

    def place(self, location: Location, message: str) -> tuple[int, str]:
        """Line of the file and message, for something at a location of `raw`.

        What stands in a file that is extended is said at the line of `extends`, and names the other file's.
        """
        own, *others = self.files
        found, deepest = own, depth(own.raw, _written(own, location))
        for other in others:
            if location and location[0] in REPLACED and location[0] in found.raw:
                break
            if depth(other.raw, location) > deepest:
                found, deepest = other, depth(other.raw, location)
        if found is own:
            return own.lines.of(_written(own, location)), message
        return own.lines.of(("extends",)), f"{message} (in {found.source}:{found.lines.of(location)})"


def read_layers(text: str, source: str) -> Layers:
    """A file's text with what it takes from the file that it extends, given by path from there or as a shipped one.

    Mappings merge key by key; models, pairs to compare and axes, where it has any, replace the other's. Languages are
    those that it names, each with what the other says of it.

    Raises:
        ExperimentError: a file is not one, or is not there, or files extend each other in a circle.
    """
    own, lines, problems = read_yaml(text, source)
    files, seen = [Layer(source, own, lines)], {Path(source).resolve()}
    while "extends" in files[-1].raw:
        path = _named_path(files[-1])
        if path.resolve() in seen:
            line = files[-1].lines.of(("extends",))
            raise ExperimentError(files[-1].source, [(line, "extends: comes back to itself; take one of them out")])
        seen.add(path.resolve())
        other, lines, wrong = read_yaml(read_text(path), str(path))
        if wrong:
            raise ExperimentError(str(path), wrong)
        files.append(Layer(str(path), other, lines))
    raw: dict[str, Any] = {}
    for layer in reversed(files):
        raw = _extended({key: value for key, value in layer.raw.items() if key != "extends"}, raw)
    return Layers(tuple(files), raw, problems)


def merged(base: Any, changes: Any, *, removing: bool = True) -> Any:
    """Mappings key by key; anything else replaces, and null takes away, or stands where it is to do so later."""
    if not isinstance(changes, dict):
        return changes
    made = dict(as_mapping(base))
    for key, change in changes.items():
        if change is None and removing:
            made.pop(key, None)
        else:
            made[key] = merged(made.get(key), change, removing=removing)
    return made


def code_of(written: Any) -> Any:
    """The code of a language that is written by an alias; anything else as it is."""
    try:
        return language(written).code if isinstance(written, str) else written
    except InputError:
        return written


def depth(value: Any, location: Location) -> int:
    """How many parts of a location there are."""
    found = 0
    for part in location:
        if isinstance(part, str) and "[" in part:  # the branch of a union, which pydantic names
            continue
        inside = isinstance(value, dict) and part in value
        if not inside and not (isinstance(value, list) and isinstance(part, int) and part < len(value)):
            break
        found, value = found + 1, value[part]
    return found


def _named_path(layer: Layer) -> Path:
    name = layer.raw["extends"]
    line = layer.lines.of(("extends",))
    if not isinstance(name, str):
        raise ExperimentError(
            layer.source, [(line, f"extends: must name one file or shipped experiment, not {name!r}")]
        )
    try:
        return experiment_path(name, Path(layer.source).parent)
    except InputError as error:
        raise ExperimentError(layer.source, [(line, f"extends: {error}")]) from None


def _written(layer: Layer, location: Location) -> Location:
    """A location as the file has it: it may name one language where `raw` has several."""
    for many, one in ALTERNATIVES:
        if location[:1] == (many,) and many not in layer.raw and one in layer.raw:
            return (one,)
    return location


def _extended(own: dict[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    base = {key: value for key, value in other.items() if key not in own or key not in REPLACED}
    for many, one in ALTERNATIVES:
        if many in own or one in own:
            base.pop(one, None)
            taken = base.pop(many, None)
            if isinstance(taken, dict) and many in own:
                own[many] = _named(own[many], taken)
            elif isinstance(taken, dict) and isinstance(own[one], str):
                own[many] = _named([own.pop(one)], taken)
    if not base:
        return own
    # Nulls among what differs for a language are for its cells.
    apart = {"languages": own.pop("languages")} if "languages" in own else {}
    made: dict[str, Any] = merged(base, own)
    return made | apart


def _named(chosen: Any, taken: Mapping[str, Any]) -> Any:
    """The languages that a file names, each with what the file that it extends says of it."""
    if not isinstance(chosen, dict) and not all(isinstance(code, str) for code in as_sequence(chosen) or [None]):
        return chosen
    changes = chosen if isinstance(chosen, dict) else dict.fromkeys(chosen)
    known = {code_of(code): value for code, value in taken.items()}
    # Nulls stay: they take away from what all languages have in common.
    return {
        code: known.get(code_of(code)) if change is None else merged(known.get(code_of(code)), change, removing=False)
        for code, change in changes.items()
    }
