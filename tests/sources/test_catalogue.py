"""The lists of corpora and instruction sets are whole, and names that are nearly right are helped."""

from __future__ import annotations

from dataclasses import fields

import pytest

from crossalpaca.errors import InputError
from crossalpaca.languages import languages
from crossalpaca.sources.catalogue import (
    CORPORA,
    INSTRUCTION_SETS,
    Corpus,
    InstructionSet,
    find_corpus,
    find_instruction_set,
)


@pytest.mark.parametrize("corpus", CORPORA.values(), ids=lambda corpus: corpus.id)
def test_a_corpus_is_in_known_languages_and_says_where_it_is(corpus: Corpus) -> None:
    assert set(corpus.languages) <= set(languages()) - {"en"}
    assert set(corpus.pairs) <= set(corpus.languages)
    assert corpus.home.startswith("https://")
    assert set(corpus.unverified) <= {field.name for field in fields(Corpus)}
    assert not corpus.hub or corpus.hub.count("/") == 1
    assert find_corpus(corpus.id) is corpus


@pytest.mark.parametrize("entry", INSTRUCTION_SETS.values(), ids=lambda entry: entry.id)
def test_an_instruction_set_is_in_a_known_language_and_says_where_it_is(entry: InstructionSet) -> None:
    assert entry.language in languages()
    assert entry.home.startswith("https://")
    assert set(entry.unverified) <= {field.name for field in fields(InstructionSet)}
    assert not entry.hub or entry.hub.count("/") == 1
    assert find_instruction_set(entry.id) is entry


def test_the_papers_sets_are_one_for_each_of_its_languages() -> None:
    used = [entry.language for entry in INSTRUCTION_SETS.values() if entry.paper]
    assert sorted(used) == ["ar", "de", "en", "es", "it", "zh-Hant"]
    assert {"el", "hi", "ru", "tr", "vi"} <= {entry.language for entry in INSTRUCTION_SETS.values()}


def test_the_papers_corpus_has_its_languages() -> None:
    assert {"ar", "de", "es", "it", "zh-Hans"} <= set(find_corpus("news-commentary").pairs)


@pytest.mark.parametrize(
    ("name", "nearest"), [("opus100", "opus-100"), ("News Commentary", "news-commentary"), ("flores", "flores-200")]
)
def test_a_corpus_that_is_nearly_right_is_helped(name: str, nearest: str) -> None:
    with pytest.raises(InputError, match=f"did you mean {nearest}"):
        find_corpus(name)


def test_an_instruction_set_that_is_nearly_right_is_helped() -> None:
    with pytest.raises(InputError, match="did you mean camoscio"):
        find_instruction_set("camosci")


def test_only_test_sets_for_translation_are_refused() -> None:
    assert [corpus.id for corpus in CORPORA.values() if corpus.refused] == ["flores-200"]
