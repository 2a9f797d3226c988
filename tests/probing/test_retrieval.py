"""Sentences that find their translations: laws of the measure."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossalpaca.probing import retrieval
from crossalpaca.probing.retrieval import hits

Vectors = npt.NDArray[np.float32]


def vectors(seed: int, n: int, width: int = 6, noise: float = 0.7) -> tuple[Vectors, Vectors]:
    """Two languages whose vectors are alike but for noise."""
    drawn = np.random.default_rng(seed)
    english = drawn.normal(size=(n, width)).astype(np.float32)
    return english, english + noise * drawn.normal(size=(n, width)).astype(np.float32)


@given(seed=st.integers(0, 1000), n=st.integers(2, 40))
def test_permuting_the_sentences_permutes_the_hits(seed: int, n: int) -> None:
    english, other = vectors(seed, n)
    order = np.random.default_rng(seed + 1).permutation(n)
    found, permuted = hits(english, other), hits(english[order], other[order])
    assert all((permuted[place] == found[place][order]).all() for place in found)


@given(seed=st.integers(0, 1000), n=st.integers(2, 40))
def test_the_two_languages_in_each_other_s_place_change_the_directions(seed: int, n: int) -> None:
    english, other = vectors(seed, n)
    found, turned = hits(english, other), hits(other, english)
    for measure in retrieval.MEASURES:
        assert (found[measure, "en-x"] == turned[measure, "x-en"]).all()


@given(seed=st.integers(0, 1000), n=st.integers(2, 40))
def test_what_a_language_s_vectors_have_in_common_does_not_matter_once_centred(seed: int, n: int) -> None:
    english, other = vectors(seed, n)
    found, moved = hits(english, other), hits(english, other + np.float32(8))
    assert (found["centred", "en-x"] == moved["centred", "en-x"]).all()


def test_the_plain_cosine_is_misled_by_what_is_common() -> None:
    english, other = vectors(0, 200, noise=0.2)
    other[:, 0] += 30
    found = hits(english, other)
    assert found["centred", "x-en"].mean() > 0.9
    assert found["plain", "x-en"].mean() < 0.1


@given(seed=st.integers(0, 1000), n=st.integers(2, 40))
def test_it_is_the_nearest_by_cosine(seed: int, n: int) -> None:
    english, other = vectors(seed, n)
    cosines = [[a @ b / np.linalg.norm(a) / np.linalg.norm(b) for b in other] for a in english.astype(float)]
    assert (hits(english, other)["plain", "en-x"] == (np.argmax(cosines, axis=1) == np.arange(n))).all()


def test_a_sentence_that_stands_twice_is_a_miss_both_times() -> None:
    english, other = vectors(0, 12, noise=0.0)
    english[3], other[3] = english[7], other[7]
    missed = {n for n in range(12) if not hits(english, other)["centred", "en-x"][n]}
    assert missed == {3, 7}


def test_vectors_of_which_nothing_is_left_are_misses() -> None:
    same = np.ones((5, 3), dtype=np.float32)
    assert not any(each.any() for each in hits(same, same).values())


@pytest.mark.parametrize("rows", [1, 7])
def test_how_many_rows_are_compared_at_a_time_changes_nothing(monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    english, other = vectors(5, 30)
    whole = hits(english, other)
    monkeypatch.setattr(retrieval, "_ROWS", rows)
    assert all((each == whole[place]).all() for place, each in hits(english, other).items())
