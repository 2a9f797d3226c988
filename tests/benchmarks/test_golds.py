"""Golds by row from the English originals, and the labels that an input offers."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_benchmarks import audit, question, read, refusal, squad, write

from crossalpaca.benchmarks.labels import labels
from crossalpaca.languages import language
from crossalpaca.records import AnswerKind

# Labels


@pytest.mark.parametrize(
    ("kind", "code", "text", "offered", "choices"),
    [
        ("letter", "en", "Which?\nOptions:\n(A) one\n(B) two", ("(A)", "(B)"), ("one", "two")),
        ("letter", "zh", "哪个？\n选项：\n（A）一\n（Ｂ） 二 \n", ("（A）", "（Ｂ）"), ("一", "二")),
        ("letter", "de", "Welcher?\n( A ) eins\n  (B)zwei", ("( A )", "(B)"), ("eins", "zwei")),
        ("letter", "de", "Welcher?\n(A) eins\n(B)", ("(A)", "(B)"), ()),
        ("letter", "de", "Welcher?\n(A) eins", (), ()),
        ("letter", "de", "Welcher?\n(B) eins\n(C) zwei", (), ()),
        ("letter", "de", "Welcher?\n(A) eins\n(UND) zwei\n(C) drei", (), ()),
        ("letter", "it", "Quale?\n(A) uno\n(B) due\n(c) tre", (), ()),
        ("letter", "it", "Quale?\n(A) uno\n(B) due\n(Osso", (), ()),
        ("yes-no", "de", "Zurück?\nOptionen:\n- Ja \n- NEIN", ("Ja", "NEIN"), ()),
        ("yes-no", "de", "Zurück?\nOptionen:\n- Nein\n- Ja", ("Nein", "Ja"), ()),
        ("yes-no", "de", "Zurück?\nOptionen:\n- Ja\n- vielleicht", ("Ja", "Nein"), ()),
        ("yes-no", "de", "Zurück?\nOptionen:\n- Ja\n- Yes", ("Ja", "Nein"), ()),
        ("yes-no", "es", "¿Miente Juan?", ("Sí", "No"), ()),
        ("truth", "de", "nicht Wahr ist", ("Wahr", "Falsch"), ()),
        ("validity", "en", "Valid?\nOptions:\n- valid \n- invalid", ("valid", "invalid"), ()),
        ("validity", "en", "Valid?", ("valid", "invalid"), ()),
        ("number", "en", "How many?\n(A) 1\n(B) 2", (), ()),
        ("words", "en", "Sort.\n- b\n- a", (), ()),
        ("text", "en", "Say.", (), ()),
    ],
)
def test_labels_are_those_of_the_input_or_the_language(
    kind: AnswerKind, code: str, text: str, offered: tuple[str, ...], choices: tuple[str, ...]
) -> None:
    assert labels(text, kind, language(code)) == (offered, choices)


@pytest.mark.parametrize(
    ("code", "golds", "kind", "references"),
    [
        ("en", ["(A)", "(B)"], "letter", ["(A)", "(B)"]),
        ("en", ["True", "false"], "truth", ["True", "False"]),
        ("de", ["WAHR", "False"], "truth", ["Wahr", "Falsch"]),
        ("de", ["Ja", "no"], "yes-no", ["Ja", "Nein"]),
        ("en", ["valid", "Invalid"], "validity", ["valid", "invalid"]),
        ("en", ["-4", "12"], "number", ["-4", "12"]),
        ("en", ["12", "twelve"], "text", ["12", "twelve"]),
        ("en", ["yes", "perhaps"], "text", ["yes", "perhaps"]),
    ],
)
def test_the_kind_of_an_own_task_is_what_all_its_golds_are(
    tmp_path: Path, code: str, golds: list[str], kind: str, references: list[str]
) -> None:
    rows = [{"input": f"Question {number}?\n(A) x\n(B) y", "target": gold} for number, gold in enumerate(golds)]
    examples = read("tasks", write(tmp_path / "mine.jsonl", rows), code=code)
    assert {example.answer for example in examples} == {kind}
    assert [example.references for example in examples] == [(reference,) for reference in references]


def test_a_gold_that_means_no_label_stays_and_an_empty_one_is_none(tmp_path: Path) -> None:
    asked = "Welcher?\n(A) eins\n(B) zwei"
    rows = [{"input": asked, "target": gold} for gold in ("(UND)", "(B)", " ")]
    path = write(tmp_path / "penguins_in_a_table.jsonl", rows)
    assert [e.references for e in read("tasks", path, code="de")] == [("(UND)",), ("(B)",), ()]


# Golds by row


def bbh(folder: Path, task: str, *rows: tuple[str, str]) -> Path:
    return write(folder / f"{task}.json", {"examples": [{"input": text, "target": gold} for text, gold in rows]})


@pytest.mark.parametrize(
    ("task", "text", "own", "english", "expected"),
    [
        ("penguins_in_a_table", "Welcher?\n(A) x\n(B) y", "(UND)", "(B)", "(B)"),
        ("penguins_in_a_table", "Welcher?\n（A） x\n（B） y", "(A)", "(B)", "（B）"),
        ("penguins_in_a_table", "Welcher?\n(A) x\n(UND) y", "(UND)", "(B)", "(B)"),
        ("boolean_expressions", "nicht Wahr ist", "WAHR", "False", "Falsch"),
        ("navigate", "Zurück?\n- Ja\n- NEIN", "No", "No", "NEIN"),
        ("web_of_lies", "Lügt er?", "No", "Yes", "Ja"),
        ("formal_fallacies", "Gültig?\n- gültig\n- ungültig", "valid", "invalid", "ungültig"),
        ("object_counting", "Wie viele?", "drei", "3", "3"),
        ("dyck_languages", "Eingabe: [ (", "]", ") ]", ") ]"),
        ("word_sorting", "Liste: b a", "a b", "c d", "a b"),
        ("mine", "Lügt er?", "Vielleicht", "Yes", "Ja"),
        ("mine", "Wer?", "Otto", "Anna", "Otto"),
    ],
)
def test_a_gold_by_row_is_the_items_own_label_for_the_english_one(
    tmp_path: Path, task: str, text: str, own: str, english: str, expected: str
) -> None:
    path = bbh(tmp_path / "de", task, (text, own))
    golds = [bbh(tmp_path / "en", task, ("Something in English?", english))]
    (example,) = read("tasks", path, code="de", golds=golds)
    assert example.references == (expected,)
    assert example.answer == read("tasks", golds[0])[0].answer
    found = audit("tasks", path, code="de", golds=golds)
    assert not {"label-changed", "vocabulary-mixed"} & {finding.check for finding in found.findings}


def test_letters_by_row(tmp_path: Path) -> None:
    path = write(tmp_path / "de/anatomy_test.csv", "Was?,a,b,c,d,UND\nWer?,a,a,c,d,B\n")
    golds = [write(tmp_path / "en/anatomy_test.csv", "What?,a,b,c,d,D\nWho?,a,b,c,d,A\n")]
    assert [example.references for example in read("mmlu", path, code="de", golds=golds)] == [("D",), ("A",)]
    found = audit("mmlu", path, code="de", golds=golds)
    assert [(f.check, f.item) for f in found.findings] == [
        ("option-duplicate", "anatomy:2"),
        ("options-merged", "anatomy:2"),
    ]
    assert "key-changed" not in found.asked
    assert found.failing == {"anatomy:2"}


def test_a_header_is_a_finding_of_the_file_and_of_no_item(tmp_path: Path) -> None:
    path = write(tmp_path / "de/object_counting.csv", "Eingang,Ziel\nWie viele?,drei\n")
    found = audit("tasks", path, code="de", golds=[bbh(tmp_path / "en", "object_counting", ("How many?", "3"))])
    assert [(f.check, f.item) for f in found.findings] == [("header-changed", "object_counting.csv")]
    assert (found.failing, found.sound) == (frozenset(), False)


def test_golds_that_do_not_fit_the_files_are_refused(tmp_path: Path) -> None:
    de = [write(tmp_path / f"de/{name}_test.csv", "Was?,a,b,c,d,A\n" * 2) for name in ("anatomy", "virology")]
    en = [write(tmp_path / f"en/{name}_test.csv", "What?,a,b,c,d,A\n" * 2) for name in ("anatomy", "virology")]
    short = write(tmp_path / "en/short_test.csv", "What?,a,b,c,d,A\n")
    assert "1 files of golds for 2 files" in refusal("mmlu", *de, golds=en[:1])
    assert "row 1 is of virology, not of anatomy" in refusal("mmlu", *de, golds=en[::-1])
    assert f"{short}: cannot give golds by row to anatomy_test.csv: 1 rows for 2" in refusal(
        "mmlu", de[0], golds=[short]
    )
    assert len(read("choices", *de, golds=en[::-1])) == 4  # own files are called as one likes
    context = write(tmp_path / "a.json", squad(question("q1")))
    assert "leave out the golds" in refusal("squad", context, golds=[context])


def test_golds_of_other_ids_are_refused(tmp_path: Path) -> None:
    rows = [
        {
            "sample_id": f"anatomy/test/{n}",
            "question": "q",
            "choices": list("abcd"),
            "answer": "A",
            "subject": "anatomy",
        }
        for n in range(2)
    ]
    path, golds = write(tmp_path / "de.jsonl", rows), write(tmp_path / "en.jsonl", rows[::-1])
    assert "row 1 has the id 'anatomy/test/1', not 'anatomy/test/0'" in refusal("mmlu", path, golds=[golds])
    assert len(read("mmlu", path, golds=[path])) == 2
