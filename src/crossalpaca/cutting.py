"""Cuts the mapping of a file that spans a grid into one for each cell, and knows where in the file its parts stand."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crossalpaca.errors import nearest
from crossalpaca.experiment_checks import as_mapping, as_sequence, is_one_model
from crossalpaca.extending import code_of, depth, merged
from crossalpaca.languages import languages
from crossalpaca.yaml_lines import Location

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def short_name(backbone: Any) -> str:
    """What `{backbone}` stands for: the last part of the id."""
    return str(as_mapping(backbone).get("id", backbone)).rstrip("/").rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Cut:
    """One cell as a mapping, and where its parts stand in the file.

    Attributes:
        raw: the cell's own experiment.
        language: its code, as the file writes it.
        models: name of a model to its key in the file.
        benchmarks, compare: place in the cell to place in the file.
        lost: pairs that the cell has not both models of, by their place in the file.
        problems: what is wrong with the file's own keys, which the cell no longer has.
    """

    raw: dict[str, Any]
    language: str
    models: Mapping[str, str]
    benchmarks: Sequence[int]
    compare: Sequence[Location]
    lost: Mapping[Location, Sequence[Any]]
    problems: Sequence[tuple[Location, str]]

    def place(self, file: Mapping[str, Any], location: Location) -> Location:
        """Where in the file a location of the cell comes from."""
        match location:
            case ("models", name, *rest):
                location = ("models", self.models.get(str(name), name), *rest)
            case ("compare", int(index), *rest) if index < len(self.compare):
                return (*self.compare[index], *rest)
            case ("evaluation", "benchmarks", int(index), *rest) if index < len(self.benchmarks):
                location = ("evaluation", "benchmarks", self.benchmarks[index], *rest)
        return _stands(file, self.language, location)


def _stands(file: Mapping[str, Any], written: str, location: Location) -> Location:
    """A location as it is, or among what differs for a language where it stands there."""
    own: Location = ("languages", written, *location)
    deeper = depth(file, own) - 2 >= max(depth(file, location), 1)
    return own if deeper else location


def cuts(raw: Mapping[str, Any], spanning: Collection[str]) -> Iterator[Cut]:
    """The cells of a file whose dimensions are right, by language, backbone and seed; `spanning` are their keys."""
    named = raw.get("languages")
    own = named if isinstance(named, dict) else dict.fromkeys(as_sequence(named))
    seeds = as_sequence(raw.get("seeds"))
    common = {key: value for key, value in raw.items() if key not in spanning}
    languages: list[tuple[str, Any]] = list(own.items()) or [(str(raw.get("language")), None)]
    for (written, changes), backbone, seed in itertools.product(
        languages, as_sequence(raw.get("backbones")) or [None], seeds or [None]
    ):
        cell: dict[str, Any] = merged(common, changes or {})
        cell |= {"language": code_of(written)} if own else {}
        cell |= {} if backbone is None else {"backbone": backbone}
        cell |= {} if seed is None else {"seed": seed}
        evaluation = cell.get("evaluation")
        if len(seeds) > 1 and isinstance(evaluation, dict) and evaluation.get("seed") is None:
            cell["evaluation"] = evaluation | {"seed": seeds[0]}
        yield _Filling(raw, cell, written, [code_of(code) for code in own]).cut()


class _Filling:
    """Gives a cell the values of its placeholders, its models along the axes, its own pairs and benchmarks."""

    def __init__(self, file: Mapping[str, Any], cell: dict[str, Any], written: str, codes: Sequence[str]) -> None:
        self.file, self.cell, self.written, self.codes = file, cell, written, codes
        self.axes: Mapping[str, Sequence[Any]] = as_mapping(file.get("axes"))
        self.fixed: dict[str, Any] = {"language": code_of(written), "backbone": short_name(cell.get("backbone"))}
        self.problems: list[tuple[Location, str]] = []

    def cut(self) -> Cut:
        """The cell as an experiment of its own."""
        origin = self._models()
        pairs, lost = self._pairs()
        benchmarks = self._benchmarks()
        self._server()
        return Cut(self.cell, self.written, origin, benchmarks, pairs, lost, self.problems)

    def _wrong(self, location: Location, message: str) -> None:
        self.problems.append((_stands(self.file, self.written, location), message))

    def _models(self) -> dict[str, str]:
        """Name of each model to its key in the file."""
        origin: dict[str, str] = {}
        models: dict[str, Any] = {}
        for key, body in as_mapping(self.cell.get("models")).items():
            for values in _along(self.axes, [key, body]):
                name = self._named(key, values, origin)
                origin[name] = key
                models[name] = _put(body, self.fixed | values)
                if isinstance(models[name], dict) and models[name].get("languages") == "all":
                    models[name]["languages"] = list(self.codes)
        if isinstance(self.cell.get("models"), dict):
            self.cell["models"] = models
        return origin

    def _named(self, key: Any, values: dict[str, Any], others: Mapping[str, str]) -> str:
        """The name of a model; what is no placeholder, or stands for another model too, is a problem."""
        name = str(_put(key, self.fixed | values))
        left = _PLACEHOLDER.findall(name)
        for unknown in left:
            known = [*self.fixed, *self.axes]
            text = f"{{{unknown}}} stands for nothing{nearest(unknown, known)}: there are {', '.join(known)}"
            self._wrong(("models", key), f"models.{key}: {text}")
        name = _PLACEHOLDER.sub(r"\1", name)
        if name in others and not left:
            axes = [f"{{{axis}}}" for axis in values if f"{{{axis}}}" not in str(key)]
            remedy = f"put {' and '.join(axes)} into its name" if others[name] == key and axes else "rename one of them"
            self._wrong(("models", key), f"model {name}: two have this name; {remedy}")
        return name

    def _pairs(self) -> tuple[list[Location], dict[Location, Sequence[Any]]]:
        """Leaves the cell those pairs whose models it has; returns where they stand, and the others."""
        kept: list[tuple[Location, Any]] = []
        lost: dict[Location, Sequence[Any]] = {}
        for place, pair in enumerate(as_sequence(self.cell.get("compare"))):
            where = _stands(self.file, self.written, ("compare", place))
            for values in _along(self.axes, pair):
                made = _put(pair, self.fixed | values)
                names = {each for each in as_sequence(made) if isinstance(each, str)}
                if self.codes and not names <= as_mapping(self.cell.get("models")).keys():
                    lost[where] = made
                elif not values or not is_one_model(as_sequence(made)) or is_one_model(as_sequence(pair)):
                    kept.append((where, made))  # the others are models that meet themselves along an axis
        if isinstance(self.cell.get("compare"), list):
            self.cell["compare"] = [pair for _, pair in kept]
        return [where for where, _ in kept], lost

    def _benchmarks(self) -> list[int]:
        """Leaves the cell those benchmarks that are for its language; returns their places in the file."""
        evaluation = as_mapping(self.cell.get("evaluation"))
        given = evaluation.get("benchmarks")
        if not isinstance(given, list):
            return []
        places = [place for place, choice in enumerate(given) if self._for_this(as_mapping(choice), place)]
        if given and not places:
            code = self.fixed["language"]
            self._wrong(("evaluation", "benchmarks"), f"evaluation.benchmarks: none is for {code!r}; add one")
            places = [0]
        self.cell["evaluation"] = dict(evaluation) | {"benchmarks": [self._choice(given[place]) for place in places]}
        return places

    def _server(self) -> None:
        """Names the models that a server answers for as they are called in the cell."""
        evaluation = as_mapping(self.cell.get("evaluation"))
        server = as_mapping(evaluation.get("server"))
        served = [
            (str(_put(name, self.fixed | values)), _put(known, self.fixed | values))
            for name, known in as_mapping(server.get("models")).items()
            for values in _along(self.axes, name)
        ]
        if served:
            self.cell["evaluation"] = dict(evaluation) | {"server": dict(server) | {"models": dict(served)}}

    def _for_this(self, choice: Mapping[Any, Any], place: int) -> bool:
        only = choice.get("only")
        if only is None:
            return True
        where = ("evaluation", "benchmarks", place, "only")
        if not isinstance(only, list) or not only:
            self._wrong(where, f"only: must be a list of languages, not {only!r}")
            return True
        codes, known = [code_of(each) for each in only], list(languages())
        for code in codes:
            if code not in known:
                hint = nearest(str(code), known)
                self._wrong(where, f"only: unknown language {code!r}{hint}: known are {', '.join(known)}")
        return self.fixed["language"] in codes

    def _choice(self, choice: Any) -> Any:
        if not isinstance(choice, dict):
            return choice
        made = {key: value for key, value in choice.items() if key != "only"}
        if isinstance(made.get("languages"), list):
            made["languages"] = self._asked(made["languages"])
        return made

    def _asked(self, written: Sequence[Any]) -> list[Any]:
        """Languages of a benchmark; one that a placeholder stands for, and that is named besides, is asked once."""
        made = [_put(each, self.fixed) for each in written]
        plain = [code_of(each) for each, given in zip(made, written, strict=True) if each == given]
        asked: list[Any] = []
        for each, given in zip(made, written, strict=True):
            if each == given or each not in [*plain, *asked]:
                asked.append(each)
        return asked


def _along(axes: Mapping[str, Sequence[Any]], value: Any) -> Iterator[dict[str, Any]]:
    """The values of the axes that are mentioned, in every combination; once where none is."""
    text = repr(value)
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
