"""Filters of sentence pairs: each says in one expression which pairs it drops, so that every drop has a reason.

A filter looks at one pair alone, and what it compares with is a constant of the language: so what is dropped does not
depend on the rest of the corpus, on its order or on how it is split. Filters see normalised texts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import polars as pl

from crossalpaca.demonstrations.filters_sampled import SAMPLED_FILTERS
from crossalpaca.demonstrations.measures import (
    long_word,
    markup,
    number_agreement,
    script_share,
    words,
    words_of,
)
from crossalpaca.errors import InputError, nearest
from crossalpaca.languages import Language
from crossalpaca.languages.scripts import SCRIPTS

_EN, _X = pl.col("en"), pl.col("x")


@dataclass(frozen=True, slots=True)
class Filter:
    """One reason to drop a pair.

    Attributes:
        drops: of the language and the bound, the expression that is true where a pair is dropped.
        bound: how much is too much or too little, in the unit of the filter; None where nothing is to be set.
    """

    drops: Callable[[Language, float], pl.Expr]
    bound: float | None = None

    def expression(self, language: Language) -> pl.Expr:
        """True where a pair of English and the language is dropped."""
        return self.drops(language, 0 if self.bound is None else self.bound)


def _empty(language: Language, bound: float) -> pl.Expr:
    return (_EN == "") | (_X == "")


def _identical(language: Language, bound: float) -> pl.Expr:
    return _EN.str.to_uppercase() == _X.str.to_uppercase()


def _short(language: Language, bound: float) -> pl.Expr:
    # Two words can translate three.
    return (words("en") < bound) | (words_of(language) < bound - 1)


def _long(language: Language, bound: float) -> pl.Expr:
    return (words("en") > bound) | (words_of(language) > bound)


def _length_ratio(language: Language, bound: float) -> pl.Expr:
    # Ten characters on both sides keep short but good pairs from failing by chance.
    ratio = (_X.str.len_chars() / language.length_ratio + 10) / (_EN.str.len_chars() + 10)
    return (ratio > bound) | (ratio < 1 / bound)


def _long_word(language: Language, bound: float) -> pl.Expr:
    english = long_word("en", bound)
    return english | long_word("x", bound) if language.segmentation == "space" else english


def _script(language: Language, bound: float) -> pl.Expr:
    english = script_share("en", "Latn") < bound
    if language.script not in SCRIPTS:
        return english
    # One Chinese character says what three Latin letters say: names in Latin letters weigh no more than they should.
    return english | (script_share("x", language.script, 1 / language.length_ratio) < bound)


def _markup(language: Language, bound: float) -> pl.Expr:
    return markup("en") | markup("x")


def _numbers(language: Language, bound: float) -> pl.Expr:
    return number_agreement() < bound


FILTERS: Mapping[str, Filter] = MappingProxyType(
    {
        "empty": Filter(_empty),
        "identical": Filter(_identical),  # but for upper and lower case
        "short": Filter(_short, 3),  # words
        "long": Filter(_long, 100),  # words
        "length-ratio": Filter(_length_ratio, 2.5),  # how far from the expected one, either way
        "long-word": Filter(_long_word, 40),  # characters
        "script": Filter(_script, 0.5),  # share of letters in the script of the language
        "markup": Filter(_markup),
        "numbers": Filter(_numbers, 1.0),  # share of numbers that have their equal on the other side
    }
)
"""The filters in their order, with their bounds: a pair is counted under the first that drops it."""


def changed(changes: Mapping[str, float | bool]) -> dict[str, Filter]:
    """The filters, without those set to False, and with another bound for those set to a number.

    Names of sampled filters are let pass.

    Raises:
        InputError: there is no filter of a name, or it has no bound to change.
    """
    for name, value in changes.items():
        known = (*FILTERS, *SAMPLED_FILTERS)
        if name not in known:
            raise InputError(f"no filter is called {name!r}{nearest(name, known)}: known are {', '.join(known)}")
        if name in SAMPLED_FILTERS and isinstance(value, bool):
            continue
        if name in SAMPLED_FILTERS or (FILTERS[name].bound is None and not isinstance(value, bool)):
            raise InputError(f"the filter {name!r} has no bound: true and false are what it can be set to")
    chosen = {name: (each, changes.get(name, True)) for name, each in FILTERS.items()}
    return {
        name: each if value is True else replace(each, bound=value)
        for name, (each, value) in chosen.items()
        if value is not False
    }


def reason(language: Language, filters: Mapping[str, Filter] = FILTERS) -> pl.Expr:
    """Name of the first filter that drops a normalised pair, or null."""
    named = (pl.when(each.expression(language)).then(pl.lit(name)) for name, each in filters.items())
    return pl.coalesce(*named, pl.lit(None, dtype=pl.String)).alias("reason")
