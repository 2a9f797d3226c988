"""Parallel sentences, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny_models import ENGLISH, GERMAN

from crossalpaca.errors import DataError
from crossalpaca.probing.sentences import read_parallel
from crossalpaca.records import SourceFile
from crossalpaca.sources.files import source_file


def files(folder: Path, english: list[str], other: list[str]) -> list[SourceFile]:
    for code, lines in (("en", english), ("de", other)):
        (folder / f"s.{code}").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return [source_file(folder / f"s.{code}") for code in ("en", "de")]


def test_all_pairs_or_the_first_ones(sentence_files: list[SourceFile]) -> None:
    whole, part = read_parallel(sentence_files, "de", None), read_parallel(sentence_files, "de", 4)
    assert (whole.english, whole.other) == (list(ENGLISH), list(GERMAN))
    assert list(part.pairs) == list(whole.pairs)[:4]
    assert part.digest != whole.digest == read_parallel(sentence_files, "de", len(ENGLISH)).digest


def test_the_digest_knows_the_order(tmp_path: Path, sentence_files: list[SourceFile]) -> None:
    turned = files(tmp_path, list(ENGLISH[::-1]), list(GERMAN[::-1]))
    assert read_parallel(turned, "de", None).digest != read_parallel(sentence_files, "de", None).digest


@pytest.mark.parametrize(
    ("english", "other", "count", "message"),
    [
        (["One.", "Two."], ["Eins."], None, "not aligned"),
        (["One.", "Two."], ["Eins.", " "], None, "line 2 has no sentence in German"),
        (["One.", "", "Three."], ["Eins.", "Zwei.", "Drei."], None, "line 2 has no sentence in English"),
        (["One.", "Two."], ["Eins.", "Zwei."], 3, "2 sentence pairs, 3 are asked"),
        (["One."], ["Eins."], None, "1 sentence pairs, 2 are asked"),
        (list(GERMAN), list(ENGLISH), None, "turn them round"),
    ],
)
def test_what_is_no_pair_of_sentences_is_refused_in_one_line(
    tmp_path: Path, english: list[str], other: list[str], count: int | None, message: str
) -> None:
    with pytest.raises(DataError, match=message) as caught:
        read_parallel(files(tmp_path, english, other), "de", count)
    assert "\n" not in str(caught.value)
    assert "s.en" in str(caught.value) or "s.de" in str(caught.value)
