"""Readers of bitext: Moses pairs (two line-aligned files) and JSON lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path

from crossalpaca.errors import DataError
from crossalpaca.records import SentencePair
from crossalpaca.sources.files import parse_json, read_lines


def read_bitext(paths: Sequence[Path], language: str) -> Iterator[SentencePair]:
    """Sentence pairs of English and `language`, streaming, from a JSON-lines file or two aligned files, English first.

    Raises:
        DataError: the files differ in length, a line is malformed, or the files are named for other languages.
    """
    if len(paths) == 2:
        return _read_moses(paths[0], paths[1], language)
    if len(paths) == 1:
        return _read_jsonl(paths[0], language)
    raise DataError(f"bitext is one JSON-lines file or two line-aligned files, not {len(paths)}")


def _read_moses(english: Path, other: Path, language: str) -> Iterator[SentencePair]:
    for path, code in ((english, "en"), (other, language)):
        ending = path.name.removesuffix(".gz").rpartition(".")[2]
        if len(ending) == 2 and ending not in (code, code[:2]):
            raise DataError(f"{path}: named for {ending!r} where {code!r} is expected; English comes first")
    corpus = english.name.removesuffix(".gz").removesuffix(".en")
    lines = zip_longest(read_lines(english), read_lines(other))
    for number, (text_en, text_x) in enumerate(lines, start=1):
        if text_en is None or text_x is None:
            shorter = english if text_en is None else other
            raise DataError(f"{shorter}: ends at line {number - 1}, its counterpart goes on: they are not aligned")
        yield SentencePair(f"{corpus}:{number}", corpus, ("en", language), (text_en, text_x))


def _read_jsonl(path: Path, language: str) -> Iterator[SentencePair]:
    """Lines of `{"translation": {"en": ..., "x": ...}}`, or flat `{"en": ..., "x": ...}`."""
    corpus = path.name.removesuffix(".gz").removesuffix(".jsonl")
    for number, line in enumerate(read_lines(path), start=1):
        row = parse_json(line, str(path), number)
        texts = row.get("translation", row) if isinstance(row, dict) else None
        pair = (
            (texts.get("en"), texts.get(language, texts.get(language[:2]))) if isinstance(texts, dict) else (None, None)
        )
        if not (isinstance(pair[0], str) and isinstance(pair[1], str)):
            raise DataError(f"{path}:{number}: no text for 'en' and {language!r}; has it other languages?")
        yield SentencePair(f"{corpus}:{number}", corpus, ("en", language), (pair[0], pair[1]))
