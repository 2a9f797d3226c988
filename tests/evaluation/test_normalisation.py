"""Normalisation and F1 answer exactly what the official scorers answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossalpaca.evaluation.metrics import exact_match_mlqa, exact_match_squad, f1_mlqa, f1_squad
from crossalpaca.evaluation.normalisation import f1, mlqa_normalise, squad_normalise
from crossalpaca.languages import language, languages
from crossalpaca.records import Example, Prediction


@pytest.fixture(scope="module")
def golden(data_folder: Path) -> list[dict[str, Any]]:
    with (data_folder / "scoring/golden.jsonl").open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def test_all_2100_cases_are_there(golden: list[dict[str, Any]]) -> None:
    assert len(golden) == 2100
    assert {case["language"] for case in golden} == {"en", "de", "es", "ar", "hi", "vi", "zh"}


def test_every_case_is_normalised_as_squad_does(golden: list[dict[str, Any]]) -> None:
    found = [(case, squad_normalise(case["prediction"])) for case in golden]
    assert [(case, text) for case, text in found if text != case["squad"]["normalized"]] == []


def test_every_case_is_normalised_as_mlqa_does(golden: list[dict[str, Any]]) -> None:
    found = [(case, mlqa_normalise(case["prediction"], language(case["language"]))) for case in golden]
    assert [(case, text) for case, text in found if text != case["mlqa"]["normalized"]] == []


@pytest.mark.parametrize(
    ("scorer", "exact_match", "token_f1"),
    [("squad", exact_match_squad, f1_squad), ("mlqa", exact_match_mlqa, f1_mlqa)],
)
def test_every_case_scores_as_the_official_scorer_says(
    golden: list[dict[str, Any]],
    scorer: str,
    exact_match: Callable[..., float],
    token_f1: Callable[..., float],
    make_example: Callable[..., Example],
    make_prediction: Callable[..., Prediction],
) -> None:
    wrong = []
    for case in golden:
        example, prediction = make_example(*case["references"]), make_prediction(case["prediction"])
        spoken = language(case["language"])
        scores = exact_match(example, prediction, spoken), token_f1(example, prediction, spoken)
        if scores != (case[scorer]["exact_match"], case[scorer]["f1"]):
            wrong.append((case, scores))
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The cat, a dog & an owl!", "cat dog owl"),
        ("  THE  \n end ", "end"),
        ("theatre another", "theatre another"),
        ("l'a the-an", "la thean"),
        ("\u00abzitat\u00bb", "\u00abzitat\u00bb"),
        ("", ""),
    ],
)
def test_squad_drops_ascii_punctuation_and_english_articles(text: str, expected: str) -> None:
    assert squad_normalise(text) == expected


@pytest.mark.parametrize(
    ("code", "text", "expected"),
    [
        ("en", "\u201cThe\u201d cat \u2014 and an owl", "cat and owl"),
        ("de", "Der Hund, \u00bbeine\u00ab Katze", "hund katze"),
        ("it", "Il gatto e lo zaino", "gatto e zaino"),
        ("zh-Hans", "\u548c\u5e73 2019\u5e74\u3002", "\u548c \u5e73 2019 \u5e74"),
        ("zh-Hans", "iPhone\u624b\u673a", "iphone \u624b \u673a"),
        ("hi", "\u0930\u093e\u092e\u0964", "\u0930\u093e\u092e"),
    ],
)
def test_mlqa_drops_all_punctuation_and_the_articles_of_the_language(code: str, text: str, expected: str) -> None:
    assert mlqa_normalise(text, language(code)) == expected


@given(code=st.sampled_from(sorted(languages())), text=st.text())
def test_normalised_answers_have_single_spaces_and_none_around(code: str, text: str) -> None:
    for normalised in (mlqa_normalise(text, language(code)), squad_normalise(text)):
        assert normalised == " ".join(normalised.split())


@pytest.mark.parametrize(
    ("prediction", "reference", "expected"),
    [
        ("a b", "a b", 1.0),
        ("a b", "b a", 1.0),
        ("a", "a b", 2 / 3),
        ("a b c d", "a", 0.4),
        ("a a", "a", 2 / 3),
        ("a a b", "a b b", 2 / 3),
        ("a", "b", 0.0),
        ("", "a", 0.0),
        ("a", "", 0.0),
        ("", "", 0.0),
    ],
)
def test_f1_counts_shared_tokens_with_multiplicity(prediction: str, reference: str, expected: float) -> None:
    assert f1(prediction, reference) == pytest.approx(expected)


TOKENS = st.lists(st.sampled_from("abc"), max_size=6).map(" ".join)


@given(one=TOKENS, other=TOKENS)
def test_f1_is_symmetric_and_a_share(one: str, other: str) -> None:
    assert f1(one, other) == pytest.approx(f1(other, one))
    assert 0 <= f1(one, other) <= 1
