"""Readers of benchmarks: the published files are read whole, and a malformed item is named."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from crossalpaca.benchmarks import BENCHMARKS, read_examples
from crossalpaca.errors import DataError
from crossalpaca.languages import language, languages
from crossalpaca.records import Example

XQUAD = ("ar", "de", "el", "en", "es", "hi", "ro", "ru", "th", "tr", "vi", "zh")
MLQA_DEV = {"ar": 517, "de": 512, "en": 1148, "es": 500, "zh": 504}


def read(benchmark: str, *paths: Path, code: str = "en", name: str = "") -> list[Example]:
    return read_examples(BENCHMARKS[benchmark], paths, language(code), name or benchmark)


def refusal(benchmark: str, *paths: Path, code: str = "en") -> str:
    with pytest.raises(DataError) as raised:
        read(benchmark, *paths, code=code)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def write(path: Path, content: object) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


# The published files


@pytest.fixture(scope="module")
def xquad(data_folder: Path) -> dict[str, list[Example]]:
    return {code: read("xquad", data_folder / f"xquad/xquad.{code}.json.gz", code=code) for code in XQUAD}


@pytest.mark.parametrize("code", XQUAD)
def test_xquad_has_1190_questions_on_240_passages(xquad: dict[str, list[Example]], code: str) -> None:
    examples = xquad[code]
    assert (len(examples), len({example.cluster for example in examples})) == (1190, 240)
    assert {example.language for example in examples} == {language(code).code}
    assert all(example.references and all(example.references) for example in examples)


@pytest.mark.parametrize("code", XQUAD)
def test_xquad_is_parallel_by_id_and_passage(xquad: dict[str, list[Example]], code: str) -> None:
    assert [(e.id, e.cluster) for e in xquad[code]] == [(e.id, e.cluster) for e in xquad["en"]]


@pytest.mark.parametrize(("code", "count"), MLQA_DEV.items())
def test_mlqa_dev_has_its_published_questions(data_folder: Path, code: str, count: int) -> None:
    examples = read("mlqa", data_folder / f"mlqa-dev/{code}.json.gz", code=code)
    english = read("mlqa", data_folder / "mlqa-dev/en.json.gz")
    assert len(examples) == count
    assert {example.id for example in examples} <= {example.id for example in english}


def test_mmlu_has_14042_questions_of_57_subjects(data_folder: Path) -> None:
    examples = read("mmlu", *sorted((data_folder / "mmlu/test").glob("*.csv")))
    assert (len(examples), len({example.task for example in examples})) == (14042, 57)
    assert all(len(example.choices) == 4 and example.references[0] in "ABCD" for example in examples)
    assert {"abstract_algebra", "world_religions"} <= {example.task for example in examples}


def test_mmlu_dev_has_five_questions_a_subject(data_folder: Path) -> None:
    examples = read("mmlu", *sorted((data_folder / "mmlu/dev").glob("*.csv")))
    assert set(Counter(example.task for example in examples).values()) == {5}
    assert len(examples) == 285


def test_bbh_has_6511_items_of_27_tasks(data_folder: Path) -> None:
    examples = read("bbh", *sorted((data_folder / "bbh").glob("*.json")))
    assert (len(examples), len({example.task for example in examples})) == (6511, 27)
    assert all(example.references[0] and example.choices == () for example in examples)


def test_squad_it_is_refused_with_the_first_answer_that_is_not_at_its_offset(data_folder: Path) -> None:
    message = refusal("squad", data_folder / "squad-it/SQuAD_it-test.json.gz", code="it")
    assert "item 5726487b5951b619008f6edf: answer 'Il Regno Unito' is not at offset 158" in message


# Every benchmark in every language

SQUAD = {
    "data": [
        {
            "paragraphs": [
                {
                    "context": "A \U0001f600 emoji stands before 12 words.",
                    "qas": [
                        {"id": "q1", "question": " How many? ", "answers": [{"text": "12", "answer_start": 24}]},
                        {
                            "id": "q2",
                            "question": "What?",
                            "answers": [{"text": "emoji", "answer_start": 4}] * 2
                            + [{"text": "\U0001f600 emoji", "answer_start": 2}],
                        },
                    ],
                }
            ]
        }
    ]
}
MMLU = 'What is 1+1?,1,2,3,4,B\n"Say ""a, b"".\nThen?",x,y,z,"w\nw", A \n'
BBH = {"canary": "x", "examples": [{"input": " not True is ", "target": "False\n"}, {"input": "1+1=", "target": "2"}]}
CONTENT: Mapping[str, object] = {"squad": SQUAD, "mlqa": SQUAD, "mmlu": MMLU, "choices": MMLU, "bbh": BBH, "tasks": BBH}
INSTRUCTION = {
    "squad": "extractive_qa",
    "mlqa": "extractive_qa",
    "mmlu": "multiple_choice",
    "choices": "multiple_choice",
}


@pytest.mark.parametrize("code", sorted(languages()))
@pytest.mark.parametrize("benchmark", sorted(CONTENT))
def test_every_benchmark_asks_in_every_language(tmp_path: Path, benchmark: str, code: str) -> None:
    examples = read(benchmark, write(tmp_path / "file_test.any", CONTENT[benchmark]), code=code, name="mine")
    spoken = language(code)
    assert len(examples) == len({example.id for example in examples}) == 2
    assert {e.instruction for e in examples} == {spoken.instructions[INSTRUCTION.get(benchmark, "reasoning")]}
    assert {(e.benchmark, e.language, e.origin) for e in examples} == {("mine", code, "file_test.any")}


def test_extractive_questions_carry_labels_passage_and_distinct_references(tmp_path: Path) -> None:
    first, second = read("squad", write(tmp_path / "a.json", SQUAD), code="de")
    passage = "A \U0001f600 emoji stands before 12 words."
    labels = language("de").labels
    assert first.input == f"{labels['context']}: {passage}\n{labels['question']}: How many?"
    assert second.references == ("emoji", "\U0001f600 emoji")
    assert (first.cluster, second.cluster) == ("q1", "q1")
    assert first.task == ""


def test_four_choice_questions_show_lettered_options(tmp_path: Path) -> None:
    first, second = read("mmlu", write(tmp_path / "anatomy_test.csv", MMLU))
    assert first.input == "What is 1+1?\nA. 1\nB. 2\nC. 3\nD. 4"
    assert (first.id, first.task, first.references, first.choices) == (
        "anatomy:1",
        "anatomy",
        ("B",),
        ("1", "2", "3", "4"),
    )
    assert second.input.startswith('Say "a, b".\nThen?\nA. x\n')
    assert second.references == ("A",)


@pytest.mark.parametrize("name", ["anatomy.csv", "anatomy_test.csv", "anatomy_dev.csv", "anatomy_val.csv"])
def test_a_subject_is_named_after_its_file_without_the_split(tmp_path: Path, name: str) -> None:
    assert {example.task for example in read("mmlu", write(tmp_path / name, MMLU))} == {"anatomy"}


def test_reasoning_items_are_named_after_their_task(tmp_path: Path) -> None:
    first, second = read("bbh", write(tmp_path / "boolean_expressions.json", BBH))
    assert (first.task, first.id, second.id) == (
        "boolean_expressions",
        "boolean_expressions:1",
        "boolean_expressions:2",
    )
    assert (first.input, first.references) == ("not True is", ("False",))
    assert first.cluster != second.cluster


# Malformed files


def squad(question: Mapping[str, Any] | None = None, drop: str = "", **paragraph: Any) -> dict[str, Any]:
    """A file whose second question, with the id q2, is changed."""
    good = {"id": "q1", "question": "Who?", "answers": [{"text": "Anna", "answer_start": 0}]}
    changed = good | {"id": "q2"} | dict(question or {})
    changed.pop(drop, None)
    return {"data": [{"paragraphs": [{"context": "Anna and Otto went home.", "qas": [good, changed]} | paragraph]}]}


def answer(text: object, start: object) -> dict[str, Any]:
    return {"answers": [{"text": text, "answer_start": start}]}


@pytest.mark.parametrize(
    "document",
    [
        squad(answer("Otto", 8)),
        squad(answer("Otto", 10)),
        squad(answer("otto", 9)),
        squad(answer("Otto", 900)),
        squad(answer("Otto", -15)),
        squad(answer("home", -5)),
        squad({"answers": []}),
        squad({"answers": [{"text": "Anna"}]}),
        squad({"answers": [{"answer_start": 0}]}),
        squad(answer(None, 0)),
        squad(answer("Anna", "0")),
        squad(answer("Anna", None)),
        squad({"answers": None}),
        squad({"answers": {"text": ["Anna"], "answer_start": [0]}}),
        squad(drop="answers"),
        squad(drop="question"),
        squad({"question": None}),
        squad({"question": 3}),
    ],
    ids=lambda document: json.dumps(document["data"][0]["paragraphs"][0]["qas"][1]),
)
def test_a_malformed_question_is_named_by_its_id(tmp_path: Path, document: object) -> None:
    message = refusal("squad", write(tmp_path / "a.json", document))
    assert str(tmp_path / "a.json") in message
    assert "q2" in message


@pytest.mark.parametrize(
    "document",
    [
        [],
        {},
        None,
        "text",
        {"data": {}},
        {"data": None},
        {"examples": []},
        {"data": ["article"]},
        {"data": [{"title": "no paragraphs"}]},
        {"data": [{"paragraphs": [{"qas": []}]}]},
        {"data": [{"paragraphs": [{"context": "x"}]}]},
        {"data": [{"paragraphs": [[]]}]},
        {"data": []},
        squad(context=None),
        squad(context=["Anna"]),
        squad(drop="id"),
    ],
    ids=lambda document: json.dumps(document)[:60],
)
def test_what_is_not_in_squad_form_is_refused(tmp_path: Path, document: object) -> None:
    assert "a.json" in refusal("squad", write(tmp_path / "a.json", document)) or document == {"data": []}


def test_an_xquad_of_another_size_is_refused_with_both_counts(tmp_path: Path) -> None:
    message = refusal("xquad", write(tmp_path / "a.json", SQUAD))
    assert all(part in message for part in ("2 questions on 1 passages", "1190", "240", "'squad'"))


@pytest.mark.parametrize(
    "row",
    [
        "",
        "only a question",
        "q,1,2,3,4",
        "q,1,2,3,4,5,A",
        "q,1,2,3,4,E",
        "q,1,2,3,4,a",
        "q,1,2,3,4,AB",
        "q,1,2,3,4,",
        "q;1;2;3;4;A",
        "question,A,B,C,D,answer",
    ],
)
def test_a_malformed_choice_row_is_named_by_its_number(tmp_path: Path, row: str) -> None:
    message = refusal("mmlu", write(tmp_path / "a_test.csv", f"q,1,2,3,4,A\n{row}\nq,1,2,3,4,B\n"))
    assert f"{tmp_path / 'a_test.csv'}: row 2:" in message


@pytest.mark.parametrize(
    "text", ['q,1,2,3,4,A\n"open,1,2,3,4,A\n', 'q,"1" 2,3,4,5,A\n', "q," + "x" * 200_000 + ",2,3,4,A\n"]
)
def test_what_is_not_csv_is_refused(tmp_path: Path, text: str) -> None:
    assert f"{tmp_path / 'a.csv'}: not CSV" in refusal("mmlu", write(tmp_path / "a.csv", text))


@pytest.mark.parametrize(
    "row",
    [{}, {"input": "x"}, {"target": "x"}, {"Eingang": "x", "Ziel": "y"}, {"input": "x", "target": True}, [], "x", None],
    ids=repr,
)
def test_a_malformed_reasoning_item_is_named_by_its_number(tmp_path: Path, row: object) -> None:
    good = {"input": "1+1=", "target": "2"}
    path = write(tmp_path / "task.json", {"examples": [good, row, good]})
    assert f"{path}: item 2:" in refusal("bbh", path)


@pytest.mark.parametrize("document", [[], {}, {"examples": {}}, {"examples": None}, {"data": []}, 1, None], ids=repr)
def test_what_is_not_in_bbh_form_is_refused(tmp_path: Path, document: object) -> None:
    assert "no list under 'examples'" in refusal("bbh", write(tmp_path / "task.json", document))


@pytest.mark.parametrize("benchmark", ["squad", "bbh"])
def test_a_web_page_is_called_so(tmp_path: Path, benchmark: str) -> None:
    assert "is a web page" in refusal(benchmark, write(tmp_path / "a.json", "<html></html>"))


@pytest.mark.parametrize("benchmark", ["squad", "bbh", "mmlu"])
def test_broken_utf8_is_refused_with_its_line(tmp_path: Path, benchmark: str) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"q,1,2,3,4,A\n\xff,1,2,3,4,A\n")
    assert f"{path}:2: not UTF-8" in refusal(benchmark, path)


@pytest.mark.parametrize(
    ("benchmark", "content"), [("squad", {"data": []}), ("mmlu", ""), ("bbh", {"examples": []})], ids=str
)
def test_files_without_an_item_are_refused(tmp_path: Path, benchmark: str, content: object) -> None:
    assert "hold no item" in refusal(benchmark, write(tmp_path / "a.json", content))


def test_two_items_of_one_id_are_refused_with_the_id_and_both_files(tmp_path: Path) -> None:
    message = refusal("squad", write(tmp_path / "a.json", squad()), write(tmp_path / "b.json", squad()))
    assert all(part in message for part in ("'q1'", "b.json", "a.json"))
