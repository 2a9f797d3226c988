"""Checks of four-choice questions, on rows made for each."""

from __future__ import annotations

import pytest

from crossalpaca.benchmarks.audit import Audit

ROW = ("Wie viele?", "eins", "zwei", "drei", "vier", "B")


def found(audit: Audit) -> list[tuple[str, str, str]]:
    return [(finding.check, finding.severity, finding.item) for finding in audit.findings]


def test_a_sound_row_has_no_finding(audit_mmlu) -> None:
    audit = audit_mmlu([ROW, ("Welche?", *ROW[1:5], " D ")], english=[ROW, ("Which?", *ROW[1:5], "D")])
    assert [finding.check for finding in audit.findings] == []
    assert audit.asked["key-changed"] == 2


@pytest.mark.parametrize(
    ("row", "check", "severity"),
    [
        (("Was?", "a", "b", "c", "A"), "option-count", "error"),
        (("Was?", "a", "b", "c", "d", "e", "A"), "option-count", "error"),
        (("Was?", "a", " ", "c", "d", "A"), "option-count", "error"),
        (("Was?", "a", "b", "c", "d", "E"), "key-invalid", "error"),
        (("Was?", "a", "b", "c", "d", ""), "key-invalid", "error"),
        (("Was?", "a", "b", "c", "d", "a"), "key-invalid", "error"),
        (("Was?", "Haar", "b", "Haar ", "d", "A"), "option-duplicate", "error"),
        (("Was?", "Bb", "b", "BB", "d", "A"), "option-duplicate", "warning"),
        (("Was?", "Bb", "BB", "x", "BB", "A"), "option-duplicate", "error"),
        (("Was?", "ﬁx", "FIX", "x", "y", "A"), "option-duplicate", "warning"),
        (("Was?", "Straße", "STRASSE", "x", "y", "A"), "option-duplicate", "warning"),
    ],
)
def test_one_thing_wrong(audit_mmlu, row: tuple[str, ...], check: str, severity: str) -> None:
    assert found(audit_mmlu([ROW, ROW, row])) == [(check, severity, "anatomy:3")]


def test_a_row_with_more_options_than_letters_is_asked_nothing_of_them(audit_mmlu) -> None:
    audit = audit_mmlu([ROW, ROW, ("Was?", *map(str, range(27)), "A")], english=[ROW, ROW, ROW])
    assert found(audit) == [("unparseable", "error", "anatomy:3")]
    assert audit.asked["unparseable"] == 3
    assert audit.asked["option-count"] == audit.asked["key-changed"] == 2


def test_options_that_differ_in_english_only_are_merged(audit_mmlu) -> None:
    english = [("Which?", "ape", "monkey", "dog", "cat", "A"), ("Which?", "ape", "Ape", "dog", "cat", "A")]
    german = [("Was?", "Affe", "Affe", "Hund", "Katze", "A"), ("Was?", "Affe", "Affe", "Hund", "Katze", "A")]
    audit = audit_mmlu(german, english=english)
    assert audit.count("option-duplicate") == 2
    assert [finding.item for finding in audit.found("options-merged")] == ["anatomy:1"]


def test_a_changed_key(audit_mmlu) -> None:
    audit = audit_mmlu([(*ROW[:5], "C")], english=[ROW])
    assert found(audit) == [("key-changed", "error", "anatomy:1")]


@pytest.mark.parametrize(
    ("english", "other", "lost"),
    [
        ("1,493 of 0.5", "1.493 von 0,5", ""),
        ("1,493", "1 493", ""),
        ("1,493", "1\u202f493", ""),
        ("1493", "1.493", ""),
        ("12 and 7", "١٢ و ٧", ""),
        ("12", "१२", ""),
        ("3 cats", "三只猫", ""),
        ("2 cats", "两只猫", ""),
        ("x² + 10³", "x^2 + 10^3", ""),
        ("½", "1/2", ""),
        ("H2SO4", "H₂SO₄", ""),
        ("20th", "20.", ""),
        ("15:00", "um drei", "missing: 00, 15"),
        ("231 of 5", "5 von 213", "missing: 231"),
        ("1,493", "149,3", ""),  # the same digits in the same order: a separator may be misread, a digit is not lost
        ("two", "zwei", ""),
    ],
)
def test_numbers_in_any_digits(audit_mmlu, english: str, other: str, lost: str) -> None:
    audit = audit_mmlu([(other, "w", "x", "y", "z", "A")], english=[(english, "w", "x", "y", "z", "A")])
    details = [finding.detail for finding in audit.found("numbers-lost")]
    assert details == ([lost] if lost else [])
    assert audit.sound


def test_the_same_question_with_another_key_is_a_warning(audit_mmlu) -> None:
    audit = audit_mmlu([ROW, (*ROW[:5], "C"), ("Anders?", *ROW[1:5], "C"), ("Wie viele?", "1", "2", "3", "4", "A")])
    assert found(audit) == [("gold-contradicted", "warning", "anatomy:2")]
