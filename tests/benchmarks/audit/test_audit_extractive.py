"""Checks of extractive questions, on rows made for each."""

from __future__ import annotations

import json

import pytest

from crossalpaca.benchmarks.audit import audited

ROW = ("q1", "Der 😀 Hund schläft.", "Wer schläft?", "Hund", 6)


def items(audit, check: str) -> list[str]:
    return [finding.item for finding in audit.found(check)]


def test_a_sound_row_has_no_finding(audit_squad) -> None:
    audit = audit_squad([ROW])
    assert (audit.items, audit.findings, audit.sound) == (1, (), True)
    assert {"gold-empty", "gold-not-in-context", "offset-mismatch", "context-differs", "id-duplicate"} <= set(
        audit.asked
    )
    assert not {"id-changed", "row-count", "untranslated"} & set(audit.asked)


@pytest.mark.parametrize(
    ("text", "start", "check"),
    [
        (None, None, "gold-empty"),
        ("", 0, "gold-empty"),
        (" \n", 3, "gold-empty"),
        ("Katze", 4, "gold-not-in-context"),
        ("hund", 6, "gold-not-in-context"),
        ("Hund", 7, "offset-mismatch"),  # as UTF-16 counts
        ("Hund", 9, "offset-mismatch"),  # as UTF-8 counts
        ("Hund", -14, "offset-mismatch"),
        ("Hund", 10**30, "offset-mismatch"),
        ("Hund", "6", "unparseable"),
        ("Hund", True, "unparseable"),
        ("Hund", 6.0, "unparseable"),
        (6, 6, "unparseable"),
    ],
)
def test_a_broken_gold(audit_squad, text: object, start: object, check: str) -> None:
    audit = audit_squad([ROW, ("q2", *ROW[1:3], text, start)])
    assert [(f.check, f.severity, f.item) for f in audit.findings] == [(check, "error", "q2")]
    assert audit.failing == {"q2"}


def test_a_gold_that_occurs_twice_is_a_warning_even_where_it_overlaps(audit_squad) -> None:
    audit = audit_squad([("q1", "anana", "?", "ana", 0), ("q2", "Banane", "?", "Banane", 0)])
    assert [(f.check, f.severity, f.item) for f in audit.findings] == [("gold-ambiguous", "warning", "q1")]
    assert audit.sound


def test_each_of_several_answers_must_stand(write) -> None:
    answers = [{"text": "Hund", "answer_start": 4}, {"text": "Katze", "answer_start": 9}]
    paragraph = {"context": "Ein Hund.", "qas": [{"id": "a", "question": "?", "answers": answers}]}
    audit = audited(write("x.json", json.dumps({"data": [{"paragraphs": [paragraph]}]})), "mlqa", "de")
    assert [finding.check for finding in audit.findings] == ["gold-not-in-context"]


def test_ids_are_compared_and_duplicates_named_by_row(audit_squad) -> None:
    english = [(f"q{n}", f"Text {n} here.", "?", "here", 7) for n in range(4)]
    german = [(id, f"Text {n} hier.", "?", "hier", 7) for n, id in enumerate(["q0", "q1", "q1", "acht"])]
    audit = audit_squad(german, english=english)
    assert items(audit, "id-duplicate") == ["row 3"]
    assert items(audit, "id-changed") == ["acht"]
    assert audit.asked["id-changed"] == 4
    assert items(audit, "row-count") == []


def test_rows_are_missing(audit_squad) -> None:
    audit = audit_squad([ROW], english=[ROW, ("q2", *ROW[1:])])
    assert [(f.item, f.detail) for f in audit.found("row-count")] == [("x.json", "1 rows, in English 2")]
    assert audit.failing == frozenset()  # a finding of the file fails no item
    assert not audit.sound
    assert "row-count" not in audit_squad([ROW], english=[ROW, ("q2", *ROW[1:])], benchmark="mlqa").asked


def test_rows_of_one_passage_that_differ(audit_squad) -> None:
    english = [(f"q{n}", "One passage.", "?", "One", 0) for n in range(3)]
    english += [("q3", "Another.", "?", "Another", 0), ("q4", "Third.", "?", "Third", 0)]
    german = [("q0", "Ein Absatz.", "?", "Ein", 0), ("q1", "Ein Absatz.", "?", "Ein", 0)]
    german += [("q2", "Eine Passage.", "?", "Eine", 0)]
    german += [("q3", "Anderer.", "?", "Anderer", 0), ("q4", "Anderer.", "?", "Anderer", 0)]
    found = audit_squad(german, english=english).found("context-differs")
    assert [finding.item for finding in found] == ["q2", "q4"] or [finding.item for finding in found] == ["q2", "q3"]
    assert "another context" in found[0].detail
    assert "have become one" in found[1].detail
    assert audit_squad(german, english=english, benchmark="mlqa").count("context-differs") == 0


def test_without_english_a_context_spelt_in_two_ways_is_found(audit_squad) -> None:
    rows = [
        ("q0", "Ein Absatz.", "?", "Ein", 0),
        ("q1", "Ein Absatz.", "?", "Ein", 0),
        ("q2", "Ein  Absatz", "?", "Ein", 0),
    ]
    assert items(audit_squad(rows), "context-differs") == ["q2"]
