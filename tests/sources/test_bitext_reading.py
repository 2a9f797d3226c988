"""Bitext in both forms gives the same pairs, and what does not line up is refused."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from bitext_pairs import read_bitext
from crossalpaca.errors import DataError
from crossalpaca.records import SentencePair

PAIRS = [("Good morning.", "Guten Morgen."), ("Thanks.", "Grüße und Dank."), ("", "")]


def write(path: Path, content: str | bytes) -> Path:
    raw = content.encode() if isinstance(content, str) else content
    path.write_bytes(gzip.compress(raw) if path.suffix == ".gz" else raw)
    return path


def lines(index: int, end: str = "\n") -> str:
    return "".join(pair[index] + end for pair in PAIRS)


def refusal(paths: list[Path], language: str) -> str:
    with pytest.raises(DataError) as raised:
        list(read_bitext(paths, language))
    assert "\n" not in str(raised.value)
    return str(raised.value)


@pytest.mark.parametrize(
    ("english", "german"), [("news.en", "news.de"), ("news.en.gz", "news.de.gz"), ("news.en", "news.de.gz")]
)
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_two_aligned_files_give_their_lines_in_pairs(
    tmp_path: Path, english: str, german: str, mark: str, end: str
) -> None:
    paths = [write(tmp_path / english, mark + lines(0, end)), write(tmp_path / german, mark + lines(1, end))]
    assert list(read_bitext(paths, "de")) == [
        SentencePair(f"news:{number}", "news", ("en", "de"), pair) for number, pair in enumerate(PAIRS, start=1)
    ]


@pytest.mark.parametrize("name", ["news.jsonl", "news.jsonl.gz"])
@pytest.mark.parametrize("nested", [True, False])
def test_json_lines_give_the_same_pairs(tmp_path: Path, name: str, nested: bool) -> None:
    rows = [{"en": pair[0], "de": pair[1], "index": n} for n, pair in enumerate(PAIRS)]
    text = "".join(json.dumps({"translation": row} if nested else row) + "\n" for row in rows)
    assert list(read_bitext([write(tmp_path / name, text)], "de")) == [
        SentencePair(f"news:{number}", "news", ("en", "de"), pair) for number, pair in enumerate(PAIRS, start=1)
    ]


@pytest.mark.parametrize("key", ["zh", "zh-Hans"])
def test_json_lines_may_name_chinese_with_or_without_its_script(tmp_path: Path, key: str) -> None:
    path = write(tmp_path / "news.jsonl", json.dumps({"en": "Peace", key: "和平"}) + "\n")
    assert [pair.texts for pair in read_bitext([path], "zh-Hans")] == [("Peace", "和平")]


def test_a_last_line_without_its_end_counts(tmp_path: Path) -> None:
    paths = [write(tmp_path / "a.en", "one\ntwo"), write(tmp_path / "a.de", "eins\nzwei\n")]
    assert [pair.texts for pair in read_bitext(paths, "de")] == [("one", "eins"), ("two", "zwei")]


def test_characters_that_look_like_line_ends_do_not_shift_the_pairs(tmp_path: Path) -> None:
    paths = [write(tmp_path / "a.en", "one\u2028more\x85\ntwo\n"), write(tmp_path / "a.de", "eins\nzwei\n")]
    assert [pair.texts[1] for pair in read_bitext(paths, "de")] == ["eins", "zwei"]


@pytest.mark.parametrize(
    ("english", "german", "shorter", "last"), [(3, 5, "a.en", 3), (5, 3, "a.de", 3), (0, 1, "a.en", 0)]
)
def test_files_of_unequal_length_are_refused_with_the_shorter_and_its_last_line(
    tmp_path: Path, english: int, german: int, shorter: str, last: int
) -> None:
    paths = [write(tmp_path / "a.en", "x\n" * english), write(tmp_path / "a.de", "y\n" * german)]
    message = refusal(paths, "de")
    assert message.startswith(f"{tmp_path / shorter}: ends at line {last},")


@pytest.mark.parametrize(
    ("english", "other", "language"),
    [
        ("a.en", "a.fr", "de"),
        ("a.fr", "a.de", "de"),
        ("a.zh_TW", "a.en", "zh-Hans"),
        ("a.en", "a.zh", "de"),
    ],
)
def test_files_named_for_other_languages_are_refused(tmp_path: Path, english: str, other: str, language: str) -> None:
    paths = [write(tmp_path / english, "x\n"), write(tmp_path / other, "x\n")]
    assert "English and" in refusal(paths, language)


@pytest.mark.parametrize(
    ("english", "other", "language"),
    [("a.en", "a.zh", "zh-Hans"), ("a.en", "a.zh", "zh-Hant"), ("a.txt", "b.txt", "de"), ("english", "german", "de")],
)
def test_files_named_for_the_languages_or_for_none_are_read(
    tmp_path: Path, english: str, other: str, language: str
) -> None:
    paths = [write(tmp_path / english, "x\n"), write(tmp_path / other, "y\n")]
    assert [pair.texts for pair in read_bitext(paths, language)] == [("x", "y")]


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "plain text",
        "<html>",
        "",
        "[]",
        '"text"',
        "null",
        '{"en": "one"}',
        '{"de": "eins"}',
        '{"en": "one", "fr": "un"}',
        '{"en": "one", "de": null}',
        '{"en": "one", "de": ["eins"]}',
        '{"en": 1, "de": "eins"}',
        '{"translation": ["one", "eins"]}',
        '{"translation": null}',
        '{"translation": {"en": "one"}}',
        '{"en": "one", "de": "eins", "more": ' + "1" * 5000 + "}",
        "[" * 100_000,
        '{"en": "half a pair of surrogates: \\ud83d", "de": "eins"}',
    ],
    ids=lambda line: line[:40],
)
def test_a_malformed_row_is_refused_with_its_line(tmp_path: Path, line: str) -> None:
    good = '{"en": "one", "de": "eins"}'
    message = refusal([write(tmp_path / "a.jsonl", f"{good}\n{line}\n{good}\n")], "de")
    assert "a.jsonl:2:" in message


def test_broken_utf8_is_refused_with_its_line(tmp_path: Path) -> None:
    paths = [write(tmp_path / "a.en", "one\ntwo\n"), write(tmp_path / "a.de", b"eins\nz\xfcei\n")]
    assert "a.de:2: not UTF-8" in refusal(paths, "de")


@pytest.mark.parametrize("count", [0, 3])
def test_bitext_is_one_file_or_two(tmp_path: Path, count: int) -> None:
    assert f"not {count}" in refusal([tmp_path / "a.jsonl"] * count, "de")


@pytest.mark.parametrize(
    ("names", "language", "count"),
    [
        (["parallel/news-commentary.en-zh.10k.jsonl"], "zh-Hans", 10_000),
        (["parallel/flores200.devtest.en", "parallel/flores200.devtest.ar"], "ar", 1012),
        (["parallel/flores200.devtest.en", "parallel/flores200.devtest.zh"], "zh-Hans", 1012),
        (["parallel/en-it/newstest2009.en.gz", "parallel/en-it/newstest2009.it.gz"], "it", 2525),
    ],
)
def test_real_bitext_is_read_whole(data_folder: Path, names: list[str], language: str, count: int) -> None:
    pairs = list(read_bitext([data_folder / name for name in names], language))
    assert len(pairs) == len({pair.id for pair in pairs}) == count
    assert all(pair.languages == ("en", language) for pair in pairs)
