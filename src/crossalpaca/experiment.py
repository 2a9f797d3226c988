"""One experiment: the mapping of a file in, a frozen `Experiment` out, or every problem at once with its place."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
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
from crossalpaca.errors import InputError, nearest
from crossalpaca.experiment_checks import cross_checks
from crossalpaca.languages import language as find_language
from crossalpaca.prompts import TEMPLATES, Template
from crossalpaca.records import Direction
from crossalpaca.resources import STEP_NAMES, Resources
from crossalpaca.training.recipe import Recipe, Whole, started_from_name
from crossalpaca.yaml_lines import Location


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


def _as_json(value: Any) -> Any:
    """A copy in values of JSON: dates and endless numbers, which YAML reads, become text, and so do all keys."""
    if isinstance(value, dict):
        return {str(key): _as_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_json(item) for item in value]
    endless = isinstance(value, float) and not math.isfinite(value)
    return value if value is None or (isinstance(value, str | int | float) and not endless) else str(value)


def told(raw: Mapping[str, Any]) -> dict[str, Any]:
    """What a report tells of a file: all of it but the resources, on which no result depends."""
    return {key: _as_json(value) for key, value in raw.items() if key != "resources"}


def not_empty(values: Any) -> Any:
    """The values, if there are any."""
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
    from crossalpaca.translation.engines import named

    try:
        return named(spec)
    except InputError as error:
        raise PydanticCustomError("unknown", "{text}", {"text": str(error)}) from None


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
        language: the language that the instructions are in, where it is not the experiment's and they are not to be
            translated. `{language}` in the name of a file stands for the experiment's.
    """

    instructions: str | None = None
    language: LanguageCode | None = None
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
        languages: the model learns from the demonstrations of all these languages of a grid together; from those of
            the experiment's language where none is given.
    """

    instructions: Annotated[Whole, Field(ge=0)] | Literal["all"] = 0
    translations: dict[Direction, Annotated[Whole, Field(ge=0)] | Annotated[str, AfterValidator(_share)]] = {}
    wording: Literal["english", "source", "target", "mixed"] = "english"
    control: Literal["mis-paired", "repeated"] | None = None
    languages: tuple[LanguageCode, ...] = ()

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
    files: Annotated[tuple[str, ...], AfterValidator(not_empty)]
    golds: tuple[str, ...] = ()
    translate: Translate | None = None
    items: Annotated[Whole, Field(gt=0)] | None = None
    max_new_tokens: Annotated[Whole, Field(gt=0)] | None = None

    @property
    def title(self) -> str:
        """The name in reports."""
        return self.name or self.benchmark


class Evaluation(_Part):
    """What models are evaluated on, and how they are asked: decoded here, or by a server.

    Attributes:
        benchmarks, decoding, server: see their types.
        seed: by which items are drawn; the experiment's where not given.
    """

    benchmarks: Annotated[tuple[BenchmarkChoice, ...], AfterValidator(not_empty)]
    decoding: Decoding = Decoding()
    server: Server | None = None
    seed: Annotated[Whole, Field(ge=0, lt=2**32)] | None = None

    def serving(self, model: str) -> Served | None:
        """How a server is asked for the model; None where it is decoded here."""
        return None if self.server is None else self.server.serving(model)


class Probing(_Part):
    """How it is looked at inside the models why they answer as they do.

    Attributes:
        files: two line-aligned files, English first; `{language}` stands for the experiment's.
        sentences: how many of their first sentences are embedded; all where not given.
        translations: how many of their first sentences are translated in each direction.
        max_new_tokens: how long a translation may be, in tokens.
    """

    files: tuple[str, str]
    sentences: Annotated[Whole, Field(gt=1)] | None = None
    translations: Annotated[Whole, Field(ge=0)] = 0
    max_new_tokens: Annotated[Whole, Field(gt=0)] = 128


class Experiment(_Part):
    """What to compare, on what, in which language: an experiment file, checked.

    Attributes:
        name: of the experiment and of its report.
        language: the language x.
        backbone: registered id, hub id or local folder, with a revision if wanted.
        prompt: the prompt template.
        seed: of every sample, order and interval.
        data, models, training, evaluation, probing: see their types.
        compare: pairs of models, the second subtracted from the first.
        resources: on a cluster, name of a step to what it asks of a machine; no result depends on it.
    """

    name: Name
    language: LanguageCode
    backbone: BackboneChoice
    prompt: Annotated[str, _member("prompt template", TEMPLATES)] = "alpaca"
    seed: Annotated[Whole, Field(ge=0, lt=2**32)] = 42
    data: Data = Data()
    models: Annotated[dict[Name, Model], AfterValidator(not_empty)]
    training: Annotated[Recipe, BeforeValidator(started_from_name)] = Recipe()
    evaluation: Evaluation
    probing: Probing | None = None
    resources: dict[Annotated[str, _member("step", STEP_NAMES)], Resources] = {}
    compare: tuple[tuple[str, str], ...] = ()
    _folder: Path = PrivateAttr(default=Path())
    _file: dict[str, Any] = PrivateAttr(default_factory=dict)

    @classmethod
    def check(cls, raw: Mapping[str, Any], folder: Path) -> tuple[Self | None, list[tuple[Location, str]]]:
        """The experiment of a mapping, None where it is not one, and everything that is wrong with it."""
        problems = list(cross_checks(raw))
        try:
            experiment = cls.model_validate(raw)
        except ValidationError as error:
            return None, [*problems, *messages(error, cls)]
        experiment._folder = folder
        experiment._file = told(raw)
        return experiment, problems

    @property
    def folder(self) -> Path:
        """What the paths of data files are relative to."""
        return self._folder

    @property
    def file(self) -> Mapping[str, Any]:
        """The file's content as it was read."""
        return self._file

    @property
    def resolved_backbone(self) -> Backbone:
        """The backbone's registry entry, or one made for a folder or hub id."""
        return resolve(self.backbone.id, self.backbone.revision)

    @property
    def template(self) -> Template:
        """The prompt template."""
        return TEMPLATES[self.prompt]


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


_EACH_MODEL, _EACH_BENCHMARK, _EACH_STEP = "any model", "any benchmark", "any step"
_CHILDREN: Mapping[object, Mapping[str, object]] = {
    Data: {"translate": Translate},
    BenchmarkChoice: {"translate": Translate},
    Experiment: {
        "backbone": BackboneChoice,
        "data": Data,
        "models": _EACH_MODEL,
        "training": Recipe,
        "evaluation": Evaluation,
        "probing": Probing,
        "resources": _EACH_STEP,
    },
    Evaluation: {"benchmarks": _EACH_BENCHMARK, "decoding": Decoding, "server": Server},
}
_ITEMS: Mapping[object, type] = {_EACH_MODEL: Model, _EACH_BENCHMARK: BenchmarkChoice, _EACH_STEP: Resources}


def _siblings(location: Location, owner: type) -> list[str]:
    """Valid keys at the place of an unknown one."""
    place: object = owner
    for part in location[:-1]:
        place = _ITEMS.get(place) or _CHILDREN.get(place, {}).get(str(part), place)
    fields = getattr(place, "model_fields", None) or getattr(place, "__dataclass_fields__", {})
    return [name for name in fields if name != "__pydantic_config__"]
