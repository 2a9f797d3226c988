"""Small benchmark files to audit, written where a test asks for them."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
from small_files import Rows, as_bbh, as_csv, as_squad

from crossalpaca.benchmarks.audit import Audit, audited


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    def make(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = text.encode()
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return path

    return make


@pytest.fixture
def audit_bbh(write: Callable[[str, str], Path]) -> Callable[..., Audit]:
    """Audits rows of input and target as a task, with English rows to compare with or without."""

    def audit(task: str, rows: Rows, language: str = "de", english: Rows | None = None) -> Audit:
        path = write(f"{task}.json", as_bbh(rows))
        reference = None if english is None else write(f"en/{task}.json", as_bbh(english))
        return audited(path, "bbh", language, reference=reference)

    return audit


@pytest.fixture
def audit_mmlu(write: Callable[[str, str], Path]) -> Callable[..., Audit]:
    """Audits rows of question, options and key, with English rows to compare with or without."""

    def audit(rows: Rows, language: str = "de", english: Rows | None = None) -> Audit:
        path = write("anatomy_test.csv", as_csv(rows))
        reference = None if english is None else write("en/anatomy_test.csv", as_csv(english))
        return audited(path, "mmlu", language, reference=reference)

    return audit


@pytest.fixture
def audit_squad(write: Callable[[str, str], Path]) -> Callable[..., Audit]:
    """Audits rows of id, context, question, text and offset, with English rows to compare with or without."""

    def audit(rows: Rows, language: str = "de", english: Rows | None = None, benchmark: str = "xquad") -> Audit:
        path = write("x.json", as_squad(rows))
        reference = None if english is None else write("en/x.json", as_squad(english))
        return audited(path, benchmark, language, reference=reference)

    return audit
