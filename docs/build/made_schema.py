"""Every key of an experiment file, from the classes that check it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from crossalpaca import experiment
from crossalpaca.decoding.requests import Decoding, Server
from crossalpaca.experiment import (
    BackboneChoice,
    BenchmarkChoice,
    Data,
    Evaluation,
    Experiment,
    Model,
    Probing,
    Translate,
)
from crossalpaca.grid import Dimensions
from crossalpaca.interoperability.markdown import Verbatim, cells
from crossalpaca.resources import Resources
from crossalpaca.training.recipe import RECIPES, Recipe

Schema = Mapping[str, Any]

PLACES: Mapping[type, tuple[str, str]] = {
    Experiment: ("The file", ""),
    Dimensions: ("Several at once", ""),
    BackboneChoice: ("Backbone", "backbone"),
    Data: ("Data", "data"),
    Translate: ("Translate", "translate"),
    Model: ("Models", "models.NAME"),
    Recipe: ("Training", "training"),
    Evaluation: ("Evaluation", "evaluation"),
    BenchmarkChoice: ("Benchmarks", "evaluation.benchmarks"),
    Decoding: ("Decoding", "evaluation.decoding"),
    Server: ("Server", "evaluation.server"),
    Probing: ("Probing", "probing"),
    Resources: ("Resources", "resources.STEP"),
}
"""Class to its heading on the page and the place of its keys in a file; a nested class must be here too."""

_CHECKED = {
    experiment._known_language: "language code",
    experiment._known_backbone: "id of a backbone, or folder",
    experiment._known_engine: "translation engine",
    experiment._share: "share such as `40%`",
}


_SHORT = {"id": "registered id, hub id or folder.", "revision": "commit of a hub id."}
"""What keys mean whose class says it in one sentence."""


class _InWords(GenerateJsonSchema):
    """The JSON schema, which also tells what our own checks ask of a value."""

    def function_after_schema(self, schema: core_schema.AfterValidatorFunctionSchema) -> dict[str, Any]:
        made = dict(super().function_after_schema(schema))
        check: Any = schema["function"]["function"]
        kept = inspect.getclosurevars(check).nonlocals if inspect.isfunction(check) else {}
        if "known" in kept:
            made["enum"] = list(kept["known"])
        elif check in _CHECKED:
            made["format"] = _CHECKED[check]
        elif check is experiment.not_empty:
            made["minItems"] = 1
        return made


@dataclass(frozen=True, slots=True)
class Key:
    """One key: its name, what may stand there, what stands there where it is left out, and what it means."""

    name: str
    kind: str
    default: str
    meaning: str


def schema() -> str:
    """All keys in Markdown: a table for each part of a file."""
    return "\n\n".join("\n".join(_section(owner)) for owner in PLACES)


def _section(owner: type) -> Iterator[str]:
    heading, place = PLACES[owner]
    yield f"### {heading}"
    yield ""
    yield (f"`{place}`: " if place else "") + _first_sentence(owner)
    yield ""
    yield '<div class="keys" markdown>'
    yield ""
    yield "| key | value | default | meaning |"
    yield "|---|---|---|---|"
    for key in keys(owner):
        yield cells(
            Verbatim(part.replace("|", "\\|")) for part in (f"`{key.name}`", key.kind, key.default, key.meaning)
        )
    yield ""
    yield "</div>"


def keys(owner: type) -> list[Key]:
    """The keys of one part of a file, in the order of its class."""
    made = TypeAdapter(owner).json_schema(schema_generator=_InWords)
    properties = made["properties"]
    if owner is Recipe:
        properties["recipe"]["enum"] = list(RECIPES)
    means, required = meanings(owner) or _SHORT, made.get("required", [])
    return [
        Key(name, _kind(value), _default(name, value, required), means.get(name, ""))
        for name, value in properties.items()
    ]


def _first_sentence(owner: type) -> str:
    text = inspect.cleandoc(owner.__doc__ or "").partition("\n\nAttributes:")[0].replace("\n", " ")
    return text[:1].upper() + text[1:]


def meanings(owner: type) -> dict[str, str]:
    """What the class's docstring says of each attribute; several may share a line."""
    part = inspect.cleandoc(owner.__doc__ or "").partition("\nAttributes:\n")[2].partition("\n\n")[0]
    found: dict[str, str] = {}
    for names, lines in re.findall(r"^ {4}(\w[\w, ]*): (.*(?:\n {8}.*)*)", part, re.MULTILINE):
        # What "(see `NAME`)" names is for readers of the code; the page shows it.
        text = re.sub(r" \(see `\w+`\)", "", re.sub(r"\s*\n\s*", " ", lines))
        for name in names.split(", "):
            found[name] = _said_elsewhere(name) if text.startswith("see their type") else text
    return found


