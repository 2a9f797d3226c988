"""What no benchmark can be made of: refused in one line that says what, where and what to do."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from small_benchmarks import audit, question, read, refusal, squad, write

from crossalpaca.benchmarks.forms import files as benchmark_files
from crossalpaca.errors import DataError


@pytest.mark.parametrize(
    "document",
    [
        [],
        {},
        None,
        "text",
        {"data": {}},
        {"data": None},
        {"daten": []},
        {"examples": []},
        {"data": ["article"]},
        {"data": [{"title": "no paragraphs"}]},
        {"data": [{"paragraphs": [{"qas": []}]}]},
        {"data": [{"paragraphs": [{"context": "x"}]}]},
        {"data": [{"paragraphs": [[]]}]},
        {"data": []},
        squad(context=None),
        squad(context=["Anna"]),
    ],
    ids=lambda document: json.dumps(document)[:60],
)
def test_what_is_not_in_squad_form(tmp_path: Path, document: object) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(document))
    assert str(path) in refusal("squad", path)


@pytest.mark.parametrize(
    "changed",
    [
        question("q2", question=None),
        question("q2", question=3),
        question("q2", question=" "),
        {"id": "q2", "Frage": "Wer?", "answers": []},
        {"id": "q2", "answers": [{"text": "Anna", "answer_start": 0}]},
    ],
    ids=json.dumps,
)
def test_an_item_without_a_question_is_named_by_its_id(tmp_path: Path, changed: dict[str, object]) -> None:
    path = write(tmp_path / "a.json", squad(question("q1"), changed))
    assert f"{path}: item q2: has no " in refusal("squad", path)


@pytest.mark.parametrize("count", [1, 1189, 1191])
@pytest.mark.parametrize("name", ["a.json", "a.csv"])
def test_an_xquad_of_another_size_is_refused_with_both_counts(tmp_path: Path, name: str, count: int) -> None:
    rows = "".join(f'q{n},Anna.,Who?,"{{""text"": [""Anna""], ""answer_start"": [0]}}"\n' for n in range(count))
    content = squad(*(question(f"q{n}") for n in range(count)))
    path = write(tmp_path / name, content if name == "a.json" else "id,context,question,answers\n" + rows)
    message = refusal("xquad", path)
    assert all(part in message for part in (f"{count} questions on 1 passages", "1190", "240", "'squad'"))
    assert len(read("squad", path)) == count


def test_an_xquad_on_too_few_passages_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", squad(*(question(f"q{n}") for n in range(1190))))
    assert "1190 questions on 1 passages, XQuAD has 1190 on 240" in refusal("xquad", path)


def test_a_squad_it_of_another_size_is_refused(tmp_path: Path) -> None:
    assert "1 questions, SQuAD-it's test set has 7609" in refusal(
        "squad_it", write(tmp_path / "a.json", squad(question("q1"))), code="it"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('q,1,2,3,4,A\n"open,1,2,3,4,A\n', "not CSV"),
        ('q,"1" 2,3,4,5,A\n', "not CSV"),
        ("q," + "x" * 200_000 + ",2,3,4,A\n", "not CSV"),
        ("q;1;2;3;4;A\n", "rows of 1 columns, expected 6"),
        ("question,A,B,C,D,answer\nq,1,2,3,4,A\nq,1,2,3,A\n", "row 2: 5 columns, the header has 6"),
        ("q,1,2,3,4,A\n ,1,2,3,4,A\n", "item a.any:2: has no question"),
        ('{"question": "x"}', "MMLU is read from CSV"),
        ("", "is empty"),
        ("question,A,B,C,D,answer\n", "holds no item"),
    ],
)
def test_what_is_no_four_choice_file(tmp_path: Path, text: str, message: str) -> None:
    path = write(tmp_path / "a.any", text)
    assert message in refusal("mmlu", path)
    assert str(path) in refusal("mmlu", path)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({}, "item task:2: has no texts"),
        ({"input": "x"}, "item task:2: has no texts"),
        ({"target": "x"}, "item task:2: has no texts"),
        ({"input": "x", "target": True}, "item task:2: has no texts"),
        ({"input": "", "target": "x"}, "item task:2: has no question"),
        ({"Eingang": "x", "Ziel": "y"}, "header reads 'Eingang,Ziel', expected 'input,target'"),
        ({"Eingang": "x", "target": "y"}, "header reads 'Eingang,target'"),
        ([], "item task:2: has no texts"),
        (None, "item task:2: has no texts"),
    ],
    ids=repr,
)
def test_reasoning_items_of_other_keys(tmp_path: Path, row: object, message: str) -> None:
    good = {"input": "1+1=", "target": "2"}
    path = write(tmp_path / "task.json", {"examples": [good, row, good]})
    assert f"{path}: {message}" in refusal("tasks", path)


def test_of_several_items_with_other_keys_the_first_is_named(tmp_path: Path) -> None:
    items = [{"Eingang": "x", "Ziel": "y"}, {"input ": "x", "target": "y"}]
    assert "header reads 'Eingang,Ziel'" in refusal("tasks", write(tmp_path / "task.json", {"examples": items}))


@pytest.mark.parametrize("document", [{}, {"examples": {}}, {"examples": None}, {"Beispiele": []}, 1, None], ids=repr)
def test_what_is_not_in_bbh_form(tmp_path: Path, document: object) -> None:
    assert "no list under 'examples'" in refusal("tasks", write(tmp_path / "task.json", document))


def test_an_unknown_task_of_bbh(tmp_path: Path) -> None:
    message = refusal("bbh", write(tmp_path / "navigat.json", {"examples": [{"input": "x", "target": "Yes"}]}))
    assert "unknown task 'navigat' (did you mean navigate?) of BIG-Bench Hard" in message


@pytest.mark.parametrize("benchmark", ["xquad", "squad", "bbh", "tasks", "mmlu", "choices"])
def test_broken_files(tmp_path: Path, benchmark: str) -> None:
    (tmp_path / "a.csv").write_bytes(b"q,1,2,3,4,A\n\xff,1,2,3,4,A\n")
    (tmp_path / "cut.json.gz").write_bytes(gzip.compress(b'{"data": []}' * 900)[:-12])
    (tmp_path / "cut.json").write_text('{"data": [{"paragraphs": [', "utf-8")
    write(tmp_path / "page.json", "<!DOCTYPE html>\n<html></html>")
    write(tmp_path / "page.csv", " <html>")
    cut = "is JSON" if benchmark in ("mmlu", "choices") else "not JSON"
    for name, message in (
        ("a.csv", ":2: not UTF-8"),
        ("cut.json.gz", "broken gzip"),
        ("cut.json", cut),
        ("page.json", "is a web page"),
        ("page.csv", "is a web page"),
        ("none.csv", "is not there"),
    ):
        assert message in refusal(benchmark, tmp_path / name)


@pytest.mark.parametrize(
    ("benchmark", "content"),
    [("squad", {"data": []}), ("tasks", {"examples": []}), ("choices", "question,A,B,C,D,answer")],
)
def test_files_without_an_item(tmp_path: Path, benchmark: str, content: object) -> None:
    assert "holds no item" in refusal(benchmark, write(tmp_path / "a.any", content))


@pytest.mark.parametrize("text", ["x" * 60, "\n" * 60, "x\n" * 30], ids=["a line", "blank lines", "lines"])
def test_a_file_larger_than_any_benchmark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(benchmark_files, "MAX_CHARACTERS", 50)
    for benchmark in ("squad", "choices", "tasks"):
        assert "more than 50 characters" in refusal(benchmark, write(tmp_path / "a.any", text))


def test_no_file_at_all() -> None:
    for each in (read, audit):
        with pytest.raises(DataError, match="no file of the benchmark"):
            each("squad")


def test_two_items_of_one_id_are_refused_with_the_id_and_both_files(tmp_path: Path) -> None:
    first, second = (write(tmp_path / name, squad(question("q1"))) for name in ("a.json", "b.json"))
    message = refusal("squad", first, second)
    assert all(part in message for part in ("'q1'", str(first), str(second), "id of its own"))
    one, other = (write(tmp_path / name, "q,1,2,3,4,A\n" * 5) for name in ("anatomy_dev.csv", "anatomy_test.csv"))
    assert "'anatomy:1'" in refusal("mmlu", one, other)
