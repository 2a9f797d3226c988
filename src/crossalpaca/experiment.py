"""Experiment files: YAML in, a frozen `Experiment` out, or every problem at once with its line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

from crossalpaca.backbones import Backbone, resolve
from crossalpaca.benchmarks import BENCHMARKS
from crossalpaca.decoding.requests import Decoding, Served, Server
from crossalpaca.demonstrations.mixture import checked
from crossalpaca.errors import ExperimentError, InputError, nearest
from crossalpaca.experiment_checks import cross_checks
from crossalpaca.languages import language as find_language
from crossalpaca.prompts import TEMPLATES, Template
from crossalpaca.records import Direction
from crossalpaca.training.recipe import Recipe, Whole, started_from_name
from crossalpaca.yaml_lines import Location, read_yaml


def _known_language(code: str) -> str:
    try:
        return find_language(code).code
    except InputError as error:
        raise PydanticCustomError("unknown", "{text}", {"text": str(error)}) from None


def _known_backbone(name: str) -> str:
    try:
        resolve(name)
    except InputError as error:
        raise PydanticCustomError("unknown", "{text}", {"text": str(error)}) from None
    return name


def _member(kind: str, known: Iterable[str]) -> AfterValidator:
    def check(value: str) -> str:
        if value not in known:
            text = f"unknown {kind} {value!r}{nearest(value, known)}: known are {', '.join(known)}"
            raise PydanticCustomError("unknown", "{text}", {"text": text})
        return value

    return AfterValidator(check)


def _not_empty(values: Any) -> Any:
    # Not pydantic's min_length: it also complains of what holds a wrong item.
    if not values:
        raise PydanticCustomError("empty", "must not be empty")
    return values


def _known_filters(changes: dict[str, bool | float]) -> dict[str, bool | float]:
    from crossalpaca.demonstrations.filters import changed  # late: polars takes a while

    try:
        changed(changes)
    except InputError as error:
        raise PydanticCustomError("unknown", "{text}", {"text": str(error)}) from None
    return changes


def _known_engine(spec: str) -> str:
    from crossalpaca.translation.engines import engine

    try:
        engine(spec)
    except InputError as error:
        raise PydanticCustomError("unknown", "{text}", {"text": str(error)}) from None
    return spec


def _share(value: str) -> str:
    try:
        checked(value)
    except InputError as error:
        raise PydanticCustomError("unknown", "{text}", {"text": str(error)}) from None
    return value


LanguageCode = Annotated[str, AfterValidator(_known_language)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)


class BackboneChoice(_Part):
    """A backbone by its id alone, or with a revision: `{id: huggyllama/llama-7b, revision: 4782ad2}`."""

    id: Annotated[str, AfterValidator(_known_backbone)]
    revision: str = ""

    @model_validator(mode="before")
    @classmethod
    def _from_id(cls, value: Any) -> Any:
        return {"id": value} if isinstance(value, str) else value


class Translate(_Part):
    """Where data come from that a language lacks: translated from another one.

    Attributes:
        engine: `NAME` or `NAME:ARGUMENT`, or a chain such as `deepl>es>apertium`.
        source: the language that the files are in.
        max_cost: the most that one translation may cost, in the engine's currency.
    """

    engine: Annotated[str, AfterValidator(_known_engine)] = "apertium"
    source: LanguageCode = "en"
    max_cost: Annotated[float, Field(ge=0)] | None = None


class Data(_Part):
    """Where demonstrations come from.

    Attributes:
        instructions: file in Alpaca form, in the experiment's language.
        translate: the instructions are in another language, and are translated.
        bitext: each entry one file of sentence pairs (TSV, JSON lines, Parquet, TMX, OPUS zip, PO or MO), or two
            line-aligned files, English first.
        filters: filters of sentence pairs that are left out (false), or get another bound.
        broken: what becomes of lines that are not UTF-8.
        swapped: what becomes of bitext whose sides seem to be the other way round.
        first: the side that comes first where a file does not say.
        leaks: what becomes of demonstrations that overlap the experiment's benchmarks; none does not look for them.
    """

    instructions: str | None = None
    translate: Translate | None = None
    bitext: tuple[str | tuple[str, str], ...] = ()
    filters: Annotated[dict[str, bool | float], AfterValidator(_known_filters)] = {}
    broken: Literal["error", "skip"] = "error"
    swapped: Literal["error", "accept"] = "error"
    first: Literal["en", "x"] = "en"
    leaks: Literal["remove", "report", "none"] = "remove"


class Model(_Part):
    """One model to compare; with neither kind of demonstration it is the backbone itself.

    Attributes:
        instructions: how many instruction demonstrations, or "all".
        translations: how many translation demonstrations in each direction, or a share of the instruction
            demonstrations such as "40%".
        wording: the language of the translation instruction.
        control: what stands in place of the translations: as many wrong ones, or instructions once more.
    """

    instructions: Annotated[Whole, Field(ge=0)] | Literal["all"] = 0
    translations: dict[Direction, Annotated[Whole, Field(ge=0)] | Annotated[str, AfterValidator(_share)]] = {}
    wording: Literal["english", "source", "target", "mixed"] = "english"
    control: Literal["mis-paired", "repeated"] | None = None

    @property
    def trained(self) -> bool:
        """True if there is anything to train on."""
        return bool(self.instructions) or any(self.translations.values())


class BenchmarkChoice(_Part):
    """One benchmark to evaluate on.

    Attributes:
        benchmark: id of a benchmark, or of a form for own files.
        name: what the report calls it; needed for own files.
        languages: in which languages; the experiment's where none is given.
        files: its files; `{language}` stands for the code.
        golds: the English originals of the files, in their order, where translated golds are not to be trusted: each
            row takes its gold from the row of the same number.
        translate: the files are in one language, and are translated into the others that are asked.
        items: how many items to draw, by whole passages; all where not given.
        max_new_tokens: how long an answer may be, in tokens; the benchmark's own limit where not given.
    """

    benchmark: Annotated[str, _member("benchmark", BENCHMARKS)]
    name: Name | None = None
    languages: tuple[LanguageCode, ...] = ()
    files: Annotated[tuple[str, ...], AfterValidator(_not_empty)]
    golds: tuple[str, ...] = ()
    translate: Translate | None = None
    items: Annotated[Whole, Field(gt=0)] | None = None
    max_new_tokens: Annotated[Whole, Field(gt=0)] | None = None

    @property
    def title(self) -> str:
        """The name in reports."""
        return self.name or self.benchmark


class Evaluation(_Part):
    """What models are evaluated on, and how they are asked: decoded here, or by a server."""

    benchmarks: Annotated[tuple[BenchmarkChoice, ...], AfterValidator(_not_empty)]
    decoding: Decoding = Decoding()
    server: Server | None = None

    def serving(self, model: str) -> Served | None:
        """How a server is asked for the model; None where it is decoded here."""
        return None if self.server is None else self.server.serving(model)


class Experiment(_Part):
    """What to compare, on what, in which language: an experiment file, checked.

    Attributes:
        name: of the experiment and of its report.
        language: the language x.
        backbone: registered id, hub id or local folder, with a revision if wanted.
        prompt: the prompt template.
        seed: of every sample, order and interval.
        data, models, training, evaluation: see their types.
        compare: pairs of models, the second subtracted from the first.
    """

    name: Name
    language: LanguageCode
    backbone: BackboneChoice
    prompt: Annotated[str, _member("prompt template", TEMPLATES)] = "alpaca"
    seed: Annotated[Whole, Field(ge=0, lt=2**32)] = 42
    data: Data = Data()
    models: Annotated[dict[Name, Model], AfterValidator(_not_empty)]
    training: Annotated[Recipe, BeforeValidator(started_from_name)] = Recipe()
    evaluation: Evaluation
    compare: tuple[tuple[str, str], ...] = ()
    _folder: Path = PrivateAttr(default=Path())

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
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            raise ExperimentError(str(path), [(0, "is not UTF-8 text")]) from None
        return cls.parse(text, source=str(path), folder=folder)

    @classmethod
    def parse(cls, text: str, *, source: str = "experiment", folder: Path = Path()) -> Self:
        """Reads the text of an experiment file.

        Raises:
            ExperimentError: every problem of the text, each with its line.
        """
        raw, lines, problems = read_yaml(text, source)
        problems += [(lines.of(location), message) for location, message in cross_checks(raw)]
        try:
            experiment = cls.model_validate(raw)
            experiment._folder = folder
        except ValidationError as error:
            problems += [(lines.of(location), message) for location, message in messages(error, cls)]
        if problems:
            raise ExperimentError(source, sorted(set(problems)))
        return experiment

    @property
    def folder(self) -> Path:
        """What the paths of data files are relative to."""
        return self._folder

    @property
    def resolved_backbone(self) -> Backbone:
        """The backbone's registry entry, or one made for a folder or hub id."""
        return resolve(self.backbone.id, self.backbone.revision)

    @property
    def template(self) -> Template:
        """The prompt template."""
        return TEMPLATES[self.prompt]