def _said_elsewhere(name: str) -> str:
    """What the class of a part of the file says of itself."""
    return _first_sentence(next(owner for owner, (_, place) in PLACES.items() if name in place.split(".")))


def _default(name: str, value: Schema, required: Iterable[str]) -> str:
    if name in required:
        return "**required**"
    given = value.get("default")
    if given is None or given == "":
        return "none"
    if isinstance(given, (dict, list)):
        return "empty" if not given else "its own defaults"
    return f"`{str(given).lower() if isinstance(given, bool) else given}`"


def _kind(value: Schema) -> str:
    """What may stand there, in words."""
    if "$ref" in value:
        return _link(value["$ref"].rpartition("/")[2])
    if branches := value.get("anyOf", value.get("oneOf")):
        return ", or ".join(dict.fromkeys(_kind(each) for each in branches if each.get("type") != "null"))
    if "enum" in value:
        return _choices(value["enum"])
    if "const" in value:
        return f"`{value['const']}`"
    if "format" in value and value.get("type") == "string":
        return str(value["format"])
    return _WORDS[value["type"]](value)


def _link(name: str) -> str:
    headings = [heading for owner, (heading, _) in PLACES.items() if owner.__name__ == name]
    if not headings:
        raise ValueError(f"{name} is part of an experiment file, but not in PLACES of docs/build/made_schema.py")
    return _anchor(headings[0])


def _anchor(heading: str) -> str:
    return f"[{heading}](#{heading.lower().replace(' ', '-')})"


def _choices(values: Iterable[Any]) -> str:
    return ", ".join(f"`{value}`" for value in values)


def _list(value: Schema) -> str:
    if "prefixItems" in value:
        return f"pair of {_plural(_kind(value['prefixItems'][0]))}"
    return f"list of {_plural(_kind(value['items']))}" + (", not empty" if value.get("minItems") else "")


def _plural(kind: str) -> str:
    return re.sub(r"\b(number|pair|name|code|text)\b", r"\1s", kind)


def _mapping(value: Schema) -> str:
    named = list(value.get("patternProperties", {}).values())
    of = named[0] if named else value.get("additionalProperties")
    key = _kind({"type": "string"} | value["propertyNames"]) if "propertyNames" in value else "name"
    return f"mapping of {key} to {_kind(of)}" if isinstance(of, dict) and of else "any keys of this page"


def _number(kind: str, value: Schema) -> str:
    bounds = [
        f"{words} {value[name]:g}" if value[name] < 1e6 else f"{words} 2^32"
        for name, words in (
            ("exclusiveMinimum", "above"),
            ("minimum", "from"),
            ("exclusiveMaximum", "below"),
            ("maximum", "to"),
        )
        if name in value
    ]
    return " ".join([kind, *bounds])


_WORDS: Mapping[str, Callable[[Schema], str]] = {
    "string": lambda value: "name" if "pattern" in value else "text",
    "boolean": lambda value: "`true`, `false`",
    "integer": lambda value: _number("whole number", value),
    "number": lambda value: _number("number", value),
    "array": _list,
    "object": _mapping,
}
