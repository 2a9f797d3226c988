"""Filters that are too slow for a whole corpus: they look at what the sample would keep, in the order of priority.

A pair that fails makes way for the next, so the sample is the same as if all pairs had been looked at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from crossalpaca.languages import Language, language
from crossalpaca.languages.off_target import off_target
from crossalpaca.records import SentencePair

# From a letter on, 3 to 40 characters, three times in a row.
_REPETITION = re.compile(r"([^\W\d_].{2,39}?) ?\1 ?\1")
_REPETITION_OF_WORDS = re.compile(rf"\b{_REPETITION.pattern}")  # four times as quick


def _repetition(pair: SentencePair, language: Language) -> bool:
    other = _REPETITION_OF_WORDS if language.segmentation == "space" else _REPETITION
    return bool(_REPETITION_OF_WORDS.search(pair.texts[0]) or other.search(pair.texts[1]))


def _other_language(pair: SentencePair, other: Language) -> bool:
    return any(off_target(text, spoken) for text, spoken in zip(pair.texts, (language("en"), other), strict=True))


SampledFilter = Callable[[SentencePair, Language], bool]

SAMPLED_FILTERS: Mapping[str, SampledFilter] = MappingProxyType(
    {"repetition": _repetition, "other-language": _other_language}
)
"""True where a normalised pair is dropped."""


def sampled_filters(changes: Mapping[str, float | bool]) -> dict[str, SampledFilter]:
    """The sampled filters without those set to False."""
    return {name: each for name, each in SAMPLED_FILTERS.items() if changes.get(name, True) is not False}
