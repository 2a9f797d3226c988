"""Grids: one experiment file for several languages, seeds and backbones, and for models along an axis.

Each combination of language, backbone and seed is a cell: an `Experiment` of its own. Cells share what is equal, since
a step is known by its inputs. A file without any of the four keys is a grid of one cell.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from crossalpaca.errors import ExperimentError
from crossalpaca.experiment import (
    BackboneChoice,
    Experiment,
    LanguageCode,
    Model,
    as_json,
    messages,
    not_empty,
)
from crossalpaca.experiment_checks import as_mapping, as_sequence
from crossalpaca.experiment_files import experiment_path, read_text
from crossalpaca.training.recipe import Whole
from crossalpaca.yaml_lines import Lines, Location, read_yaml

RESERVED = ("language", "backbone", "seed")
"""Placeholders that are no axes."""

_AxisName = Annotated[str, Field(pattern=r"^[a-z][a-z_]{0,31}$")]


class Dimensions(BaseModel):
    """What a file spans; each key may be left out.

    Attributes:
        languages: codes, or a mapping of code to what differs for the language. Mappings merge key by key, anything
            else replaces, and null takes away.
        seeds: of samples and orders; items of benchmarks are drawn by the first for all of them.
        backbones: ids, or ids with revisions.
        axes: name to values; models, and pairs to compare, that mention `{name}` are made once for each value.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    languages: tuple[LanguageCode, ...] | dict[LanguageCode, dict[str, Any] | None] | None = None
    seeds: Annotated[tuple[Annotated[Whole, Field(ge=0, lt=2**32)], ...], AfterValidator(not_empty)] | None = None
    backbones: Annotated[tuple[BackboneChoice, ...], AfterValidator(not_empty)] | None = None
    axes: dict[_AxisName, Annotated[tuple[int | float | str, ...], AfterValidator(not_empty)]] = {}


@dataclass(frozen=True, slots=True)
class Grid:
    """Experiments that are planned, run and reported together.

    Attributes:
        name: of the whole and of its report.
        cells: one experiment for each language, backbone and seed, in this order.
        file: the file's content as it was read.
    """

    name: str
    cells: tuple[Experiment, ...]
    file: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def load(cls, source: str | Path, data: str | Path | None = None) -> Self:
        """Reads an experiment file, or one that ships with the package by its name.

        Args:
            source: path of a YAML file, or a name such as `quickstart`.
            data: folder that data paths are relative to; the file's own folder where not given.

        Raises:
            ExperimentError: every problem of the file, each with its line.
            InputError: there is no such file.
        """
        path = experiment_path(str(source))
        folder = Path(data) if data is not None else path.parent
        return cls.parse(read_text(path), source=str(path), folder=folder)

    @classmethod
    def parse(cls, text: str, *, source: str = "experiment", folder: Path = Path()) -> Self:
        """Reads the text of an experiment file.

        Raises:
            ExperimentError: every problem of the text, each with its line.
        """
        own, lines, problems = read_yaml(text, source)
        raw = extended(own, folder, source)
        problems += [(lines.of(location), message) for location, message in _dimension_problems(raw)]
        if problems:
            raise ExperimentError(source, sorted(set(problems)))
        cells: list[Experiment] = []
        for cut in _cut(raw):
            experiment, found = Experiment.check(cut.raw, folder)
            problems += [(cut.line(lines, own, location), message) for location, message in found]
            cells += [experiment] if experiment is not None else []
        if not problems:
            problems += [(lines.of(location), message) for location, message in _name_problems(cells)]
        if problems:
            raise ExperimentError(source, sorted(set(problems)))
        told = {key: value for key, value in raw.items() if key != "resources"}
        return cls(cells[0].name, tuple(cells), as_json(told))

    @classmethod
    def of(cls, experiment: Experiment) -> Self:
        """A grid of one cell."""
        return cls(experiment.name, (experiment,), experiment.file)

    @property
    def languages(self) -> list[str]:
        """Codes, in the order of the file."""
        return list(dict.fromkeys(cell.language for cell in self.cells))

    @property
    def seeds(self) -> list[int]:
        """Seeds, in the order of the file."""
        return list(dict.fromkeys(cell.seed for cell in self.cells))

    @property
    def backbones(self) -> list[BackboneChoice]:
        """Backbones, in the order of the file."""
        return list(dict.fromkeys(cell.backbone for cell in self.cells))

    @property
    def models(self) -> dict[str, list[Experiment]]:
        """Name of a model to the cells that it is in."""
        found: dict[str, list[Experiment]] = {}
        for cell in self.cells:
            for name in cell.models:
                found.setdefault(name, []).append(cell)
        return found

    @property
    def compare(self) -> list[tuple[str, str]]:
        """Pairs of models, each once."""
        return list(dict.fromkeys(pair for cell in self.cells for pair in cell.compare))

    def beside(self, cell: Experiment, language: str) -> Experiment:
        """The cell of another language with the same backbone and seed."""
        same = (cell.backbone, cell.seed, language)
        return next(each for each in self.cells if (each.backbone, each.seed, each.language) == same)


