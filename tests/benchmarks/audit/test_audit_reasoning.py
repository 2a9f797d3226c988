"""Checks of BIG-Bench Hard's tasks, on rows made for each."""

from __future__ import annotations

import pytest
from small_files import as_bbh

from crossalpaca.benchmarks.audit import Audit, audited

OPTIONS = "Welcher?\nOptionen:\n(A) Louis\n(B) Gwen\n(E) James"


def found(audit: Audit) -> list[tuple[str, str]]:
    return [(finding.check, finding.item) for finding in audit.findings]


def test_labels_are_compared_with_the_english_ones(audit_bbh) -> None:
    english = [("Which?\n(A) x\n(E) y", "(E)"), ("Which?\n(A) x\n(B) y", "(B)"), ("Which?\n(A) x\n(B) y", "(A)")]
    rows = [(OPTIONS, "(UND)"), (OPTIONS.replace("(B)", "（B）"), "(B)"), ("Noch einmal: " + OPTIONS, " (A)")]
    audit = audit_bbh("penguins_in_a_table", rows, english=english)
    assert found(audit) == [
        ("label-changed", "penguins_in_a_table:1"),
        ("gold-not-in-options", "penguins_in_a_table:1"),
        ("gold-not-in-options", "penguins_in_a_table:2"),
    ]
    assert audit.asked["label-changed"] == 3
    alone = audit_bbh("penguins_in_a_table", rows)
    assert [check for check, _ in found(alone)] == ["gold-not-in-options"] * 2


def test_a_gold_that_is_no_label_where_options_have_labels(audit_bbh) -> None:
    assert found(audit_bbh("ruin_names", [(OPTIONS, "James"), ("Und? " + OPTIONS, "(A)")])) == [
        ("vocabulary-mixed", "ruin_names:1")
    ]


@pytest.mark.parametrize(
    ("language", "yes", "no", "golds", "wrong"),
    [
        ("de", "Ja", "NEIN", ["Ja", "No", "nein", "Yes"], [2, 4]),
        ("it", "SÌ", "NO", ["No", "Yes", "Sì"], [2]),
        ("zh", "是的", "不", ["是的", "No"], [2]),
        ("en", "Yes", "No", ["Yes", "No"], []),
    ],
)
def test_golds_must_be_among_the_options(
    audit_bbh, language: str, yes: str, no: str, golds: list[str], wrong: list[int]
) -> None:
    rows = [(f"Frage {number}?\nOptionen:\n- {yes} \n- {no}", gold) for number, gold in enumerate(golds)]
    audit = audit_bbh("navigate", rows, language)
    assert found(audit) == [("vocabulary-mixed", f"navigate:{number}") for number in wrong]
    assert audit.asked["vocabulary-mixed"] == len(golds)


@pytest.mark.parametrize(
    ("language", "golds", "wrong"),
    [
        ("de", ["Ja", "no", "Ja"], [2]),
        ("de", ["yes", "no"], []),
        ("de", ["Ja", "Nein"], []),
        ("it", ["Sì", "No"], []),
        ("it", ["Yes", "No"], []),
        ("it", ["Sì", "Yes"], [2]),
        ("zh", ["真的", "错误的"], []),
        ("zh", ["真的", "False"], [2]),
    ],
)
def test_golds_of_a_task_must_be_of_one_language(audit_bbh, language: str, golds: list[str], wrong: list[int]) -> None:
    audit = audit_bbh("web_of_lies", [(f"Frage {n}?", gold) for n, gold in enumerate(golds)], language)
    assert found(audit) == [("vocabulary-mixed", f"web_of_lies:{number}") for number in wrong]


def test_sorted_by_code_point_and_by_casefold(audit_bbh) -> None:
    golds = ["Affe Baum", "Baum affe", "affe Baum", "b a", "wort", "Zebra Äpfel"]
    audit = audit_bbh("word_sorting", [("Liste: x", gold) for gold in golds])
    assert [f.item for f in audit.found("not-sorted")] == ["word_sorting:3", "word_sorting:4"]
    assert [f.item for f in audit.found("not-sorted-casefold")] == ["word_sorting:2", "word_sorting:4"]
    assert {finding.severity for finding in audit.found("not-sorted-casefold")} == {"warning"}


@pytest.mark.parametrize(
    ("text", "gold", "closes"),
    [
        ("Eingabe: [ (", ") ]", True),
        ("Eingabe (Klammern): ｛ [", "] }", True),
        ("Eingabe: < (", "> )", False),
        ("Eingabe: [ (", ")", False),
        ("Eingabe: [", "] ]", False),
        ("Eingabe: { } [ ]", "", True),
    ],
)
def test_brackets(audit_bbh, text: str, gold: str, closes: bool) -> None:
    expected = [] if closes else [("unbalanced", "dyck_languages:1")]
    assert found(audit_bbh("dyck_languages", [(text, gold)])) == expected


def test_expressions_are_solved_again(audit_bbh) -> None:
    rows = [("nicht Wahr oder ( True ) ist", "WAHR"), ("nicht wahr ist", "Wahr"), ("nicht, falsch", "Wahr")]
    audit = audit_bbh("boolean_expressions", rows)
    assert sorted(found(audit)) == [
        ("expression-unread", "boolean_expressions:3"),
        ("expression-wrong", "boolean_expressions:2"),
    ]
    assert (audit.asked["expression-wrong"], audit.asked["expression-unread"]) == (2, 3)
    audit = audit_bbh("multistep_arithmetic_two", [("((-1 + 2) * 3) =", "3"), ("(2 * 3) =", "5"), ("2 ^ 3 =", "8")])
    assert {(finding.check, finding.item.split(":")[1]) for finding in audit.findings} == {
        ("expression-wrong", "2"),
        ("expression-unread", "3"),
    }


def test_a_task_given_by_name_replaces_that_of_the_file(write, audit_bbh) -> None:
    path = write("mine.json.gz", as_bbh([("Liste: b a", "b a")]))
    assert found(audited(path, "bbh", "de", task="word_sorting"))[0] == ("not-sorted", "word_sorting:1")
