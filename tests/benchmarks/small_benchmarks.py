"""Reading small files as a benchmark, as examples and as an audit."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from crossalpaca.benchmarks import BENCHMARKS, read_examples
from crossalpaca.benchmarks.audit import Audit, audited_benchmark
from crossalpaca.errors import DataError
from crossalpaca.languages import language
from crossalpaca.records import Example


def read(benchmark: str, *paths: Path, code: str = "en", name: str = "", golds: Sequence[Path] = ()) -> list[Example]:
    return read_examples(BENCHMARKS[benchmark], paths, language(code), name or benchmark, golds)


def audit(benchmark: str, *paths: Path, code: str = "en", golds: Sequence[Path] = ()) -> Audit:
    return audited_benchmark(BENCHMARKS[benchmark], paths, language(code), golds)


def refusal(benchmark: str, *paths: Path, code: str = "en", golds: Sequence[Path] = ()) -> str:
    """The one line with which readers and audit alike refuse the files."""
    messages = []
    for read_or_audit in (read, audit):
        with pytest.raises(DataError) as raised:
            read_or_audit(benchmark, *paths, code=code, golds=golds)
        messages.append(str(raised.value))
    assert messages[0] == messages[1]
    assert "\n" not in messages[0]
    return messages[0]


def write(path: Path, content: object) -> Path:
    """Writes a text, a value as JSON, or a list of values as JSON lines."""
    if isinstance(content, list):
        content = "".join(json.dumps(value, ensure_ascii=False) + "\n" for value in content)
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def squad(*questions: dict[str, object], context: object = "Anna and Otto went home.") -> dict[str, object]:
    """Questions on one passage in SQuAD v1.1 form."""
    return {"data": [{"title": "t", "paragraphs": [{"context": context, "qas": list(questions)}]}]}


def question(id: object, text: object = "Anna", start: object = 0, **changed: object) -> dict[str, object]:
    return {"id": id, "question": "Who?", "answers": [{"text": text, "answer_start": start}]} | changed
