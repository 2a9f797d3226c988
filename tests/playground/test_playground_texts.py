"""The interface says the same in every language, and the page's figures are those of the answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import resources

import pytest

from crossalpaca.errors import InputError
from crossalpaca.languages import language, languages
from crossalpaca.languages.off_target import off_target
from crossalpaca.playground.answering import Answer
from crossalpaca.playground.streaming import figures
from crossalpaca.playground.texts import LANGUAGES, direction_of, examples, language_of_locale, texts

FOLDER = resources.files("crossalpaca.playground")


def placeholders(spoken: Mapping[str, str]) -> dict[str, list[str]]:
    """The placeholders of each text."""
    return {key: sorted(re.findall(r"\{\w+\}", text)) for key, text in spoken.items()}


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_language_has_every_text(code: str) -> None:
    assert placeholders(texts(code)) == placeholders(texts("en"))
    assert all(text.strip() for text in texts(code).values())
    own = {key for key, text in texts(code).items() if text == texts("en")[key]}
    assert code == "en" or own <= {"input", "top_p", "decimal", "stop"}, "texts that were left in English"


def test_the_languages_are_those_of_the_folder() -> None:
    found = {file.name.removesuffix(".toml") for file in (FOLDER / "locales").iterdir()}
    assert found == set(LANGUAGES) <= set(languages())


@pytest.mark.parametrize("code", languages())
def test_every_language_has_examples_in_its_own_words(code: str) -> None:
    prompts = [prompt for found, prompt in examples([code]) if found == code]
    assert [bool(prompt.input) for prompt in prompts] == [False, True, True]
    for prompt in prompts:
        assert not off_target(f"{prompt.instruction} {prompt.input}", language(code)), prompt
    others = {prompt for _, prompt in examples([other for other in languages() if other != code])}
    assert not others & set(prompts)


def test_the_question_about_a_text_is_asked_as_in_an_evaluation() -> None:
    spoken = language("de")
    asked = examples(["de"])[1][1]
    assert asked.instruction == spoken.instructions["extractive_qa"]
    assert asked.input.startswith(f"{spoken.labels['context']}: Die alte Brücke")
    assert asked.input.endswith(f"\n{spoken.labels['question']}: Wer nutzt die Brücke heute?")


def test_examples_stand_in_the_order_of_the_languages_asked() -> None:
    assert [code for code, _ in examples(["it", "el", "de"])] == ["it"] * 3 + ["el"] * 3 + ["de"] * 3


@pytest.mark.parametrize(
    ("environment", "code"),
    [
        ({"LANG": "it_IT.UTF-8"}, "it"),
        ({"LANG": "zh_CN.UTF-8"}, "zh-Hans"),
        ({"LANG": "ar"}, "ar"),
        ({"LANG": "fr_FR.UTF-8"}, "en"),
        ({"LC_ALL": "de_AT.UTF-8", "LANG": "it_IT.UTF-8"}, "de"),
        ({"LC_ALL": "", "LC_MESSAGES": "es_ES", "LANG": "C.UTF-8"}, "es"),
        ({}, "en"),
    ],
)
def test_the_locale_says_the_language(environment: dict[str, str], code: str) -> None:
    assert language_of_locale(environment) == code


def test_a_language_that_it_does_not_speak_is_named() -> None:
    with pytest.raises(InputError, match=r"does not speak 'deu' \(did you mean de\?\): it speaks en, it"):
        texts("deu")


def test_only_arabic_is_written_from_the_right() -> None:
    assert [code for code in LANGUAGES if direction_of(code) == "rtl"] == ["ar"]


def test_figures_are_those_of_the_answer() -> None:
    answer = Answer("x", 30, 90, 0.5, 2.0, "limit", 1024)
    assert figures(answer, texts("en")) == (
        "first token 0.50 s · total 2.00 s · tokens 30 · 15.0 tokens/s · cut at the limit"
    )
    assert "0,50 s" in figures(answer, texts("de"))
    assert "2000" in figures(Answer(prompt_tokens=2000, window=1024, end="too-long"), texts("it"))
