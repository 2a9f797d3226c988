"""Laws of what the explorer is given: nothing is lost or there twice, and verdicts are those of the metrics."""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossalpaca.errors import DataError
from crossalpaca.evaluation.answered import Answered
from crossalpaca.evaluation.metrics import METRICS
from crossalpaca.languages import language
from crossalpaca.records import Example, Prediction
from crossalpaca.report.explorer import Payload, Voice, payload, section

REPORT = {"experiment": {"compare": [["b", "a"]]}}
PASSAGE = "Bonn lies on the Rhine. It was the seat of government."
texts = st.text(st.characters(codec=None, exclude_categories=()), max_size=40)


def question(id: str, text: str = "Where?", *references: str, passage: str = PASSAGE) -> Example:
    whole = f"Text: {passage}\nQuestion: {text}"
    place = (6, 6 + len(passage))
    return Example(
        id, "quiz", "", "p1", "en", "Answer.", whole, "span", (), (), references or ("Bonn",), "quiz.json", place
    )


def options(id: str, task: str = "law") -> Example:
    text = "Which?\nA. one\nB. two"
    return Example(
        id, "exam", task, id, "en", "Choose.", text, "letter", ("A", "B"), ("one", "two"), ("B",), "exam.csv"
    )


def said(example: str, completion: str, **others: Any) -> Prediction:
    return Prediction(example, "m", completion, True, (), (), (), 9, 2, **others)


def answered(examples: Sequence[Example], completions: Sequence[str], **others: Any) -> Answered:
    predictions = [said(example.id, text) for example, text in zip(examples, completions, strict=True)]
    return Answered("m", examples, predictions, "", "", **others)


def unpacked(content: Payload) -> Any:
    html = section(content).html
    found = re.search(r'<script type="application/octet-stream" id="explorer-data">([A-Za-z0-9+/=]*)</script>', html)
    assert found is not None
    return json.loads(gzip.decompress(base64.b64decode(found[1])))


def prompts(group: dict[str, Any]) -> list[tuple[str, str]]:
    items, shared = group["items"], group["texts"]
    columns = (items["instruction"], items["before"], items["passage"], items["after"])
    return [
        (shared[instruction], shared[before] + shared[passage] + after)
        for instruction, before, passage, after in zip(*columns, strict=True)
    ]


@given(st.lists(st.tuples(texts, texts), min_size=1, max_size=5))
def test_every_prompt_reference_and_answer_survives_the_way_into_the_page(pairs: list[tuple[str, str]]) -> None:
    examples = [question(str(row), text, text or "x") for row, (text, _) in enumerate(pairs)]
    voices = [Voice("a", None, answered(examples, [completion for _, completion in pairs]))]
    made = payload(voices, REPORT)
    read = unpacked(made)
    # JSON has no word for the two halves of a surrogate pair apart: where they meet, they are one character.
    assert read == json.loads(json.dumps(made.content))
    [group] = made.content["groups"]
    assert prompts(group) == [(example.instruction, example.input) for example in examples]
    assert group["items"]["references"] == [list(example.references) for example in examples]
    assert group["answers"]["0"]["completion"] == [completion for _, completion in pairs]


def measured(metric: str, told: Answered) -> list[float]:
    pairs = zip(told.examples, told.predictions, strict=True)
    return [METRICS[metric].measure(example, prediction, language("en")) for example, prediction in pairs]


def test_a_passage_of_many_questions_is_stored_once() -> None:
    examples = [question(str(row), f"Question {row}?") for row in range(20)]
    voices = [Voice(name, None, answered(examples, ["Bonn"] * 20)) for name in "abc"]
    text = json.dumps(payload(voices, REPORT).content)
    assert text.count(PASSAGE) == 1
    assert text.count("Question 7?") == 1


def test_verdicts_are_those_of_the_metrics() -> None:
    told = answered([question("q1"), question("q2")], ["The city of Bonn.", "Berlin"])
    exam = answered([options("e1"), options("e2")], ["B", "A"])
    [quiz, law] = payload([Voice("a", None, told), Voice("a", None, exam)], REPORT).content["groups"]
    assert quiz["answers"]["0"]["right"] == measured("contains", told) == [1, 0]
    assert quiz["answers"]["0"]["f1"] == [round(100 * value) for value in measured("f1_mlqa", told)]
    assert law["answers"]["0"]["right"] == measured("accuracy_generated", exam) == [1, 0]
    assert law["answers"]["0"]["f1"] == [None, None]


