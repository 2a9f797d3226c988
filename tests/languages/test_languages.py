"""Every language is one TOML file, and all files say the same things."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from importlib import resources
from typing import Any

import pytest

from crossalpaca.errors import InputError
from crossalpaca.languages import language, languages

FILES = {
    file.name.removesuffix(".toml"): tomllib.loads(file.read_text(encoding="utf-8"))
    for file in resources.files("crossalpaca.languages").iterdir()
    if file.name.endswith(".toml")
}
WORDINGS = ("from_english", "to_english", "from_english_in_english", "to_english_in_english")
TRANSLATED = sorted(set(FILES) - {"en"})


def keys(table: dict[str, Any], above: str = "") -> Iterator[str]:
    for key, value in table.items():
        yield above + key
        if isinstance(value, dict):
            yield from keys(value, f"{above}{key}.")


def texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)


def test_every_file_loads_under_the_code_that_names_it() -> None:
    assert list(languages()) == sorted(FILES)
    assert all(code == spoken.code for code, spoken in languages().items())


@pytest.mark.parametrize("code", sorted(FILES))
def test_a_file_has_the_keys_of_all_others(code: str) -> None:
    assert sorted(keys(FILES[code])) == sorted(keys(FILES["en"]))


@pytest.mark.parametrize("code", sorted(FILES))
def test_no_text_is_empty_or_has_white_space_around_it(code: str) -> None:
    assert [text for text in texts(FILES[code]) if text != text.strip() or not text] == []


@pytest.mark.parametrize("code", TRANSLATED)
@pytest.mark.parametrize("kind", WORDINGS)
def test_a_translation_instruction_has_five_distinct_wordings(code: str, kind: str) -> None:
    wordings = language(code).translation[kind]
    assert len(wordings) == len(set(wordings)) == 5


@pytest.mark.parametrize("code", TRANSLATED)
def test_wordings_of_the_two_directions_never_coincide(code: str) -> None:
    translation = language(code).translation
    assert not set(translation["from_english"]) & set(translation["to_english"])
    assert not set(translation["from_english_in_english"]) & set(translation["to_english_in_english"])


def test_wordings_in_english_name_one_language_only() -> None:
    owners: dict[str, str] = {}
    for code in TRANSLATED:
        for kind in ("from_english_in_english", "to_english_in_english"):
            for wording in language(code).translation[kind]:
                assert owners.setdefault(wording, code) == code


def test_english_has_no_wordings_of_its_own_translation() -> None:
    assert all(language("en").translation[kind] == () for kind in WORDINGS)


@pytest.mark.parametrize("code", sorted(FILES))
def test_languages_written_from_right_to_left_are_those_in_arabic_script(code: str) -> None:
    assert language(code).rtl == (language(code).script == "Arab")


@pytest.mark.parametrize("code", sorted(FILES))
def test_answer_words_of_a_language_are_told_apart(code: str) -> None:
    answers = language(code).answers
    for one, other in (("yes", "no"), ("true", "false"), ("valid", "invalid")):
        assert answers[one] != answers[other]


@pytest.mark.parametrize("code", sorted(FILES))
def test_variants_are_other_words_than_the_answers_and_belong_to_one_answer_of_a_kind(code: str) -> None:
    spoken = language(code)
    assert set(spoken.answer_variants) == set(spoken.answers)
    for one, other in (("yes", "no"), ("true", "false"), ("valid", "invalid")):
        words = [
            spoken.answers[one],
            spoken.answers[other],
            *spoken.answer_variants[one],
            *spoken.answer_variants[other],
        ]
        assert len({word.casefold() for word in words}) == len(words)


@pytest.mark.parametrize("code", sorted(FILES))
def test_a_word_of_logic_has_one_meaning(code: str) -> None:
    words = [word for listed in language(code).logic.values() for word in listed]
    assert len(set(words)) == len(words)


@pytest.mark.parametrize("code", sorted(FILES))
def test_cues_are_not_said_twice_and_single_letters_are_capitals(code: str) -> None:
    spoken = language(code)
    assert all(len(set(words)) == len(words) for words in spoken.answer_cues.values())
    assert spoken.labels["answer"].casefold() not in {word.casefold() for word in spoken.answer_cues["announce"]}
    for word in spoken.answer_cues["one_letter_words"]:
        letter = word.removesuffix("'")
        assert len(letter) == 1 and letter.isascii() and letter.isupper()


def test_length_ratios_are_relative_to_english() -> None:
    assert language("en").length_ratio == 1
    assert all(0.1 < spoken.length_ratio < 2 for spoken in languages().values())


def test_alias_zh_is_simplified_chinese() -> None:
    assert language("zh") is language("zh-Hans")


def test_an_alias_belongs_to_one_language_and_is_no_code() -> None:
    aliases = [alias for spoken in languages().values() for alias in spoken.aliases]
    assert len(aliases) == len(set(aliases))
    assert not set(aliases) & set(languages())


@pytest.mark.parametrize(
    ("wrong", "meant"), [("zhHans", "zh-Hans"), ("zh-hant", "zh-Hant"), ("ita", "it"), ("de-DE", "de"), ("DE", "de")]
)
def test_an_unknown_code_is_answered_with_the_nearest_one(wrong: str, meant: str) -> None:
    with pytest.raises(InputError) as raised:
        language(wrong)
    assert repr(wrong) in str(raised.value)
    assert f"did you mean {meant}?" in str(raised.value)


def test_an_unknown_code_is_answered_with_all_known_ones() -> None:
    with pytest.raises(InputError) as raised:
        language("tlh")
    assert all(code in str(raised.value) for code in languages())
    assert "\n" not in str(raised.value)
