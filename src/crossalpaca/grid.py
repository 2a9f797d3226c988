"""Grids: one experiment file for several languages, seeds and backbones, and for models along an axis.

Each combination of language, backbone and seed is a cell: an `Experiment` of its own. Cells share what is equal, since
a step is known by its inputs. A file without any of the four keys is a grid of one cell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag, ValidationError

from crossalpaca.cutting import Cut, cuts, short_name
from crossalpaca.errors import ExperimentError
from crossalpaca.experiment import (
    BackboneChoice,
    Experiment,
    LanguageCode,
    Model,
    messages,
    not_empty,
    told,
)
from crossalpaca.experiment_checks import as_mapping, as_sequence, cross_checks, unknown_model
from crossalpaca.experiment_files import experiment_path, read_text
from crossalpaca.extending import ALTERNATIVES, code_of, read_layers
from crossalpaca.training.recipe import Whole
from crossalpaca.yaml_lines import Location

RESERVED = ("language", "backbone", "seed")
"""Placeholders that are no axes."""
ONE_FOR_ALL = ("name", "language", "backbone", "seed", "prompt", "resources")
"""What cannot differ for a language: a report has one of each, or a key of its own spans them."""

_AxisName = Annotated[str, Field(pattern=r"^[a-z][a-z_]{0,31}$")]


_Languages = Annotated[
    Annotated[tuple[LanguageCode, ...], Tag("list[code]")]
    | Annotated[dict[LanguageCode, dict[str, Any] | None], Tag("dict[code]")],
    # One of the two is meant, so that only what is wrong with that one is said.
    Discriminator(lambda value: "dict[code]" if isinstance(value, dict) else "list[code]"),
]


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

    languages: _Languages | None = None
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
        layers = read_layers(text, source)
        raw, problems = layers.raw, layers.problems
        problems += [layers.place(*each) for each in _dimension_problems(raw)]
        if problems:
            raise ExperimentError(source, sorted(set(problems)))
        made: list[tuple[Cut, Experiment]] = []
        parts = list(cuts(raw, Dimensions.model_fields))
        for cut in parts:
            experiment, found = Experiment.check(cut.raw, folder)
            problems += [layers.place(cut.place(raw, location), message) for location, message in found]
            problems += [layers.place(*each) for each in cut.problems]
            made += [(cut, experiment)] if experiment is not None else []
        if not problems:  # else these may only follow from those
            problems += [layers.place(*each) for each in _pair_problems(parts)]
            named = _name_problems(made)
            problems += [layers.place(cut.place(raw, location), message) for cut, location, message in named]
        if problems:
            raise ExperimentError(source, sorted(set(problems)))
        return cls(made[0][1].name, tuple(experiment for _, experiment in made), told(raw))

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


def _dimension_problems(raw: Mapping[str, Any]) -> Iterator[tuple[Location, str]]:
    """What is wrong with the keys that span a grid."""
    given = {key: raw[key] for key in Dimensions.model_fields if key in raw}
    for many, one in ALTERNATIVES:
        if many in raw and one in raw:
            yield (many,), f"{many!r} and {one!r} are both given; keep one of them"
        if many in raw and not raw[many]:
            yield (many,), f"{many}: must not be empty"
    for name in as_mapping(raw.get("axes")):
        if name in RESERVED:
            yield ("axes", name), f"axes: {name!r} is taken; call the axis something else"
    for code, changes in as_mapping(raw.get("languages")).items():
        for key in as_mapping(changes).keys() & set(ONE_FOR_ALL):
            yield ("languages", code, key), f"languages.{code}.{key}: is one for all languages; put it beside languages"
    yield from _repeated(raw)
    try:
        Dimensions.model_validate(given)
    except ValidationError as error:
        yield from messages(error, Dimensions)


def _repeated(raw: Mapping[str, Any]) -> Iterator[tuple[Location, str]]:
    """Values of a dimension that would make the same cell, or the same model, twice."""
    called = [short_name(each) for each in as_sequence(raw.get("backbones"))]
    dimensions: list[tuple[Location, list[Any]]] = [
        (("languages",), [code_of(code) for code in raw.get("languages") or ()] if _several(raw) else []),
        (("seeds",), list(as_sequence(raw.get("seeds")))),
        *((("axes", name), list(as_sequence(values))) for name, values in as_mapping(raw.get("axes")).items()),
    ]
    for location, values in dimensions:
        for value in _twice([str(value) for value in values if isinstance(value, str | int | float)]):
            yield location, f"{'.'.join(map(str, location))}: {value!r} is given twice"
    for name in _twice(called):
        yield ("backbones",), f"backbones: two are called {name!r} in names of models; make an experiment of each"


def _several(raw: Mapping[str, Any]) -> bool:
    return isinstance(raw.get("languages"), list | dict)


def _twice(values: Sequence[str]) -> list[str]:
    return [value for value in dict.fromkeys(values) if values.count(value) > 1]


def _pair_problems(cuts: Sequence[Cut]) -> Iterator[tuple[Location, str]]:
    """Pairs to compare of which no cell has both models."""
    met = {place for cut in cuts for place in cut.compare}
    known = list(dict.fromkeys(name for cut in cuts for name in cut.models))
    for place, pair in {place: pair for cut in cuts for place, pair in cut.lost.items()}.items():
        unknown = [name for name in pair if isinstance(name, str) and name not in known]
        for name in unknown if place not in met else ():
            yield place, f"compare: {unknown_model(name, known)}"
        if not unknown and place not in met:
            yield place, f"compare: no language has both {pair[0]} and {pair[1]}; name models of one language"


def _name_problems(made: Sequence[tuple[Cut, Experiment]]) -> Iterator[tuple[Cut, Location, str]]:
    """One name must stand for one model, over all cells; seeds are repetitions of it."""
    by_language = {cell.language: cell for _, cell in made}
    first: dict[str, tuple[Experiment, Model]] = {}
    several_seeds = len({cell.seed for _, cell in made}) > 1
    for cut, cell in made:
        for name, model in cell.models.items():
            known = first.setdefault(name, (cell, model))
            for message in (*_difference(cell, model, *known), *_lacking(cell, name, model, by_language)):
                yield cut, ("models", name), f"model {name}{message}"
            if several_seeds and model.trained and cell.evaluation.serving(name) is not None:
                where = ("evaluation", "server", "models", name)
                yield cut, where, f"server: {name} is another model with each seed; name one seed, or decode it here"


def _difference(cell: Experiment, model: Model, known: Experiment, other: Model) -> Iterator[str]:
    """How a model differs from that of the same name in the first cell that has it."""
    if known.backbone != cell.backbone:
        yield ": is another one on each backbone; put {backbone} into its name"
    elif model.trained and not model.languages and known.language != cell.language:
        yield ": is another one in each language; put {language} into its name"
    elif model != other:
        yield f": is not the same in {known.language} and {cell.language}"


def _lacking(cell: Experiment, name: str, model: Model, by_language: Mapping[str, Experiment]) -> Iterator[str]:
    """What a model of several languages asks of them that they have not."""
    if model.languages and not model.trained:
        yield ": has languages, but no demonstrations to train on"
    yield from (f": language {code!r} is given twice" for code in _twice(model.languages))
    for code in model.languages:
        if code not in by_language:
            yield f": {code!r} is not among the file's languages"
        else:
            asked = {"models": {name: cell.file["models"][name]}, "data": by_language[code].file.get("data")}
            yield from (f"{message.removeprefix(f'model {name}')} in {code}" for _, message in cross_checks(asked))
