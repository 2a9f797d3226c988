"""Languages: one TOML file each in this folder, everything the project knows about them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

from crossalpaca.errors import InputError, nearest

Segmentation = Literal["space", "character", "none"]


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


def _load(text: str) -> Language:
    raw = tomllib.loads(text)
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
    )


def _lists(table: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {key: tuple(words) for key, words in table.items()}


@cache
def languages() -> Mapping[str, Language]:
    """All known languages by code, in alphabetical order."""
    folder = resources.files(__name__)
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)
    loaded = [_load(file.read_text(encoding="utf-8")) for file in files]
    return {language.code: language for language in loaded}


def language(code: str) -> Language:
    """The language of a BCP-47 code or of one of its aliases.

    Raises:
        InputError: the code is unknown; the message names the nearest known one.
    """
    known = languages()
    if code in known:
        return known[code]
    for candidate in known.values():
        if code in candidate.aliases:
            return candidate
    raise InputError(f"unknown language {code!r}{nearest(code, known)}: known are {', '.join(known)}")
