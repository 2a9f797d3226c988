"""The lists of corpora and instruction sets are whole, and names that are nearly right are helped."""

from __future__ import annotations

from dataclasses import fields

import pytest

from crossalpaca.languages import languages
from crossalpaca.sources.catalogue import (
    CORPORA,
    INSTRUCTION_SETS,
    Corpus,
    InstructionSet,
)


@pytest.mark.parametrize("corpus", CORPORA.values(), ids=lambda corpus: corpus.id)
def test_a_corpus_is_in_known_languages_and_says_where_it_is(corpus: Corpus) -> None:
    assert set(corpus.languages) <= set(languages()) - {"en"}
    assert set(corpus.pairs) <= set(corpus.languages)
    assert corpus.home.startswith("https://")
    assert set(corpus.unverified) <= {field.name for field in fields(Corpus)}
    assert not corpus.hub or corpus.hub.count("/") == 1
    assert CORPORA[corpus.id] is corpus


@pytest.mark.parametrize("entry", INSTRUCTION_SETS.values(), ids=lambda entry: entry.id)
def test_an_instruction_set_is_in_a_known_language_and_says_where_it_is(entry: InstructionSet) -> None:
    assert entry.language in languages()
    assert entry.home.startswith("https://")
    assert set(entry.unverified) <= {field.name for field in fields(InstructionSet)}
    assert not entry.hub or entry.hub.count("/") == 1
    assert INSTRUCTION_SETS[entry.id] is entry


def test_the_papers_sets_are_one_for_each_of_its_languages() -> None:
    used = [entry.language for entry in INSTRUCTION_SETS.values() if entry.paper]
    assert sorted(used) == ["ar", "de", "en", "es", "it", "zh-Hant"]
    assert {"el", "hi", "ru", "tr", "vi"} <= {entry.language for entry in INSTRUCTION_SETS.values()}


def test_the_papers_corpus_has_its_languages() -> None:
    assert {"ar", "de", "es", "it", "zh-Hans"} <= set(CORPORA["news-commentary"].pairs)


def test_only_test_sets_for_translation_are_refused() -> None:
    assert [corpus.id for corpus in CORPORA.values() if corpus.refused] == ["flores-200"]
