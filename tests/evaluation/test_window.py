"""Prompts that are too long: what is cut, what is kept, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossalpaca.benchmarks.forms.rows import Answer, Row, Table
from crossalpaca.benchmarks.squad import examples
from crossalpaca.errors import InputError
from crossalpaca.evaluation.window import fitted
from crossalpaca.languages import language
from crossalpaca.records import Example

WORDS = st.lists(
    st.sampled_from(["Rome", "is", "old", "and", "large", "\u0645\u062f\u064a\u0646\u0629", "\u57ce"]),
    min_size=1,
    max_size=40,
)


def question(passage: str, code: str = "en", *golds: str, id: str = "q") -> Example:
    answers = tuple(Answer(gold, passage.find(gold)) for gold in golds)
    row = Row(id, 1, id=id, passage=passage, context=passage, question="How old is it?", answers=answers)
    return examples(Table(Path("f.json"), "json", "", (row,), ""), language(code), "bench")[0]


def excess_over(window: int) -> Callable[[Example], int]:
    def excess(example: Example) -> int:
        return len(f"{example.instruction} {example.input}".split()) - window

    return excess


def test_the_place_of_the_passage_is_known() -> None:
    example = question("Text: is old", "de")
    start, end = example.passage
    assert example.input[start:end] == "Text: is old"
    assert example.input[:start] == "Text: "


@given(WORDS, st.integers(20, 60))
def test_a_cut_fits_and_shortens_the_passage_from_its_end_alone(words: list[str], window: int) -> None:
    example = question(" ".join(words))
    excess = excess_over(window)
    (found,) = fitted([example], excess, "truncate-context", "bench") if excess(example) - len(words) < 0 else (None,)
    if found is None:
        return
    start, end = found.example.passage
    assert excess(found.example) <= 0
    assert found.example.input[:start] == example.input[: example.passage[0]]
    assert found.example.input[end:] == example.input[example.passage[1] :]
    kept = found.example.input[start:end]
    assert " ".join(words).startswith(kept)
    assert len(kept.split()) == min(len(words), len(words) - excess(example))
    assert found.fit == ("whole" if excess(example) <= 0 else "cut")


def test_a_lost_gold_is_said() -> None:
    passage = " ".join(["word"] * 30) + " gold " + " ".join(["word"] * 30)
    size = len(f"{question(passage).instruction} {question(passage).input}".split())
    kept = fitted([question(passage, "en", "gold")], excess_over(size - 20), "truncate-context", "bench")
    lost = fitted([question(passage, "en", "gold")], excess_over(size - 40), "truncate-context", "bench")
    one_of_two = fitted([question(passage, "en", "gold", "word")], excess_over(size - 40), "truncate-context", "bench")
    assert [kept[0].fit, lost[0].fit, one_of_two[0].fit] == ["cut", "gold-lost", "cut"]


def test_scripts_without_spaces_are_cut_after_any_character() -> None:
    example = question("\u57ce" * 50, "zh-Hans")
    (found,) = fitted([example], lambda each: len(each.input) - 30, "truncate-context", "bench")
    assert len(found.example.input) == 30


def test_what_cannot_be_cut_is_skipped(make_example) -> None:
    short, long = make_example("a", id="short"), make_example("a", id="long")
    found = fitted([short, long], lambda each: 1 if each.id == "long" else 0, "truncate-context", "bench")
    assert [each.fit for each in found] == ["whole", "skipped"]
    hopeless = question("some words", "en")
    assert [e.fit for e in fitted([short, hopeless], lambda e: 1 if e.id == "q" else 0, "truncate-context", "b")] == [
        "whole",
        "skipped",
    ]


def test_skip_cuts_nothing() -> None:
    long, short = question("word " * 30, id="long"), question("word")
    found = fitted([long, short], excess_over(40), "skip", "bench")
    assert [each.fit for each in found] == ["skipped", "whole"]
    assert found[0].example == long


def test_by_default_nothing_is_asked_and_the_worst_is_named() -> None:
    with pytest.raises(InputError, match=r"bench \(en\): 1 of 2 prompts do not fit .* q by \d+ tokens; set"):
        fitted([question("word " * 30), question("word", id="short")], excess_over(40), "error", "bench (en)")


def test_nothing_left_is_an_error() -> None:
    with pytest.raises(InputError, match="no prompt fits"):
        fitted([question("word " * 30)], excess_over(40), "skip", "bench")
