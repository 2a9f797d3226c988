"""Extractive benchmarks translated whole: the official form, every answer in its place, the rest named."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ciphers
import pytest

from crossalpaca.benchmarks.audit import audited
from crossalpaca.errors import DataError
from crossalpaca.languages import language
from crossalpaca.sources.files import read_json
from crossalpaca.translation.extractive import Translated, translate_squad

PASSAGE = "The R&D team (2 < 3) won the cup. The team lost the cup."


def question(id: str, *answers: tuple[str, int]) -> dict[str, Any]:
    golds = [{"text": text, "answer_start": start} for text, start in answers]
    return {"id": id, "question": f"What is {id}?", "answers": golds}


def document(*questions: dict[str, Any], context: str = PASSAGE) -> dict[str, Any]:
    return {"version": "1.1", "data": [{"title": "Cup", "paragraphs": [{"context": context, "qas": list(questions)}]}]}


def translated(content: Any, engine: Any = ciphers.cipher, keeps_markup: bool = True) -> Translated:
    return translate_squad(Path("cup.json"), content, language("en"), language("ru"), engine, keeps_markup)


def golds(result: Translated) -> dict[str, list[tuple[str, int]]]:
    return {
        asked["id"]: [(gold["text"], gold["answer_start"]) for gold in asked["answers"]]
        for article in result.document["data"]
        for paragraph in article["paragraphs"]
        for asked in paragraph["qas"]
    }


@pytest.mark.parametrize("keeps_markup", [True, False])
def test_the_form_ids_and_titles_stay_and_texts_are_translated(keeps_markup: bool) -> None:
    result = translated(document(question("a", ("R&D", 4)), question("b", ("team", 38))), keeps_markup=keeps_markup)
    made = result.document["data"][0]
    assert (result.document["version"], made["title"]) == ("1.1", "Cup")
    assert made["paragraphs"][0]["context"] == "Gur E&Q grnz (2 < 3) jba gur phc. Gur grnz ybfg gur phc."
    assert [each["question"] for each in made["paragraphs"][0]["qas"]] == ["Jung vf n?", "Jung vf o?"]
    assert golds(result) == {"a": [("E&Q", 4)], "b": [("grnz", 38)]}
    method = "marker" if keeps_markup else "exact"
    assert [answer.method for item in result.items for answer in item.answers] == [method, method]


def test_answers_may_overlap_and_a_question_may_have_several() -> None:
    result = translated(
        document(question("a", ("team", 8), ("R&D team", 4), ("team", 8)), question("b", ("D team (2 <", 6)))
    )
    assert golds(result) == {"a": [("grnz", 8), ("E&Q grnz", 4)], "b": [("Q grnz (2 <", 6)]}


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        (question("a", ("team", 9)), "no answer stands where the original says"),
        (question("a", ("team", -1)), "no answer stands where the original says"),
        (question("a", (" ", 3)), "no answer stands where the original says"),
        (question("a"), "no answer stands where the original says"),
        (question("a", ("team", 8)) | {"question": " "}, "the question is empty"),
        ({"id": "a", "question": "What?"}, "has no 'question' and list of 'answers'"),
        ("a", "the question is no object"),
    ],
)
def test_what_cannot_be_placed_is_left_out_and_named(asked: Any, problem: str) -> None:
    result = translated(document(asked, question("b", ("cup", 29))))
    assert [item.problem for item in result.items] == [problem, ""]
    assert golds(result) == {"b": [("phc", 29)]}
    assert translated(document(asked)).document["data"] == []


def test_an_answer_that_is_lost_leaves_the_others_of_its_question() -> None:
    def forgetful(texts: Sequence[str]) -> list[str]:
        return ["" if text == "team" else made for text, made in zip(texts, ciphers.silent(texts), strict=True)]

    result = translated(document(question("a", ("team", 8), ("cup", 29)), question("b", ("team", 8))), forgetful)
    assert golds(result) == {"a": [("phc", 29)]}
    assert [item.problem for item in result.items] == ["", "not found in the aligned sentence"]


@pytest.mark.parametrize("content", [[], {"data": {}}, {"data": [1]}, {"data": [{"paragraphs": [{"qas": []}]}]}])
def test_another_form_is_refused_in_one_line(content: Any) -> None:
    with pytest.raises(DataError, match=r"cup\.json: .*not in SQuAD v1\.1 form") as error:
        translated(content)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(("engine", "method"), [(ciphers.cipher, "marker"), (ciphers.dropping, "exact")])
def test_the_whole_of_xquad_passes_its_audit(data_folder: Path, tmp_path: Path, engine: Any, method: str) -> None:
    path = data_folder / "xquad/xquad.en.json.gz"
    original = read_json(path)
    result = translate_squad(path, original, language("en"), language("ru"), engine, True)
    expected = {
        asked["id"]: asked["answers"][0]["answer_start"]
        for article in original["data"]
        for paragraph in article["paragraphs"]
        for asked in paragraph["qas"]
    }
    found = golds(result)
    assert {id: starts[0][1] for id, starts in found.items()} == {id: expected[id] for id in found}
    assert {answer.method for item in result.items for answer in item.answers} == {method}
    assert len(found) + sum(bool(item.problem) for item in result.items) == 1190
    assert len(found) >= 1180  # answers that are a part of a word have only their markers
    written = tmp_path / "xquad.ru.json"
    written.write_text(json.dumps(result.document, ensure_ascii=False), encoding="utf-8")
    assert not audited(written, "xquad", "ru", reference=path).failing
