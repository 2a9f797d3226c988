"""Swapped sides are noticed, by script or by words, and right ones never."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest

from crossalpaca.errors import DataError
from crossalpaca.languages import language
from crossalpaca.sources.bitext import read_batches
from crossalpaca.sources.pairs import PairBatch
from crossalpaca.sources.sides import swapped

CORPORA = [
    ("tatoeba.en-zh", "zh", "zh-Hans"),
    ("tatoeba.ar-en", "ar", "ar"),
    ("tatoeba.de-en", "de", "de"),
    ("tatoeba.en-es", "es", "es"),
    ("tatoeba.en-it", "it", "it"),
]


def batch(english: Sequence[str], other: Sequence[str]) -> PairBatch:
    lines = pl.Series(range(1, len(english) + 1), dtype=pl.UInt64)
    return PairBatch("small", pl.DataFrame({"line": lines, "en": english, "x": other}, strict=True))


def side(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").split("\n")[:-1]


@pytest.mark.parametrize(("name", "ending", "code"), CORPORA)
@pytest.mark.parametrize("count", [10, 300])
def test_real_pairs_are_told_from_swapped_ones(
    data_folder: Path, name: str, ending: str, code: str, count: int
) -> None:
    english = side(data_folder / f"parallel/{name}.en")
    other = side(data_folder / f"parallel/{name}.{ending}")
    for start in range(0, len(english) - count, len(english) // 20):
        window = slice(start, start + count)
        assert not swapped(batch(english[window], other[window]), language(code))
        assert swapped(batch(other[window], english[window]), language(code))


@pytest.mark.parametrize("code", ["zh-Hans", "ar", "de"])
def test_without_words_nothing_is_said(code: str) -> None:
    assert not swapped(batch(["1", "", "?"], ["1", "", "!"]), language(code))
    assert not swapped(batch(["OK", "Linux"], ["OK", "Linux"]), language(code))


def test_swapped_files_are_refused_unless_accepted(data_folder: Path, tmp_path: Path) -> None:
    for ending, source in (("en", "ar"), ("ar", "en")):
        content = (data_folder / f"parallel/flores200.devtest.{source}").read_bytes()
        (tmp_path / f"a.{ending}").write_bytes(content)
    paths = [tmp_path / "a.en", tmp_path / "a.ar"]
    with pytest.raises(DataError, match="the English side is in Arabic"):
        list(read_batches(paths, language("ar")))
    assert sum(len(each.pairs) for each in read_batches(paths, language("ar"), swapped="accept")) == 1012
