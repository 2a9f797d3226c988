"""Extraction: a table of completions, and laws that hold for the answer words of every language."""

from __future__ import annotations

import time
from collections import Counter

import pytest
from extraction_cases import CASES
from hypothesis import given
from hypothesis import strategies as st

from crossalpaca.benchmarks.answers import MEANINGS, canonical
from crossalpaca.evaluation.extraction import extract
from crossalpaca.languages import language, languages
from crossalpaca.records import AnswerKind

READ: tuple[AnswerKind, ...] = ("letter", "truth", "yes-no", "validity", "number", "words", "brackets")
ANSWERS: list[tuple[str, AnswerKind, str]] = [
    (code, kind, word)
    for code, spoken in languages().items()
    for kind in MEANINGS
    for meaning in MEANINGS[kind]
    for word in (spoken.answers[meaning], *spoken.answer_variants[meaning])
]
AROUND = ["{}", " {}\n", "{}.", '"{}"', "**{}**", "({})", "{}!", "“{}”", "{}\n\n{}", "{}。", "¡{}!", "`{}`"]


@pytest.mark.parametrize(("code", "kind", "completion", "answer"), CASES)
def test_the_answer_of_a_completion(code: str, kind: AnswerKind, completion: str, answer: str | None) -> None:
    assert extract(completion, kind, language(code)) == answer


def test_the_table_covers_every_kind_and_every_language() -> None:
    kinds, codes = Counter(kind for _, kind, *_ in CASES), Counter(code for code, *_ in CASES)
    assert {kind: kinds[kind] for kind in READ if kinds[kind] < 20} == {}
    assert {code: codes[code] for code in languages() if codes[code] < 10} == {}
    assert {kind for _, kind, _, answer in CASES if answer is None} >= set(READ)


@pytest.mark.parametrize(("code", "kind", "word"), ANSWERS)
def test_an_answer_word_is_read_whatever_is_around_it(code: str, kind: AnswerKind, word: str) -> None:
    spoken = language(code)
    answer = canonical(word, kind, spoken)
    assert answer in MEANINGS[kind]
    assert [extract(around.replace("{}", word), kind, spoken) for around in AROUND] == [answer] * len(AROUND)


@pytest.mark.parametrize(("code", "kind", "word"), ANSWERS)
def test_an_announced_answer_word_is_read(code: str, kind: AnswerKind, word: str) -> None:
    spoken = language(code)
    assert extract(f"{spoken.labels['answer']}: {word}", kind, spoken) == canonical(word, kind, spoken)


@given(st.sampled_from(sorted(languages())), st.integers(0, 17), st.sampled_from(["{}", "({})", "{}.", "{})", " {}\n"]))
def test_a_bare_letter_is_read_in_every_language(code: str, place: int, around: str) -> None:
    letter = "ABCDEFGHIJKLMNOPQR"[place]
    spoken = language(code)
    assert extract(around.format(letter), "letter", spoken) == letter
    assert extract(f"{spoken.labels['answer']}: ({letter})", "letter", spoken) == letter


@given(st.integers(-(10**9), 10**9), st.sampled_from(sorted(languages())))
def test_a_bare_number_is_read_in_every_language(number: int, code: str) -> None:
    spoken = language(code)
    for text in (f"{number}", f"{number:,}", f"{number}.", f"{spoken.labels['answer']}: {number}", f"1 + 1 = {number}"):
        assert extract(text, "number", spoken) == str(number)


@given(st.text(), st.sampled_from(READ), st.sampled_from(sorted(languages())))
def test_what_is_read_is_in_canonical_form(completion: str, kind: AnswerKind, code: str) -> None:
    spoken = language(code)
    answer = extract(completion, kind, spoken)
    assert answer is None or kind in MEANINGS or canonical(answer, kind, spoken) == answer


@pytest.mark.parametrize("kind", READ)
@pytest.mark.parametrize(
    "piece",
    [
        "A or ",
        "not ",
        "answer ",
        "the answer is ",
        "1 + ",
        "= ",
        "9",
        "( ",
        "- Yes\n",
        "\n",
        " ",
        "valid, ",
        "1.\n",
        "是",
    ],
)
def test_endless_completions_are_read_in_linear_time(kind: AnswerKind, piece: str) -> None:
    begin = time.perf_counter()
    extract("x " + piece * 20_000, kind, language("zh"))
    assert time.perf_counter() - begin < 5  # a quadratic pass takes minutes
