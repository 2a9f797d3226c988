"""What one part of an experiment file asks of another, which no field by itself can tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from crossalpaca.benchmarks import BENCHMARKS
from crossalpaca.errors import nearest
from crossalpaca.training.recipe import RECIPES
from crossalpaca.yaml_lines import Location


def cross_checks(raw: Mapping[str, Any]) -> Iterator[tuple[Location, str]]:
    """What one part of the file asks of another; tolerant of parts that are wrong in themselves."""
    models = as_mapping(raw.get("models"))
    for index, pair in enumerate(as_sequence(raw.get("compare"))):
        yield from ((("compare", index), f"compare: {message}") for message in _wrong_pair(as_sequence(pair), models))
    data = as_mapping(raw.get("data"))
    for name, model in models.items():
        wanted = as_mapping(model)
        for problem in _model_problems(wanted, data):
            yield ("models", name), f"model {name} {problem}"
    served = as_mapping(as_mapping(as_mapping(raw.get("evaluation")).get("server")).get("models"))
    for name in served if models else ():
        if name not in models:
            yield ("evaluation", "server", "models", name), f"server: {unknown_model(name, models)}"
    yield from _recipe_checks(raw.get("training"))
    yield from _benchmark_checks(as_sequence(as_mapping(raw.get("evaluation")).get("benchmarks")), raw.get("language"))


def unknown_model(name: object, known: Iterable[object]) -> str:
    """What is said of a name that no model has."""
    names = [str(each) for each in known]
    return f"no model is called {name!r}{nearest(str(name), names)}: there are {', '.join(names)}"


def _wrong_pair(pair: Sequence[Any], models: Mapping[Any, Any]) -> Iterator[str]:
    """What is wrong with the names of a pair."""
    yield from (unknown_model(name, models) for name in pair if isinstance(name, str) and models and name not in models)
    if is_one_model(pair):
        yield f"{pair[0]!r} is compared with itself; name two models"


def is_one_model(pair: Sequence[Any]) -> bool:
    """Whether a pair of models is one model twice."""
    return len(pair) == 2 and isinstance(pair[0], str) and pair[0] == pair[1]


def _model_problems(wanted: Mapping[Any, Any], data: Mapping[Any, Any]) -> Iterator[str]:
    """What a model asks for that is not there."""
    translations, control = as_mapping(wanted.get("translations")), wanted.get("control")
    if wanted.get("instructions") and not data.get("instructions"):
        yield "wants instructions, but data.instructions names no file"
    if any(translations.values()) and control != "repeated" and not data.get("bitext"):
        yield "wants translations, but data.bitext names no file"
    if any(isinstance(asked, str) for asked in translations.values()) and not wanted.get("instructions"):
        yield "wants a share of its instructions as translations, but has no instructions"
    if control and not any(translations.values()):
        yield f"is the control {control!r}, but has no translations to stand in for"
    if control == "repeated" and not wanted.get("instructions"):
        yield "is to repeat its instructions, but has none"


def _recipe_checks(training: Any) -> Iterator[tuple[Location, str]]:
    named = training if isinstance(training, str) else as_mapping(training).get("recipe")
    if isinstance(named, str) and named not in RECIPES:
        known = ", ".join(RECIPES)
        yield ("training",), f"training: unknown recipe {named!r}{nearest(named, RECIPES)}: known are {known}"


def _benchmark_checks(choices: Sequence[Any], own: Any) -> Iterator[tuple[Location, str]]:
    """Own files need a name, and no two entries may have one title in one language: the second would hide the first."""
    titles: set[tuple[str, str]] = set()
    for index, choice in enumerate(map(as_mapping, choices)):
        where = ("evaluation", "benchmarks", index)
        benchmark = str(choice.get("benchmark"))
        known = BENCHMARKS.get(benchmark)
        if known is not None and known.own and not choice.get("name"):
            yield where, f"benchmark {known.id}: an own file needs a name"
        title = str(choice.get("name") or benchmark)
        if choice.get("golds") and choice.get("translate"):
            yield (*where, "golds"), f"benchmark {title}: golds by row are for files that are translated already"
        golds, files = as_sequence(choice.get("golds")), as_sequence(choice.get("files"))
        if golds and len(golds) != len(files):
            yield (*where, "golds"), f"benchmark {title}: {len(golds)} golds for {len(files)} files; name one for each"
        languages = [code for code in as_sequence(choice.get("languages")) if isinstance(code, str)] or [str(own)]
        for code in dict.fromkeys(languages):
            if (title, code) in titles:
                yield where, f"two benchmarks are called {title!r} in {code!r}; give one of them another name"
            titles.add((title, code))
        for code in sorted({code for code in languages if languages.count(code) > 1}):
            yield (*where, "languages"), f"benchmark {title}: language {code!r} is given twice"


def as_mapping(value: Any) -> Mapping[Any, Any]:
    """A mapping as it is, and an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def as_sequence(value: Any) -> Sequence[Any]:
    """A list as it is, and an empty one for anything else."""
    return value if isinstance(value, list) else []
