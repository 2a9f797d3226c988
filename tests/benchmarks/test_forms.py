"""The forms of files: the same items whatever form they are written in, and how examples ask them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from small_benchmarks import audit, question, read, refusal, squad, write

from crossalpaca.languages import language, languages

# Every benchmark in every language

SQUAD = squad(
    question("q1", "12", 24), question("q2", "emoji", 4), context="A \U0001f600 emoji stands before 12 words."
)
MMLU = 'What is 1+1?,1,2,3,4,B\n"Say ""a, b"".\nThen?",x,y,z,"w\nw", A \n'
BBH = {"canary": "x", "examples": [{"input": " not True is ", "target": "False\n"}, {"input": "1+1=", "target": "2"}]}
CONTENT: Mapping[str, object] = {"squad": SQUAD, "mlqa": SQUAD, "mmlu": MMLU, "choices": MMLU, "tasks": BBH}
INSTRUCTION = {
    "squad": "extractive_qa",
    "mlqa": "extractive_qa",
    "mmlu": "multiple_choice",
    "choices": "multiple_choice",
    "tasks": "reasoning",
}


@pytest.mark.parametrize("code", sorted(languages()))
@pytest.mark.parametrize("benchmark", sorted(CONTENT))
def test_every_benchmark_asks_in_every_language(tmp_path: Path, benchmark: str, code: str) -> None:
    path = write(tmp_path / "file_test.any", CONTENT[benchmark])
    examples = read(benchmark, path, code=code, name="mine")
    assert len(examples) == len({example.id for example in examples}) == audit(benchmark, path, code=code).items == 2
    assert {e.instruction for e in examples} == {language(code).instructions[INSTRUCTION[benchmark]]}
    assert {(e.benchmark, e.language, e.origin) for e in examples} == {("mine", code, "file_test.any")}


# Extractive questions

CONTEXT = "Anna and Otto went home."
OWN = {
    "a.json": squad(question("q1"), question("q2", "Otto", 9)),
    "a.jsonl": [
        {"id": "q1", "context": CONTEXT, "question": "Who?", "answers": {"text": ["Anna"], "answer_start": [0]}},
        {"id": "q2", "context": CONTEXT, "question": "Who?", "answers": [{"text": "Otto", "answer_start": 9}]},
    ],
    "lines.json": [
        {"id": "q1", "context": CONTEXT, "question": "Who?", "answers": ["Anna"]},
        {"id": "q2", "context": CONTEXT, "question": "Who?", "answers": "Otto", "title": "x"},
    ],
    "a.csv": f"id,context,question,answers\nq1,{CONTEXT},Who?,Anna\nq2,{CONTEXT},Who?,Otto\n",
    "order.csv.gz": f"question,answers,id,more,context\nWho?,Anna,q1,x,{CONTEXT}\nWho?,Otto,q2,,{CONTEXT}\n",
    "python.csv": f"id,context,question,answers\nq1,{CONTEXT},Who?,\"{{'text': ['Anna'], 'answer_start': [0]}}\"\n"
    f"q2,{CONTEXT},Who?,['Otto']\n",
    "json.csv": f'id,context,question,answers\nq1,{CONTEXT},Who?,"{{""text"":[""Anna""],""answer_start"":[0]}}"\n'
    f'q2,{CONTEXT},Who?,"[""\\u004ftto""]"\n',
}


@pytest.mark.parametrize("name", OWN)
def test_own_extractive_questions_are_the_same_in_every_form(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name, OWN[name])
    assert [(e.id, e.cluster, e.task, e.references) for e in read("squad", path)] == [
        ("q1", "q1", "", ("Anna",)),
        ("q2", "q1", "", ("Otto",)),
    ]
    assert {e.input for e in read("squad", path, code="de")} == {f"Text: {CONTEXT}\nFrage: Who?"}
    assert audit("squad", path).findings == ()


def test_references_are_the_distinct_golds_that_have_text(tmp_path: Path) -> None:
    golds = [{"text": text, "answer_start": start} for text, start in (("Anna", 0), ("", 0), ("Anna", 0), ("x", 3))]
    (example,) = read("squad", write(tmp_path / "a.json", squad(question("q1", answers=golds))))
    assert example.references == ("Anna", "x")


@pytest.mark.parametrize(
    ("changed", "references", "check"),
    [
        (question("q2", "Otto", 8), ("Otto",), "offset-mismatch"),
        (question("q2", "Otto", -15), ("Otto",), "offset-mismatch"),
        (question("q2", "Otto", 900), ("Otto",), "offset-mismatch"),
        (question("q2", "Eva", 0), ("Eva",), "gold-not-in-context"),
        (question("q2", " ", 0), (), "gold-empty"),
        (question("q2", answers=[]), (), "gold-empty"),
        (question("q2", answers=[{"text": "Anna"}]), (), "unparseable"),
        (question("q2", answers=[{"answer_start": 0}]), (), "unparseable"),
        (question("q2", None, 0), (), "unparseable"),
        (question("q2", "Anna", "0"), (), "unparseable"),
        (question("q2", answers=None), (), "unparseable"),
        (question("q2", answers={"text": ["Anna"], "answer_start": [0]}), (), "unparseable"),
    ],
)
def test_a_broken_gold_is_kept_and_marked(
    tmp_path: Path, changed: dict[str, object], references: tuple[str, ...], check: str
) -> None:
    path = write(tmp_path / "a.json", squad(question("q1"), changed))
    examples = read("squad", path)
    assert [(e.id, e.references) for e in examples] == [("q1", ("Anna",)), ("q2", references)]
    found = audit("squad", path)
    assert {finding.check for finding in found.findings} == {check}
    assert found.failing == {"q2"}


def test_ids_that_are_not_an_items_own_are_replaced_by_its_number(tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", squad(question("q1"), question("q1"), question(""), question(7)))
    examples = read("squad", path)
    assert [example.id for example in examples] == ["row 1", "row 2", "row 3", "7"]
    assert {example.cluster for example in examples} == {"row 1"}
    assert audit("squad", path).failing == {"row 2"}


def test_passages_of_a_csv_are_told_apart_by_their_text(tmp_path: Path) -> None:
    rows = "\n".join(f"q{n},{text},Who?,x" for n, text in enumerate(("one x", "two x", "one x")))
    examples = read("squad", write(tmp_path / "a.csv", f"id,context,question,answers\n{rows}\n"))
    assert [example.cluster for example in examples] == ["q0", "q1", "q0"]


# Four-choice questions

HEADLESS = "What?,a,b,c,d,B\nWho?,e,f,g,h,D\n"
CHOICES = {
    "anatomy_test.csv": HEADLESS,
    "anatomy.csv.gz": HEADLESS,
    "anatomy_dev.csv": "question,A,B,C,D,answer\n" + HEADLESS,
    "anatomy_val.csv": "answer,question,more,a,b,c,d\nB,What?,,a,b,c,d\nD,Who?,,e,f,g,h\n",
    "anatomy.jsonl": [
        {"question": "What?", "choices": ["a", "b", "c", "d"], "answer": 1},
        {"question": "Who?", "A": "e", "B": "f", "C": "g", "D": "h", "answer": "D"},
    ],
}


@pytest.mark.parametrize("name", CHOICES)
def test_four_choice_questions_are_the_same_in_every_form(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name, CHOICES[name])
    first, second = read("choices", path)
    assert (first.id, first.task, first.cluster, second.id) == ("anatomy:1", "anatomy", "anatomy:1", "anatomy:2")
    assert first.input == "What?\nA. a\nB. b\nC. c\nD. d"
    assert (first.answer, first.labels, first.choices) == ("letter", ("A", "B", "C", "D"), ("a", "b", "c", "d"))
    assert (first.references, second.references) == (("B",), ("D",))
    assert audit("choices", path).findings == ()


def test_mmmlu_has_all_subjects_in_one_file(tmp_path: Path) -> None:
    text = ",Question,A,B,C,D,Answer,Subject\n" + "".join(
        f"{n},Was {n}?,a,b,c,d,B,{subject}\n" for n, subject in enumerate(["anatomy", "anatomy", "virology", "anatomy"])
    )
    path = write(tmp_path / "mmlu_DE-DE.csv", text.replace("virology", "virology_test.csv_de-DE.csv"))
    examples = read("mmlu", path, code="de")
    assert [e.id for e in examples] == ["anatomy:1", "anatomy:2", "virology:1", "anatomy:3"]
    assert [e.task for e in examples] == ["anatomy", "anatomy", "virology", "anatomy"]
    assert audit("mmlu", path, code="de").findings == ()


GLOBAL = {
    "sample_id": "anatomy/test/0",
    "subject": "anatomy",
    "subject_category": "STEM",
    "question": "Was?",
    "option_a": "a",
    "option_b": "b",
    "option_c": "c",
    "option_d": "d",
    "answer": "C",
    "is_annotated": False,
}


@pytest.mark.parametrize("name", ["de.csv", "de.jsonl", "de.json"])
def test_global_mmlu_brings_its_ids(tmp_path: Path, name: str) -> None:
    values = [GLOBAL, GLOBAL | {"sample_id": "virology/test/0", "subject": "virology", "question": "Wer?"}]
    lines = [",".join(GLOBAL), *(",".join(map(str, value.values())) for value in values)]
    path = write(tmp_path / name, "\n".join(lines) if name == "de.csv" else values)
    examples = read("mmlu", path, code="de")
    assert [(e.id, e.task, e.cluster, e.references) for e in examples] == [
        ("anatomy/test/0", "anatomy", "anatomy/test/0", ("C",)),
        ("virology/test/0", "virology", "virology/test/0", ("C",)),
    ]
    assert audit("mmlu", path, code="de").findings == ()


@pytest.mark.parametrize(
    ("row", "labels", "references", "check"),
    [
        ("q,1,2,3,4,E", "ABCD", (), "key-invalid"),
        ("q,1,2,3,4,AB", "ABCD", (), "key-invalid"),
        ("q,1,2,3,4,", "ABCD", (), "key-invalid"),
        ("q,1,2,3,A", "ABC", ("A",), "option-count"),
        ("q,1,2,3,4,5,A", "ABCDE", ("A",), "option-count"),
        ("q,1,,3,4,A", "ABCD", ("A",), "option-count"),
        ("q,1,1,3,4,A", "ABCD", ("A",), "option-duplicate"),
    ],
)
def test_a_broken_choice_row_is_kept_and_marked(
    tmp_path: Path, row: str, labels: str, references: tuple[str, ...], check: str
) -> None:
    path = write(tmp_path / "a_test.csv", f"q1,1,2,3,4,A\n{row}\nq3,1,2,3,4,B\n")
    example = read("mmlu", path)[1]
    assert (example.id, example.labels, example.references) == ("a:2", tuple(labels), references)
    assert len(example.choices) in (0, len(example.labels))
    assert all(example.choices)  # the likelihood of an empty text says nothing
    found = audit("mmlu", path)
    assert (found.failing, {finding.check for finding in found.findings}) == ({"a:2"}, {check})


# Reasoning tasks

TASKS = {
    "sums.json": {"examples": [{"input": " 1+1=\n", "target": "2 "}, {"input": "2+2=", "target": "4"}]},
    "sums.jsonl": [{"input": "1+1=", "target": "2"}, {"target": "4", "input": "2+2=", "more": 1}],
    "sums.csv": "input,target\n1+1=,2\n2+2=,4\n",
    "sums.csv.gz": ",input,target\n0,1+1=,2\n1,2+2=,4\n",
}


@pytest.mark.parametrize("name", TASKS)
def test_reasoning_items_are_the_same_in_every_form(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name, TASKS[name])
    assert [(e.id, e.task, e.cluster, e.input, e.references) for e in read("tasks", path)] == [
        ("sums:1", "sums", "sums:1", "1+1=", ("2",)),
        ("sums:2", "sums", "sums:2", "2+2=", ("4",)),
    ]
    assert {(e.answer, e.labels, e.choices) for e in read("tasks", path)} == {("number", (), ())}
    assert audit("tasks", path).findings == ()


# What a broken line of JSON says


@pytest.mark.parametrize("benchmark", ["squad", "choices", "tasks"])
@pytest.mark.parametrize(("line", "message"), [('{"input": ', "not JSON"), ("[1]", "not a JSON object")])
def test_a_broken_line_is_refused_with_file_and_line(tmp_path: Path, benchmark: str, line: str, message: str) -> None:
    good = {"squad": OWN["a.jsonl"], "choices": CHOICES["anatomy.jsonl"], "tasks": TASKS["sums.jsonl"]}[benchmark]
    path = write(tmp_path / "a.jsonl", good)
    path.write_text(path.read_text("utf-8") + "\n" + line + "\n", "utf-8")
    assert f"{path}:4: {message}" in refusal(benchmark, path)


@pytest.mark.parametrize(
    ("benchmark", "value"),
    [
        ("squad", {"context": "x", "question": "y"}),
        ("squad", {"context": "x", "answers": ["x"]}),
        ("squad", {"question": "y", "answers": ["x"]}),
        ("choices", {"question": "x", "choices": ["a", "b"]}),
        ("choices", {"question": "x", "choices": ["a", 1], "answer": 0}),
        ("choices", {"question": "x", "choices": ["a", "b"], "answer": 4}),
        ("choices", {"question": "x", "A": "a", "B": "b", "C": "c", "answer": "A"}),
        ("choices", {"choices": ["a", "b"], "answer": "A"}),
    ],
)
def test_a_line_that_lacks_a_value_is_refused_with_file_and_line(tmp_path: Path, benchmark: str, value: object) -> None:
    path = write(tmp_path / "a.jsonl", [value])
    message = refusal(benchmark, path)
    assert f"{path}:1: " in message
    assert "'question'" in message
