"""What the interface says, in the user's language: one TOML file for each in `locales/`, and the example prompts."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from crossalpaca.errors import InputError, nearest
from crossalpaca.languages import language

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
    spoken: dict[str, str] = _read(f"locales/{code}.toml")
    return spoken


def language_of_locale(environment: Mapping[str, str] = os.environ) -> str:
    """The interface's language for a locale such as `it_IT.UTF-8`; English where it has none."""
    locale = next((environment[name] for name in _LOCALE if environment.get(name)), "")
    spoken = locale.partition(".")[0].partition("_")[0]
    return next((code for code in LANGUAGES if code.partition("-")[0] == spoken), "en")


def examples(codes: Sequence[str]) -> list[tuple[str, Prompt]]:
    """Example prompts, each with the code of its language: in those of the languages that there are some for, or in
    English."""
    known: dict[str, list[dict[str, str]]] = _read("examples.toml")
    chosen = [code for code in codes if code in known] or ["en"]
    return [(code, Prompt(**each)) for code in chosen for each in known[code]]


def direction_of(code: str) -> str:
    """How a language is written: `rtl` or `ltr`."""
    return "rtl" if language(code).rtl else "ltr"


def _read(name: str) -> Any:
    return tomllib.loads((resources.files("crossalpaca.playground") / name).read_text(encoding="utf-8"))