def test_answers_meet_their_items_whatever_the_order() -> None:
    examples = [question(id, f"{id}?") for id in "pqrs"]
    backwards = examples[::-1]
    first = Voice("a", None, answered(examples, list("1234")))
    second = Voice("b", None, answered(backwards, list("4321")))
    [group] = payload([first, second], REPORT).content["groups"]
    assert group["answers"]["0"] == group["answers"]["1"]


def test_items_that_only_some_were_asked_say_so() -> None:
    first = Voice("a", None, answered([question("p")], ["x"], skipped=frozenset({"q", "gone"})))
    second = Voice("b", None, answered([question("p"), question("q")], ["x", "y"]))
    made = payload([first, second], REPORT)
    [group] = made.content["groups"]
    assert group["items"]["id"] == ["p", "q"]  # "gone" was asked nobody
    assert group["answers"]["0"]["fit"] == ["whole", "skipped"]
    assert group["answers"]["0"]["completion"] == ["x", None]
    assert (made.items, made.answers) == (2, 3)


def test_failing_items_are_those_of_any_audit() -> None:
    examples = [question("p"), question("q"), question("r")]
    first = Voice("a", None, answered(examples, ["x"] * 3, failing=frozenset({"p"})))
    second = Voice("b", None, answered(examples, ["x"] * 3, failing=frozenset({"r"})))
    [group] = payload([first, second], REPORT).content["groups"]
    assert group["items"]["failing"] == [1, 0, 1]


def test_tasks_may_share_ids() -> None:
    examples = [options("1", "law"), options("1", "logic")]
    [group] = payload([Voice("a", None, answered(examples, ["A", "B"]))], REPORT).content["groups"]
    assert [group["tasks"][task] for task in group["items"]["task"]] == ["law", "logic"]
    assert group["answers"]["0"]["completion"] == ["A", "B"]


def test_models_are_named_with_their_seed_only_where_they_have_several() -> None:
    told = answered([question("p")], ["x"])
    made = payload([Voice("a", 42, told), Voice("b", 42, told), Voice("b", 43, told)], REPORT)
    assert made.content["voices"] == ["a", "b, seed 42", "b, seed 43"]


@pytest.mark.parametrize(
    ("speakers", "compare", "pair"),
    [
        ([("a", 1), ("b", 2), ("b", 1)], [["b", "a"]], [2, 0]),  # of one seed, where there is one
        ([("a", None), ("b", 2), ("b", 1)], [["b", "a"]], [1, 0]),
        ([("a", None), ("b", 1)], [["b", "gone"], ["b", "a"]], [1, 0]),
        ([("a", None), ("b", 1)], [], [0, 1]),
        ([("a", None)], [], [0, 0]),
    ],
)
def test_the_first_pair_compared_is_shown_first(
    speakers: list[tuple[str, int | None]], compare: list[list[str]], pair: list[int]
) -> None:
    told = answered([question("p")], ["x"])
    voices = [Voice(model, seed, told) for model, seed in speakers]
    assert payload(voices, {"experiment": {"compare": compare}}).content["pair"] == pair


def test_one_id_for_two_texts_is_refused() -> None:
    own, other = question("p"), question("p", "When?")
    voices = [Voice("a", None, answered([own], ["x"])), Voice("b", None, answered([other], ["x"]))]
    with pytest.raises(DataError, match=r"quiz \(en\): item p has other texts for m than for others; evaluate all"):
        payload(voices, REPORT)
    moved = replace(own, origin="elsewhere/quiz.json")
    assert payload([voices[0], Voice("b", None, answered([moved], ["x"]))], REPORT).items == 1


def test_one_voice_twice_is_refused() -> None:
    told = answered([question("p")], ["x"])
    with pytest.raises(DataError, match=r"quiz \(en\): model m is there twice; give each its seed"):
        payload([Voice("m", 1, told), Voice("m", 1, told)], REPORT)


def test_without_answers_there_are_no_groups() -> None:
    made = payload([], REPORT)
    assert (made.items, made.answers, made.content["groups"]) == (0, 0, [])


def test_equal_answers_give_equal_sections_and_no_answer_reaches_the_markup() -> None:
    told = answered([question("p", "</script><script>alert(1)</script>")], ["<img src=x onerror=alert(1)>"])
    one, other = (section(payload([Voice("<b>", None, told)], REPORT)) for _ in range(2))
    assert one == other
    assert not re.search(r"alert|<img|<b>", one.html)
    assert re.findall(r"<script[^>]*>", one.html) == ['<script type="application/octet-stream" id="explorer-data">']
    assert not re.search(r"\bstyle=|\bon\w+=", one.html)
    for script in one.scripts:
        assert not re.search(r"</script|<!--|innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b", script)