def shipped() -> dict[str, Path]:
    """Experiments that ship with the package, by name."""
    folder = Path(str(resources.files("crossalpaca"))) / "experiments"
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def experiment_path(source: str) -> Path:
    """The file of an experiment given by path or by the name of a shipped one.

    Raises:
        InputError: there is neither.
    """
    path = Path(source)
    if path.is_file():
        return path
    known = shipped()
    if source in known:
        return known[source]
    raise InputError(
        f"{source}: no such experiment file, and none of that name ships{nearest(source, known)}: {', '.join(known)}"
    )


def messages(error: ValidationError, owner: type) -> Iterator[tuple[Location, str]]:
    """Location and message, in our words, of everything that pydantic found wrong with an `owner`."""
    for problem in error.errors(include_url=False):
        location: Location = problem["loc"]
        where = ".".join(str(part) for part in location if not _is_branch(part))
        if problem["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
            yield location, f"unknown key {where!r}{nearest(str(location[-1]), _siblings(location, owner))}"
        elif problem["type"] == "missing":
            yield location[:-1], f"{where!r} is missing"
        elif problem["type"] == "unknown":
            yield location, f"{where}: {problem['msg']}"
        else:
            given = repr(problem["input"])
            shown = given if len(given) <= 40 else given[:37] + "..."
            yield location, f"{where}: {problem['msg'][:1].lower()}{problem['msg'][1:]}, not {shown}"


def _is_branch(part: str | int) -> bool:
    """Pydantic names the branch of a union in an error's location; people need not see it."""
    return isinstance(part, str) and ("[" in part or part in ("int", "constrained-int"))


_EACH_MODEL, _EACH_BENCHMARK = "any model", "any benchmark"
_CHILDREN: Mapping[object, Mapping[str, object]] = {
    Data: {"translate": Translate},
    BenchmarkChoice: {"translate": Translate},
    Experiment: {
        "backbone": BackboneChoice,
        "data": Data,
        "models": _EACH_MODEL,
        "training": Recipe,
        "evaluation": Evaluation,
    },
    Evaluation: {"benchmarks": _EACH_BENCHMARK, "decoding": Decoding, "server": Server},
}
_ITEMS: Mapping[object, type] = {_EACH_MODEL: Model, _EACH_BENCHMARK: BenchmarkChoice}


def _siblings(location: Location, owner: type) -> list[str]:
    """Valid keys at the place of an unknown one."""
    place: object = owner
    for part in location[:-1]:
        place = _ITEMS.get(place) or _CHILDREN.get(place, {}).get(str(part), place)
    fields = getattr(place, "model_fields", None) or getattr(place, "__dataclass_fields__", {})
    return [name for name in fields if name != "__pydantic_config__"]


def commented_template(code: str, backbone: str) -> str:
    """The text of an experiment file for a language, with a comment on every part.

    Raises:
        InputError: the language or the backbone is unknown.
    """
    spoken = find_language(code)
    resolve(backbone)
    template = resources.files("crossalpaca").joinpath("experiments", "template.yaml.txt").read_text(encoding="utf-8")
    values = {"CODE": spoken.code, "LANGUAGE": spoken.name, "BACKBONE": backbone}
    for name, value in values.items():
        template = template.replace(f"@{name}@", value)
    return template
