"""Languages: one TOML file each in this folder, everything the project knows about them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, Literal, get_args

from crossalpaca.errors import InputError, nearest

Segmentation = Literal["space", "character", "none"]

_TAG = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?")  # ca, ast, sr-Cyrl, pt-BR


@dataclass(frozen=True, slots=True)
class Language:
    """One language as its TOML file describes it.

    Attributes:
        code: BCP-47 code; zh-Hans and zh-Hant are two languages.
        name, own_name: its name in English and in itself.
        script: ISO 15924 code of its usual script.
        rtl: written from right to left.
        segmentation: "space", "character" (each Han character is a token) or "none" (words without spaces).
        aliases: other codes under which corpora and benchmarks name it.
        length_ratio: characters in this language for one character of the English translation.
        articles: whole words that answer normalisation removes.
        article_prefixes: strings that it removes anywhere (Arabic).
        scoring_source: "MLQA" where its official scorer defines the rules, else "this project".
        labels: names of the parts of a prompt: context, question, answer, options.
        instructions: extractive_qa, multiple_choice, reasoning.
        answers: yes, no, true, false, valid, invalid: the words that prompts use.
        answer_variants: other words and inflected forms for each of `answers`.
        logic: what the words of a boolean expression mean: not, and, or, copula (says nothing), unclear (may mean one
            thing or another).
        answer_cues: what tells the answer in a sentence: announce (nouns before it), negate and negate_after (words
            that turn it round from before and from behind), deny (what is said of a wrong option), one_letter_words
            (words that are no option letters, elided ones with their apostrophe).
        translation: wordings of the translation instruction: from_english and to_english in this language,
            from_english_in_english and to_english_in_english in English.
        examples: prompts for people to try: explain (title and instruction), read (title, text and a question about it)
            and rewrite (title, instruction and input).
    """

    code: str
    name: str
    own_name: str
    script: str
    rtl: bool
    segmentation: Segmentation
    aliases: tuple[str, ...]
    length_ratio: float
    articles: tuple[str, ...]
    article_prefixes: tuple[str, ...]
    scoring_source: str
    labels: Mapping[str, str]
    instructions: Mapping[str, str]
    answers: Mapping[str, str]
    answer_variants: Mapping[str, tuple[str, ...]]
    logic: Mapping[str, tuple[str, ...]]
    answer_cues: Mapping[str, tuple[str, ...]]
    translation: Mapping[str, tuple[str, ...]]
    examples: Mapping[str, Mapping[str, str]]


def _load(raw: Mapping[str, Any]) -> Language:
    scoring = raw["scoring"]
    return Language(
        code=raw["code"],
        name=raw["name"],
        own_name=raw["own_name"],
        script=raw["script"],
        rtl=raw["rtl"],
        segmentation=raw["segmentation"],
        aliases=tuple(raw["aliases"]),
        length_ratio=float(raw["length_ratio"]),
        articles=tuple(scoring["articles"]),
        article_prefixes=tuple(scoring["article_prefixes"]),
        scoring_source=scoring["source"],
        labels=raw["labels"],
        instructions=raw["instructions"],
        answers=raw["answers"],
        answer_variants=_lists(raw["answer_variants"]),
        logic=_lists(raw["logic"]),
        answer_cues=_lists(raw["answer_cues"]),
        translation=_lists(raw["translation"]),
        examples=raw["examples"],
    )


def _lists(table: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {key: tuple(words) for key, words in table.items()}


@cache
def languages() -> Mapping[str, Language]:
    """All known languages by code, in alphabetical order.

    Raises:
        InputError: a file is no TOML, does not say the same things as that of English, or says what cannot be.
    """
    files = sorted((f for f in _folder().iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)
    tables = {file.name.removesuffix(".toml"): read_table(file) for file in files}
    for code, table in tables.items():
        if problems := list(unlike(table, tables["en"])) or list(_wrong(table, code)):
            raise InputError(f"{_folder().joinpath(code)}.toml: {', '.join(problems)}; compare it with en.toml")
    return {code: _load(table) for code, table in tables.items()}


def _wrong(table: Mapping[str, Any], code: str) -> Iterator[str]:
    """What cannot be in a table that has all its keys."""
    if table["code"] != code:
        yield f"code is {table['code']!r}, not {code!r} as in the file's name"
    if table["segmentation"] not in (kinds := get_args(Segmentation)):
        yield f"segmentation is {table['segmentation']!r}, not one of {', '.join(kinds)}"
    if not table["length_ratio"] > 0:
        yield f"length_ratio is {table['length_ratio']}, and must be above 0"


def read_table(file: Traversable) -> dict[str, Any]:
    """The content of a language file.

    Raises:
        InputError: it is no TOML in UTF-8.
    """
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:  # of TOML and of UTF-8 alike
        raise InputError(f"{file}: not TOML in UTF-8 ({error}); mend it") from None


def unlike(table: Mapping[str, Any], model: Mapping[str, Any], above: str = "") -> Iterator[str]:
    """What is missing in a table, unknown, or of another kind than in a model of it."""
    for key in sorted(table.keys() | model.keys()):
        if key not in table:
            yield f"{above}{key} is missing"
        elif key not in model:
            yield f"{above}{key} is unknown"
        elif isinstance(table[key], dict) and isinstance(model[key], dict):
            yield from unlike(table[key], model[key], f"{above}{key}.")
        elif _kind(table[key]) != _kind(model[key]):
            yield f"{above}{key} must be {_kind(model[key])}"


def _kind(value: object) -> str:
    if isinstance(value, list):
        return "a list of texts" if all(isinstance(item, str) for item in value) else "another list"
    kinds = {str: "a text", bool: "true or false", int: "a number", float: "a number", dict: "a table"}
    return kinds.get(type(value), "another value")


def language(code: str) -> Language:
    """The language of a BCP-47 code or of one of its aliases.

    Raises:
        InputError: the code is unknown; the message names the nearest known one, and the file to add for a new one.
    """
    known = languages()
    if code in known:
        return known[code]
    for candidate in known.values():
        if code in candidate.aliases:
            return candidate
    raise InputError(f"unknown language {code!r}{_meant(code)}: known are {', '.join(known)}{_file_to_add(code)}")


def _meant(code: str) -> str:
    # Codes of two letters are all alike: only their case can be a slip.
    folded = {known.casefold(): known for known in languages()}
    return nearest(code, folded.values()) if len(code) > 2 or code.casefold() in folded else ""


def _file_to_add(code: str) -> str:
    if not _TAG.fullmatch(code):
        return ""
    new = _folder().joinpath(f"{code}.toml")
    return f"; to add it, copy es.toml to {new} and translate its texts (docs/your-own-language.md says how)"


def _folder() -> Traversable:
    return resources.files(__name__)
