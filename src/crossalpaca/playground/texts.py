"""What the interface says, in the user's language: one TOML file for each in `locales/`, and prompts to try."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from crossalpaca.benchmarks import squad
from crossalpaca.benchmarks.forms.rows import Row, Table
from crossalpaca.errors import InputError, nearest
from crossalpaca.languages import Language, language

Texts = Mapping[str, str]

LANGUAGES = ("en", "it", "es", "de", "zh-Hans", "ar")
"""Of the interface."""

_LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG")  # the first that is set says it


@dataclass(frozen=True, slots=True)
class Prompt:
    """An example to try.

    Attributes:
        title: a few words.
        instruction, input: what fills the two fields; the input may be empty.
    """

    title: str
    instruction: str
    input: str


@cache
def texts(code: str) -> Texts:
    """The texts of the interface in a language.

    Raises:
        InputError: it does not speak it.
    """
    if code not in LANGUAGES:
        known = ", ".join(LANGUAGES)
        raise InputError(f"the playground does not speak {code!r}{nearest(code, LANGUAGES)}: it speaks {known}")
    file = resources.files("crossalpaca.playground") / "locales" / f"{code}.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


def language_of_locale(environment: Mapping[str, str] = os.environ) -> str:
    """The interface's language for a locale such as `it_IT.UTF-8`; English where it has none."""
    locale = next((environment[name] for name in _LOCALE if environment.get(name)), "")
    spoken = locale.partition(".")[0].partition("_")[0]
    return next((code for code in LANGUAGES if code.partition("-")[0] == spoken), "en")


def examples(codes: Sequence[str]) -> list[tuple[str, Prompt]]:
    """The example prompts of languages, each with the code of its language."""
    return [(code, prompt) for code in codes for prompt in _examples(language(code))]


def _examples(spoken: Language) -> list[Prompt]:
    explain, read, rewrite = (spoken.examples[kind] for kind in ("explain", "read", "rewrite"))
    row = Row("", 1, context=read["text"], question=read["question"])
    (asked,) = squad.examples(Table(Path(), "json", "", (row,), ""), spoken, "")  # worded as in an evaluation
    return [
        Prompt(explain["title"], explain["instruction"], ""),
        Prompt(read["title"], asked.instruction, asked.input),
        Prompt(rewrite["title"], rewrite["instruction"], rewrite["input"]),
    ]


def direction_of(code: str) -> str:
    """How a language is written: `rtl` or `ltr`."""
    return "rtl" if language(code).rtl else "ltr"
