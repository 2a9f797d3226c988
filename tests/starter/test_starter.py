"""The starter data: as much as is promised, parallel, and every gold where it should be."""

from __future__ import annotations

import csv
import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bitext_pairs import read_bitext
from crossalpaca.benchmarks import BENCHMARKS, read_examples
from crossalpaca.languages import language
from crossalpaca.records import Example
from crossalpaca.sources.files import starter_folder
from crossalpaca.sources.instructions import read_instructions

FOLDER = starter_folder()
TASKS = ("navigate", "object_counting", "date_understanding")


def examples(form: str, code: str, *names: str) -> list[Example]:
    return read_examples(BENCHMARKS[form], [FOLDER / name for name in names], language(code), "starter")


def test_there_are_enough_instructions_and_each_has_its_english_counterpart() -> None:
    italian = list(read_instructions(FOLDER / "instructions.it.json", "it"))
    english = list(read_instructions(FOLDER / "instructions.en.json", "en"))
    assert len(italian) == len(english) >= 160
    assert len({(d.instruction, d.input) for d in italian}) == len(italian)
    assert all(d.output.strip() for d in italian + english)


def test_there_are_enough_sentence_pairs_and_none_comes_twice() -> None:
    pairs = list(read_bitext([FOLDER / "sentences.en-it.jsonl"], "it"))
    assert len(pairs) >= 300
    assert len({pair.texts[0] for pair in pairs}) == len({pair.texts[1] for pair in pairs}) == len(pairs)


@pytest.mark.parametrize("code", ["it", "en"])
def test_every_answer_stands_once_in_its_passage(code: str) -> None:
    document: dict[str, Any] = json.loads((FOLDER / f"qa.{code}.json").read_text(encoding="utf-8"))
    paragraphs = [paragraph for article in document["data"] for paragraph in article["paragraphs"]]
    assert len(paragraphs) == 16
    for paragraph in paragraphs:
        assert len(paragraph["qas"]) == 4
        for question in paragraph["qas"]:
            assert paragraph["context"].count(question["answers"][0]["text"]) == 1, question["id"]


def test_questions_are_parallel_by_id() -> None:
    italian, english = examples("squad", "it", "qa.it.json"), examples("squad", "en", "qa.en.json")
    assert [e.id for e in italian] == [e.id for e in english]
    assert [e.cluster for e in italian] == [e.cluster for e in english]


def test_choices_have_four_options_and_the_same_balanced_golds_in_both_languages() -> None:
    rows = {}
    for code in ("it", "en"):
        with (FOLDER / f"choices.{code}.csv").open(encoding="utf-8", newline="") as file:
            rows[code] = list(csv.reader(file))
        assert len(rows[code]) == 40
        assert all(len({option.casefold() for option in row[1:5]}) == 4 for row in rows[code])
    golds = [[row[5] for row in rows[code]] for code in ("it", "en")]
    assert golds[0] == golds[1]
    assert {letter: golds[0].count(letter) for letter in "ABCD"} == dict.fromkeys("ABCD", 10)


@pytest.mark.parametrize("code", ["it", "en"])
def test_tasks_have_ten_items_with_golds_of_their_type(code: str) -> None:
    found = examples("tasks", code, *(f"bbh.{code}/{task}.json" for task in TASKS))
    assert len(found) == 30
    for example in found:
        gold = example.references[0]
        if example.task == "navigate":
            assert f"- {gold}" in example.input
        elif example.task == "object_counting":
            assert gold.isdigit()
        else:
            assert f"\n{gold} " in example.input


def _options(example: Example, order: tuple[int, int, int]) -> dict[str, date]:
    found = re.findall(r"(\([A-F]\)) (\d+)/(\d+)/(\d+)", example.input)
    return {label: date(*(int(parts[i]) for i in order)) for label, *parts in found}


def test_dates_are_the_same_in_both_languages() -> None:
    italian = examples("tasks", "it", "bbh.it/date_understanding.json")
    english = examples("tasks", "en", "bbh.en/date_understanding.json")
    for it, en in zip(italian, english, strict=True):
        assert it.references == en.references
        assert _options(it, (2, 1, 0)) == _options(en, (2, 0, 1))


def test_no_question_of_the_starter_benchmarks_stands_in_its_instructions() -> None:
    instructions = {d.instruction.casefold() for d in read_instructions(FOLDER / "instructions.it.json", "it")}
    questions = {e.input.rpartition(": ")[2].casefold() for e in examples("squad", "it", "qa.it.json")}
    with (Path(FOLDER) / "choices.it.csv").open(encoding="utf-8", newline="") as file:
        questions |= {row[0].casefold() for row in csv.reader(file)}
    assert not instructions & questions
