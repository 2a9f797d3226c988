"""The page on security names tests: each must exist."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
PAGE = TESTS.parent / "docs/security.md"


def test_every_test_that_the_page_names_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", PAGE.read_text("utf-8")))
    defined = {
        name
        for path in TESTS.rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text("utf-8"), re.MULTILINE)
    }
    assert len(named) > 30
    assert named - defined == set()


def test_every_row_of_the_page_names_a_test() -> None:
    rows = [line for line in PAGE.read_text("utf-8").split("\n") if line.startswith("| ") and "| Test |" not in line]
    assert [row for row in rows if "`test_" not in row] == []
