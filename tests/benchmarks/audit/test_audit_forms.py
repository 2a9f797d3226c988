"""Forms and shapes of files: what is read as what, and what is refused in one line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from small_files import as_bbh, as_csv, as_squad

from crossalpaca.benchmarks.audit import Audit, audited
from crossalpaca.errors import InputError

HEADER = ("id", "context", "question", "answers")
CELL = "{'text': ['Hund'], 'answer_start': [4]}"
ROWS = [("q1", "Ein Hund.", "Wer?", CELL), ("q2", "Ein Hund.", "Was denn?", CELL)]
Write = Callable[[str, str], Path]


def checks(audit: Audit) -> list[tuple[str, str]]:
    return [(finding.check, finding.item) for finding in audit.findings]


# CSVs of extractive questions


@pytest.mark.parametrize("name", ["x.csv", "x.csv.gz", "x.txt", "xquad_IT.any"])
def test_four_columns_by_position(write: Write, name: str) -> None:
    audit = audited(write(name, as_csv([HEADER, *ROWS])), "xquad", "de")
    assert (audit.items, audit.findings) == (2, ())


def test_translated_headers_are_named(write: Write) -> None:
    audit = audited(write("x.csv", as_csv([("id", "contesto", "domanda", "risposte"), *ROWS])), "xquad", "it")
    assert checks(audit) == [("header-changed", "x.csv")]
    assert (audit.failing, audit.sound) == (frozenset(), False)


def test_a_file_without_header_keeps_its_first_item(write: Write) -> None:
    audit = audited(write("x.csv", as_csv(ROWS)), "xquad", "de")
    assert (audit.items, checks(audit)) == (2, [("header-changed", "x.csv")])


@pytest.mark.parametrize("columns", [[""], ["Unnamed: 0"], ["Unnamed: 0.1", ""], ["row"]])
def test_index_columns_are_passed_over(write: Write, columns: list[str]) -> None:
    numbered = [(*[number] * len(columns), *row) for number, row in enumerate(ROWS)]
    audit = audited(write("x.csv", as_csv([(*columns, *HEADER), *numbered])), "xquad", "de")
    assert (audit.items, audit.findings) == (2, ())


@pytest.mark.parametrize(
    "cell",
    [
        "{'text': 'Hund', 'answer_start': 4}",
        '{"text": ["Hund"], "answer_start": [4]}',
        "[{'text': 'Hund', 'answer_start': 4}]",
        "{'text': ('Hund',), 'answer_start': (4,), 'more': None}",
    ],
)
def test_answers_cells_that_read(write: Write, cell: str) -> None:
    assert audited(write("x.csv", as_csv([HEADER, ("q", "Ein Hund.", "?", cell)])), "mlqa", "de").findings == ()


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "{'text': ['l'inno'], 'answer_start': [4]}",
        "{'text': ['Hund']}",
        "{'text': ['Hund', 'x'], 'answer_start': [4]}",
        "{'text': ['Hund'], 'answer_start': ['4']}",
        "{'text': ['\\ud800'], 'answer_start': [0]}",
        "{'text': array(['Hund']), 'answer_start': array([4])}",
        "__import__('os').getcwd()",
        "'Hund'",
        "(" * 15_000,
        "-" * 15_000 + "1",
        "not " * 4_000 + "1",
        "{" + "'a': 1, " * 9_000 + "}",
    ],
)
def test_answers_cells_that_do_not_read(write: Write, cell: str) -> None:
    audit = audited(write("x.csv", as_csv([HEADER, ROWS[0], ("q2", "Ein Hund.", "?", cell)])), "xquad", "de")
    assert checks(audit) == [("unparseable", "q2")]
    assert all("\n" not in finding.detail and len(finding.detail) < 150 for finding in audit.findings)


def test_changed_keys_are_read_by_position_and_named(write: Write) -> None:
    rows = [HEADER, ("q1", "Un cane.", "?", "{'testo': ['cane'], 'risposta_inizio': [3]}")]
    assert checks(audited(write("x.csv", as_csv(rows)), "xquad", "it")) == [("keys-changed", "q1")]


def test_a_row_of_another_width_hides_no_other(write: Write) -> None:
    audit = audited(
        write("x.csv", as_csv([HEADER, ROWS[0], ("q2", "Ein", "Hund."), ("q3", *ROWS[0][1:])])), "xquad", "de"
    )
    assert (audit.items, checks(audit)) == (3, [("unparseable", "q2")])


def test_a_broken_question_in_json_hides_no_other(write: Write) -> None:
    document = json.loads(as_squad([("q1", "Ein Hund.", "?", "Hund", 4), ("q2", "Ein Hund.", "?", "Hund", 4)]))
    document["data"][0]["paragraphs"][0]["qas"][0] = {"Kennung": "q1"}
    audit = audited(write("x.json", json.dumps(document)), "xquad", "de")
    assert (audit.items, checks(audit)) == (2, [("unparseable", "row 1")])


# CSVs of the other benchmarks

CHOICE = ("Wie viele?", "eins", "zwei", "drei", "vier", "B")


@pytest.mark.parametrize(
    ("rows", "findings"),
    [
        ([CHOICE, ("Was?", *CHOICE[1:])], []),
        ([("", "question", *"ABCD", "key"), ("0", *CHOICE), ("1", "Was?", *CHOICE[1:])], ["header-changed"]),
        ([(str(n), f"Was {n}?", *CHOICE[1:]) for n in range(3)], []),
        ([("Frage", "A", "B", "C", "D", "Antwort"), CHOICE], ["header-changed"]),
        ([("Frage", "Wahl eins", "Wahl", "Wahl", "Wahl", "Antwort"), CHOICE, CHOICE], ["header-changed"]),
        ([("प्रश्न", "क", "ख", "ग", "घ", "उत्तर"), CHOICE, CHOICE], ["header-changed"]),
    ],
)
def test_shapes_of_four_choice_questions(write: Write, rows: list[tuple[str, ...]], findings: list[str]) -> None:
    audit = audited(write("anatomy_test.csv", as_csv(rows)), "mmlu", "de")
    assert [finding.check for finding in audit.findings] == findings
    assert audit.items == sum(row[-1] == "B" for row in rows)


@pytest.mark.parametrize(
    ("header", "findings"),
    [
        ([("input", "target")], []),
        ([("Eingang", "Ziel")], ["header-changed"]),
        ([("输入", "目标")], ["header-changed"]),
        ([("इनपुट", "लक्ष्य")], ["header-changed"]),
        ([], ["header-changed"]),
    ],
)
def test_shapes_of_reasoning_tasks(write: Write, header: list[tuple[str, str]], findings: list[str]) -> None:
    rows = [("Ich habe drei Äpfel. Wie viele habe ich?", "3"), ("Und wie viele Birnen, zwei und zwei?", "4")]
    audit = audited(write("object_counting.csv.gz", as_csv([*header, *rows])), "bbh", "de")
    assert ([finding.check for finding in audit.findings], audit.items) == (findings, 2)


def test_translated_keys_of_json_are_read_by_position(write: Write) -> None:
    items = [{"Eingang": "Wie viele Äpfel?", "Ziel": "3"}, {"Eingang": "Wie viele?", "Ziel": 3}]
    audit = audited(write("object_counting.json", json.dumps({"examples": items})), "bbh", "de")
    assert checks(audit) == [("header-changed", "object_counting.json"), ("unparseable", "object_counting:2")]


# Folders


def test_a_folder_is_joined_by_name(write: Write) -> None:
    for name, gold in (("de/navigate.csv.gz", "No"), ("en/navigate.json", "No")):
        rows = [("Zurück zum Anfang?\nOptionen:\n- Ja\n- Nein", gold)]
        write(name, as_bbh(rows) if name.endswith("json") else as_csv([("input", "target"), *rows]))
    write("en/word_sorting.json", as_bbh([("List: a", "a")]))
    write("de/README.md", "no task")
    folder = write("de/object_counting.json", as_bbh([("Wie viele?", "2")])).parent
    with pytest.raises(InputError, match="has no file of task object_counting"):
        audited(folder, "bbh", "de", reference=folder.parent / "en")
    write("en/object_counting.json", as_bbh([("How many?", "2")]))
    audit = audited(folder, "bbh", "de", reference=folder.parent / "en")
    assert audit.items == 2
    assert checks(audit) == [
        ("vocabulary-mixed", "navigate:1"),
        ("untranslated", "navigate:1"),
        ("row-count", "word_sorting"),
    ]


@pytest.mark.parametrize("named", ["path", "reference"])
def test_a_file_of_a_folder_that_is_no_task_is_named_with_what_can_be_done(write: Write, named: str) -> None:
    folders = {"path": write("de/navigate.json", as_bbh([("x", "Ja")])).parent}
    folders["reference"] = write("en/navigate.json", as_bbh([("y", "Yes")])).parent
    stray = write(f"{folders[named].name}/navigat.json", as_bbh([("x", "Ja")]))
    with pytest.raises(InputError) as raised:
        audited(folders["path"], "bbh", "de", reference=folders["reference"])
    assert str(raised.value).startswith(f"{stray}: unknown task 'navigat' (did you mean navigate?)")
    assert str(raised.value).endswith("; rename it, or take it out of the folder")
    stray.unlink()
    with pytest.raises(InputError, match="say which with --task"):
        audited(write("navigat.json", as_bbh([("x", "Ja")])), "bbh", "de")


# Refusals


@pytest.mark.parametrize(
    ("name", "text", "benchmark", "task", "message"),
    [
        ("x.json", "<!DOCTYPE html><html></html>", "xquad", None, "is a web page"),
        ("x.csv", "\n<html><body>", "xquad", None, "is a web page"),
        ("navigate.json", "<html>", "bbh", None, "is a web page"),
        ("anatomy_test.csv", "", "mmlu", None, "is empty"),
        ("x.json", "{", "xquad", None, "not JSON"),
        ("x.json", "[" * 100_000, "xquad", None, "nested too deeply"),
        ("x.json", '{"Daten": []}', "xquad", None, "no list under 'data' (found: Daten)"),
        ("x.json", '{"data": [{}]}', "xquad", None, "article 1"),
        ("x.json", '{"data": [{"paragraphs": [{"context": 1}]}]}', "xquad", None, "paragraph 1"),
        ("x.json", '{"data": []}', "xquad", None, "holds no item"),
        ("x.csv", "a,b\nc,d\n", "xquad", None, "rows of 2 columns, expected 4"),
        ("x.csv", 'id,"context', "xquad", None, "not CSV"),
        ("x.csv", "id,context,question,answers\n", "xquad", None, "holds no item"),
        ("navigate.json", "[]", "bbh", None, "no list under 'examples'"),
        ("navigat.json", '{"examples": []}', "bbh", None, "did you mean navigate?"),
        ("x.json", '{"examples": []}', "bbh", "navi", "unknown task 'navi'"),
        ("x.json", "{}", "xquad", "navigate", "has no tasks"),
        ("anatomy_test.json", "{}", "mmlu", None, "MMLU is read from CSV"),
        ("x.json", "{}", "squat", None, "unknown benchmark 'squat'"),
    ],
)
def test_refused_in_one_line(
    write: Write, name: str, text: str, benchmark: str, task: str | None, message: str
) -> None:
    path = write(name, text)
    with pytest.raises(InputError) as raised:
        audited(path, benchmark, "de", task=task)
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


def test_what_is_not_there_or_cannot_be_compared(write: Write, tmp_path: Path) -> None:
    path = write("navigate.json", as_bbh([("x", "Ja")]))
    (tmp_path / "empty").mkdir()
    for arguments, message in (
        ({"path": tmp_path / "none.json"}, "is not there"),
        ({"path": tmp_path / ("n" * 300)}, "cannot be read"),
        ({"path": path, "reference": tmp_path / "none"}, "is not there"),
        ({"path": path, "language": "xx"}, "unknown language"),
        ({"path": tmp_path / "empty"}, "holds no .json"),
        ({"path": tmp_path, "task": "navigate"}, "leave out --task"),
        ({"path": tmp_path, "benchmark": "xquad"}, "is a folder"),
    ):
        with pytest.raises(InputError, match=message):
            audited(**{"benchmark": "bbh", "language": "de"} | arguments)


def test_bytes_that_are_no_text_and_a_cut_gzip(write: Write, tmp_path: Path) -> None:
    (tmp_path / "latin.csv").write_bytes("id,context,question,answers\nü,ü,ü,ü\n".encode("latin-1"))
    whole = write("x.csv.gz", as_csv([HEADER, *ROWS]))
    (tmp_path / "cut.csv.gz").write_bytes(whole.read_bytes()[:-12])
    (tmp_path / "none.csv.gz").write_bytes(b"no gzip")
    for name, message in (("latin.csv", "not UTF-8"), ("cut.csv.gz", "broken gzip"), ("none.csv.gz", "broken gzip")):
        with pytest.raises(InputError, match=message):
            audited(tmp_path / name, "xquad", "de")
