"""Translation engines: one module each, imported when its engine is asked for."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Protocol

from crossalpaca.errors import InputError, ServiceError, nearest
from crossalpaca.translation.limits import Limits


class Engine(Protocol):
    """What translates; how many texts at once and at what price is data, and `Translator` keeps to it."""

    @property
    def name(self) -> str:
        """What tells this engine from others, with the options that change its translations: `openai/gpt-4.1-mini`."""

    @property
    def limits(self) -> Limits:
        """What one request may hold, and how many may be sent."""

    @property
    def price(self) -> float:
        """Currency units for a million characters (code points) of source; 0 where nothing is paid."""

    @property
    def keeps_markup(self) -> bool:
        """Tags come back around the same words, so that `markup` may be asked for."""

    @property
    def one_sentence(self) -> bool:
        """A text must be a single sentence; `Translator` splits and joins."""

    def version(self, source: str, target: str) -> str:
        """What changes when the engine's translations between these languages may change.

        Raises:
            InputError: the engine does not translate from the one into the other.
        """

    def translate(self, texts: Sequence[str], source: str, target: str, *, markup: bool = False) -> list[str]:
        """The translations, as many as texts and in their order.

        Args:
            texts: no more than `limits` allows.
            source, target: codes of this project.
            markup: the texts are HTML fragments, and so are the translations: tags, and `&amp;`, `&lt;`, `&gt;`.

        Raises:
            InputError: the engine lacks a key, a program, a library or the languages.
            ServiceError: it failed or answered something else than translations.
        """


ENGINES: Mapping[str, str] = {
    "apertium": "rules, free, on this machine; the pairs that are installed, and chains of them",
    "ctranslate2": "a converted NLLB, MADLAD or OPUS-MT model: ctranslate2:FOLDER",
    "deepl": "DeepL's service; key in DEEPL_AUTH_KEY",
    "google": "Google Cloud Translation v3; project in GOOGLE_CLOUD_PROJECT, credentials where Google's library looks",
    "libretranslate": "a LibreTranslate server: libretranslate:URL; key in LIBRETRANSLATE_API_KEY where it wants one",
    "openai": "a model of an OpenAI-compatible server: openai:MODEL; OPENAI_BASE_URL, OPENAI_API_KEY",
    "tuned": "a model that was fine-tuned here: tuned:FOLDER, or tuned:FOLDER@BACKBONE where that is a folder too",
}
"""Name to what it is. A module of this name in this folder has `engine(argument)`, which makes it."""


def named(spec: str) -> str:
    """A spec whose engines are all known by name; whether they can be used here is another question.

    Raises:
        InputError: one is not known.
    """
    for part in spec.split(">")[::2]:
        name = part.partition(":")[0]
        if name not in ENGINES:
            raise InputError(f"unknown engine {name!r}{nearest(name, ENGINES)}: known are {', '.join(ENGINES)}")
    return spec


def engine(spec: str) -> Engine:
    """The engine of `NAME` or `NAME:ARGUMENT`, or of a chain such as `deepl>es>apertium`, which goes by Spanish.

    Raises:
        InputError: there is none of this name, or it lacks its argument, key or library.
    """
    if ">" in spec:
        from crossalpaca.translation.engines.chain import Chain

        parts = spec.split(">")
        return Chain.of([engine(part) for part in parts[::2]], parts[1::2])
    name, _, argument = named(spec).partition(":")
    made: Engine = import_module(f"{__name__}.{name}").engine(argument)
    return made


def answers(engine: Engine, texts: Sequence[str], source: str, target: str, *, markup: bool = False) -> list[str]:
    """What an engine answers: as many translations as texts, the empty text for one that no file could hold.

    Raises:
        InputError: as for `Engine.translate`.
        ServiceError: the same, or it gives another number of translations.
    """
    made = engine.translate(texts, source, target, markup=markup)
    if len(made) != len(texts):
        raise ServiceError(f"{engine.name}: gave {len(made)} translations of {len(texts)} texts; none of them was used")
    return [answer if is_whole(answer) else "" for answer in made]


def is_whole(text: str) -> bool:
    """Whether UTF-8 can hold a text: not where it has half a character (a lone surrogate), which JSON can say."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def key(variable: str, service: str) -> str:
    """A key from the environment.

    Raises:
        InputError: the variable is not set.
    """
    if not (value := os.environ.get(variable, "").strip()):
        raise InputError(f"{service}: needs its key in the environment variable {variable}, which is not set")
    return value


def missing(library: str, extra: str) -> InputError:
    """What to say where an engine's library is not installed."""
    return InputError(f"{library} is not installed; pip install '.[{extra}]' in the folder of this project")
