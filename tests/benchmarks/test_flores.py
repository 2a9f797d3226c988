"""FLORES-200: whole splits of parallel sentences."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_benchmarks import write

from crossalpaca.benchmarks.flores import read_sentences
from crossalpaca.errors import DataError


@pytest.mark.parametrize("code", ["ar", "de", "en", "es", "it", "zh"])
def test_devtest_has_1012_sentences(data_folder: Path, code: str) -> None:
    assert len(read_sentences(data_folder / f"parallel/flores200.devtest.{code}")) == 1012


@pytest.mark.parametrize(
    ("name", "count"),
    [("deu_Latn.devtest", 1012), ("deu_Latn.dev", 997), ("x.devtest.de.gz", 1012), ("mine.txt", 997), ("m.gz", 1012)],
)
def test_a_split_is_known_by_its_name_or_its_count(tmp_path: Path, name: str, count: int) -> None:
    assert read_sentences(write(tmp_path / name, "Ein Satz.\n" * count)) == ["Ein Satz."] * count


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("deu_Latn.devtest", "Ein Satz.\n" * 997, "997 sentences, FLORES-200 has 1012"),
        ("deu_Latn.dev", "Ein Satz.\n" * 1012, "1012 sentences, FLORES-200 has 997"),
        ("mine.txt", "Ein Satz.\n", "1 sentences, FLORES-200 has 997 or 1012"),
        ("deu_Latn.dev", "Ein Satz.\n" * 4 + "\n" + "Ein Satz.\n" * 992, "deu_Latn.dev:5: no sentence"),
    ],
)
def test_another_file_is_refused_in_one_line(tmp_path: Path, name: str, text: str, message: str) -> None:
    with pytest.raises(DataError) as raised:
        read_sentences(write(tmp_path / name, text))
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is not there"):
        read_sentences(tmp_path / "deu_Latn.devtest")
