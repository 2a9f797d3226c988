"""Checks of four-choice questions."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import combinations

from crossalpaca.benchmarks.audit.checks import Severity
from crossalpaca.benchmarks.audit.findings import Tally, shown
from crossalpaca.benchmarks.audit.pairing import Pair
from crossalpaca.benchmarks.forms.choices import LETTERS
from crossalpaca.benchmarks.forms.rows import Row


def judge(tally: Tally, pairs: Sequence[Pair]) -> None:
    """Asks every check of four-choice questions."""
    for pair in pairs:
        if not pair.row.problem:
            _judge_row(tally, pair.row)
            if pair.english is not None:
                _compare(tally, pair.row, pair.english)


def _judge_row(tally: Tally, row: Row) -> None:
    count, filled = len(row.options), sum(bool(option.strip()) for option in row.options)
    tally.ask("option-count", row.name, "" if count == filled == 4 else f"{filled} of {count} options have text")
    tally.ask("option-duplicate", row.name, *_duplicate(row))
    tally.ask("key-invalid", row.name, "" if row.gold.strip() in LETTERS else f"key {shown(row.gold)}")


def _compare(tally: Tally, row: Row, english: Row) -> None:
    tally.ask("options-merged", row.name, _merged(row, english))
    if not row.by_row:
        same = row.gold.strip() == english.gold.strip()
        tally.ask("key-changed", row.name, "" if same else f"key {shown(row.gold)}, in English {english.gold}")
    tally.ask("numbers-lost", row.name, _lost(row, english))


def folded(text: str) -> str:
    """How options are compared: NFKC, casefold, stripped."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


def _twins(row: Row) -> tuple[str, str] | None:
    """Two options that are equal when folded, two that are the same text if there are such; empty ones do not count."""
    pairs = [
        (one, other) for one, other in combinations(row.options, 2) if folded(one) and folded(one) == folded(other)
    ]
    return min(pairs, key=lambda pair: pair[0].strip() != pair[1].strip(), default=None)


def _duplicate(row: Row) -> tuple[str, Severity | None]:
    """Equal options; a warning where case or width tells them all apart, as may be meant (genotypes `BB` and `Bb`)."""
    twins = _twins(row)
    if twins is None:
        return "", None
    one, other = (text.strip() for text in twins)
    return f"{shown(one)} and {shown(other)}", None if one == other else "warning"


def _merged(row: Row, english: Row) -> str:
    twins = _twins(row)
    if twins is None or _twins(english) is not None:
        return ""
    return f"{shown(twins[0])} twice, in English {', '.join(shown(option, 30) for option in english.options)}"


_SEPARATED = re.compile(r"\d+(?:[.,'’٫٬\u00a0\u202f\u2009]\d+|[ ]\d{3}(?!\d))*")
_DIGITS = re.compile(r"\d+")
_COMPOSED = ("<super>", "<sub>", "<fraction>")


def _lost(row: Row, english: Row) -> str:
    there = _numbers(row)
    lost = [number for number in _numbers(english, spoken=False) if number not in there]
    # A number written with other separators, or with none, still has the same digits in the same order.
    joined = {number.replace(" ", "") for number in there}
    lost = [number for number in lost if number.replace(" ", "") not in joined and not set(number.split()) <= there]
    return f"missing: {', '.join(sorted(lost, key=lambda number: (len(number), number))[:5])}" if lost else ""


def _numbers(row: Row, spoken: bool = True) -> set[str]:
    """Numbers of question and options, their groups of digits set apart by spaces, in ASCII digits.

    Digits of any script count, and with `spoken` single Chinese numerals too.
    """
    text = "\n".join(map(_plain, (row.question, *row.options)))
    found = {" ".join(_ascii(group) for group in _DIGITS.findall(match)) for match in _SEPARATED.findall(text)}
    if spoken:
        found |= {_ascii(group) for group in _DIGITS.findall(text)}
        found |= set(_numerals(text))
    return found


def _plain(text: str) -> str:
    """NFKC, with small raised or lowered digits and fractions set apart from what stands before them."""
    if text.isascii():
        return text
    apart = (f" {c}" if unicodedata.decomposition(c).startswith(_COMPOSED) else c for c in text)
    return unicodedata.normalize("NFKC", "".join(apart))


def _ascii(digits: str) -> str:
    return digits if digits.isascii() else "".join(str(unicodedata.decimal(digit)) for digit in digits)


def _numerals(text: str) -> Iterable[str]:
    if "两" in text:  # two, of things; Unicode gives it no value
        yield "2"
    for character in set(text):
        if unicodedata.category(character) == "Lo" and (value := unicodedata.numeric(character, None)) is not None:
            yield f"{value:.0f}"