def extended(raw: Mapping[str, Any], folder: Path, source: str) -> dict[str, Any]:
    """A file's mapping with what it takes from the file that it extends, given by path or by the name of a shipped one.

    Mappings merge key by key; its models and pairs to compare, where it has any, replace the other's. Languages are
    those that it names, each with what the other says of it.

    Raises:
        ExperimentError: files extend each other in a circle, or the other file is not one.
        InputError: there is no such file.
    """
    own, seen = dict(raw), {source}
    while "extends" in own:
        name = own.pop("extends")
        if not isinstance(name, str):
            raise ExperimentError(source, [(0, f"extends: must name one file or shipped experiment, not {name!r}")])
        path = experiment_path(name, folder)
        if str(path) in seen:
            raise ExperimentError(source, [(0, f"extends: {name} extends this file in turn")])
        seen.add(str(path))
        other, _, problems = read_yaml(read_text(path), str(path))
        if problems:
            raise ExperimentError(str(path), problems)
        own = _extended(own, other)
    return own


def _extended(own: dict[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    base = {key: value for key, value in other.items() if key not in own or key not in ("models", "compare", "axes")}
    for many, one in (("languages", "language"), ("seeds", "seed"), ("backbones", "backbone")):
        if many in own or one in own:
            base.pop(one, None)
            taken = base.pop(many, None)
            if isinstance(taken, dict) and many in own:
                own[many] = _named(own[many], taken)
    return dict(_merged(base, own))


def _named(chosen: Any, taken: Mapping[str, Any]) -> dict[str, Any]:
    """The languages that a file names, each with what the file that it extends says of it."""
    changes = chosen if isinstance(chosen, dict) else dict.fromkeys(as_sequence(chosen))
    return {code: _merged(taken.get(code) or {}, change or {}, removing=False) for code, change in changes.items()}


def _dimension_problems(raw: Mapping[str, Any]) -> Iterator[tuple[Location, str]]:
    """What is wrong with the keys that span a grid."""
    given = {key: raw[key] for key in Dimensions.model_fields if key in raw}
    for many, one in (("languages", "language"), ("seeds", "seed"), ("backbones", "backbone")):
        if many in raw and one in raw:
            yield (many,), f"{many!r} and {one!r} are both given; keep one of them"
        if many in raw and not raw[many]:
            yield (many,), f"{many}: must not be empty"
    for name in as_mapping(raw.get("axes")):
        if name in RESERVED:
            yield ("axes", name), f"axes: {name!r} is taken; call the axis something else"
    for key in ("languages", "seeds"):
        values = [value for value in as_sequence(raw.get(key)) if isinstance(value, str | int)]
        for value in dict.fromkeys(value for value in values if values.count(value) > 1):
            yield (key,), f"{key}: {value!r} is given twice"
    try:
        Dimensions.model_validate(given)
    except ValidationError as error:
        yield from messages(error, Dimensions)


@dataclass(frozen=True, slots=True)
class _Cut:
    """One cell as a mapping, and where its parts stand in the file.

    Attributes:
        raw: the cell's own experiment.
        language: its code.
        models: name of a model to its key in the file.
        benchmarks, compare: place in the cell to place in the file.
    """

    raw: dict[str, Any]
    language: str
    models: Mapping[str, str]
    benchmarks: Sequence[int]
    compare: Sequence[int]

    def line(self, lines: Lines, file: Mapping[str, Any], location: Location) -> int:
        """The line of the file that a location of the cell comes from."""
        match location:
            case ("models", name, *rest):
                location = ("models", self.models.get(str(name), name), *rest)
            case ("compare", int(index), *rest) if index < len(self.compare):
                location = ("compare", self.compare[index], *rest)
            case ("evaluation", "benchmarks", int(index), *rest) if index < len(self.benchmarks):
                location = ("evaluation", "benchmarks", self.benchmarks[index], *rest)
        own: Location = ("languages", self.language, *location)
        deeper = _depth(file, own) - 2 >= max(_depth(file, location), 1)
        return lines.of(own if deeper else location)


def _depth(value: Any, location: Location) -> int:
    """How many parts of a location there are."""
    for depth, part in enumerate(location):
        inside = isinstance(value, dict) and part in value
        if not inside and not (isinstance(value, list) and isinstance(part, int) and part < len(value)):
            return depth
        value = value[part]
    return len(location)


def _cut(raw: Mapping[str, Any]) -> Iterator[_Cut]:
    """The cells of a file whose dimensions are right, by language, backbone and seed."""
    named = raw.get("languages")
    own = named if isinstance(named, dict) else dict.fromkeys(as_sequence(named))
    seeds = as_sequence(raw.get("seeds"))
    common = {key: value for key, value in raw.items() if key not in Dimensions.model_fields}
    languages: list[tuple[str, Any]] = list(own.items()) or [(str(raw.get("language")), None)]
    for (code, changes), backbone, seed in itertools.product(
        languages, as_sequence(raw.get("backbones")) or [None], seeds or [None]
    ):
        cell: dict[str, Any] = as_json(_merged(common, changes or {}))
        cell |= {"language": code} if own else {}
        cell |= {} if backbone is None else {"backbone": backbone}
        cell |= {} if seed is None else {"seed": seed}
        evaluation = cell.get("evaluation")
        if len(seeds) > 1 and isinstance(evaluation, dict):
            evaluation.setdefault("seed", seeds[0])
        yield _filled(cell, code, list(own), as_mapping(raw.get("axes")))


def _merged(base: Any, changes: Any, *, removing: bool = True) -> Any:
    """Mappings key by key; anything else replaces, and null takes away, or stands where it is to do so later."""
    if not isinstance(base, dict) or not isinstance(changes, dict):
        return changes
    merged = dict(base)
    for key, change in changes.items():
        if change is None and removing:
            merged.pop(key, None)
        else:
            merged[key] = _merged(base.get(key), change, removing=removing)
    return merged


def _filled(cell: dict[str, Any], code: str, codes: Sequence[str], axes: Mapping[str, Sequence[Any]]) -> _Cut:
    """A cell with the values of its placeholders, its models along the axes, and its own benchmarks."""
    backbone = as_mapping(cell.get("backbone")).get("id", cell.get("backbone"))
    fixed = {"language": code, "backbone": str(backbone).rstrip("/").rpartition("/")[2]}
    origin: dict[str, str] = {}
    models: dict[str, Any] = {}
    for key, body in as_mapping(cell.get("models")).items():
        for values in _along(axes, [key, body]):
            name = str(_put(key, fixed | values))
            origin[name] = key
            models[name] = _put(body, fixed | values)
            if isinstance(models[name], dict) and models[name].get("languages") == "all":
                models[name]["languages"] = list(codes)
    if isinstance(cell.get("models"), dict):
        cell["models"] = models
    pairs = [
        (place, _put(pair, fixed | values))
        for place, pair in enumerate(as_sequence(cell.get("compare")))
        for values in _along(axes, pair)
    ]
    # A pair whose models another language has, but this one not, is not its own.
    pairs = [(place, pair) for place, pair in pairs if not codes or set(map(str, as_sequence(pair))) <= models.keys()]
    if "compare" in cell:
        cell["compare"] = [pair for _, pair in pairs]
    benchmarks = _benchmarks(cell, code, fixed)
    return _Cut(cell, code, origin, benchmarks, [place for place, _ in pairs])


def _benchmarks(cell: Mapping[str, Any], code: str, fixed: Mapping[str, Any]) -> list[int]:
    """Leaves the cell those benchmarks that are for its language; returns their places in the file."""
    evaluation = as_mapping(cell.get("evaluation"))
    given = list(as_sequence(evaluation.get("benchmarks")))
    kept = []
    for place, choice in enumerate(given):
        only = choice.pop("only", None) if isinstance(choice, dict) else None
        if only is None or code in as_sequence(only):
            kept.append(place)
            if isinstance(choice, dict) and isinstance(choice.get("languages"), list):
                choice["languages"] = list(dict.fromkeys(_put(each, fixed) for each in choice["languages"]))
    if isinstance(evaluation.get("benchmarks"), list):
        evaluation["benchmarks"][:] = [given[place] for place in kept]
    return kept


def _along(axes: Mapping[str, Sequence[Any]], value: Any) -> Iterator[dict[str, Any]]:
    """The values of the axes that are mentioned, in every combination; once where none is."""
    text = json.dumps(value, default=str)
    mentioned = [name for name in axes if f"{{{name}}}" in text]
    for values in itertools.product(*(axes[name] for name in mentioned)):
        yield dict(zip(mentioned, values, strict=True))


def _put(value: Any, values: Mapping[str, Any]) -> Any:
    """Placeholders replaced: one that is the whole text by the value itself."""
    if isinstance(value, dict):
        return {_put(key, values): _put(item, values) for key, item in value.items()}
    if isinstance(value, list):
        return [_put(item, values) for item in value]
    if not isinstance(value, str):
        return value
    for name, given in values.items():
        if value == f"{{{name}}}":
            return given
        value = value.replace(f"{{{name}}}", str(given))
    return value


def _name_problems(cells: Sequence[Experiment]) -> Iterator[tuple[Location, str]]:
    """One name must stand for one model, over all cells; seeds are repetitions of it."""
    codes = {cell.language for cell in cells}
    first: dict[str, tuple[Experiment, Model]] = {}
    for cell in cells:
        for name, model in cell.models.items():
            for code in set(model.languages) - codes:
                yield ("models",), f"model {name}: {code!r} is not among the file's languages"
            if model.languages and not model.trained:
                yield ("models",), f"model {name}: has languages, but no demonstrations to train on"
            known, other = first.setdefault(name, (cell, model))
            if known.backbone != cell.backbone:
                yield ("models",), f"model {name}: is another one on each backbone; put {{backbone}} into its name"
            elif model.trained and not model.languages and known.language != cell.language:
                yield ("models",), f"model {name}: is another one in each language; put {{language}} into its name"
            elif model != other:
                yield ("models",), f"model {name}: is not the same in {known.language} and {cell.language}"
