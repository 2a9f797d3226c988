"""JSON lines: `{"en": ..., "x": ...}`, flat or under `translation` as the hub has it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from crossalpaca.errors import DataError
from crossalpaca.sources.codes import find_code
from crossalpaca.sources.files import beginning, parse_json
from crossalpaca.sources.forms.lines import read_columns
from crossalpaca.sources.pairs import PairBatch, Reading, batched
from crossalpaca.sources.streams import plain_name


def read(path: Path, reading: Reading) -> Iterator[PairBatch]:
    """Pairs of a file of JSON lines; keys beside the two languages are ignored.

    Raises:
        DataError: a line is not JSON, or has no text for one of the languages; the message names it.
    """
    corpus = plain_name(path).removesuffix(".jsonl").removesuffix(".ndjson")
    return batched(corpus, _rows(path, corpus, reading))


def _rows(path: Path, corpus: str, reading: Reading) -> Iterator[tuple[int, str, str]]:
    start = 1
    keys: tuple[str, str] = ("en", reading.language.code)
    for lines in read_columns(path, reading):
        for number, line in enumerate(lines.to_list(), start=start):
            if line is None:
                reading.drops("not-utf8", f"{corpus}:{number}")
                continue
            row = parse_json(line, str(path), number)
            texts = row.get("translation", row) if isinstance(row, dict) else None
            if not isinstance(texts, dict):
                raise DataError(f"{path}:{number}: not an object with texts for {reading.names}")
            if not (keys[0] in texts and keys[1] in texts):
                keys = _keys(texts, reading, f"{path}:{number}")
            english, other = texts[keys[0]], texts[keys[1]]
            if not (isinstance(english, str) and isinstance(other, str)):
                raise DataError(f"{path}:{number}: {keys[0]!r} and {keys[1]!r} are not both texts; mend the line")
            yield number, english, other
        start += len(lines)


def _keys(texts: dict[str, Any], reading: Reading, where: str) -> tuple[str, str]:
    english, other = (find_code(texts, language) for language in reading.languages)
    if english is None or other is None:
        raise DataError(f"{where}: no text for each of {reading.names}; its keys are {beginning(', '.join(texts))}")
    return english, other
