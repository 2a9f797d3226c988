"""Language codes as corpora write them."""

from __future__ import annotations

import pytest

from crossalpaca.languages import language, languages
from crossalpaca.sources.codes import closeness, find_code, looks_like_code


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("en", "en"),
        ("EN-us", "en"),
        ("en_GB", "en"),
        ("English", "en"),
        ("de", "de"),
        ("de-DE", "de"),
        ("DE_at", "de"),
        ("de-Latn-DE", "de"),
        ("german", "de"),
        ("zh", "zh-Hans"),
        ("zh_CN", "zh-Hans"),
        ("zh-Hans", "zh-Hans"),
        ("zh-Hans-CN", "zh-Hans"),
        ("zh-SG", "zh-Hans"),
        ("zh_TW", "zh-Hant"),
        ("zh-HK", "zh-Hant"),
        ("zh-hant-hk", "zh-Hant"),
        ("zh", "zh-Hant"),
        ("ar-EG", "ar"),
        ("el_GR", "el"),
    ],
)
def test_a_code_stands_for_its_language(tag: str, code: str) -> None:
    assert closeness(tag, language(code)) is not None


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("", "en"),
        ("e", "en"),
        ("eng-land", "en"),
        ("de", "en"),
        ("den", "de"),
        ("zh-TW", "zh-Hans"),
        ("zh-CN", "zh-Hant"),
        ("zh-Hant", "zh-Hans"),
        ("de-Cyrl", "de"),
        ("x-de", "de"),
    ],
)
def test_a_code_does_not_stand_for_another(tag: str, code: str) -> None:
    assert closeness(tag, language(code)) is None


@pytest.mark.parametrize("code", languages())
def test_a_language_is_found_by_its_code_and_aliases_and_is_no_other(code: str) -> None:
    known = language(code)
    assert closeness(code, known) == 0
    assert all(closeness(alias, known) == 1 for alias in known.aliases)
    same = code.split("-", maxsplit=1)[0]
    assert all(closeness(code, other) is None for other in languages().values() if other.code.split("-")[0] != same)


@pytest.mark.parametrize(
    ("tags", "code", "found"),
    [
        (["en_US", "en"], "en", "en"),
        (["en_US", "en_GB"], "en", "en_US"),
        (["zh_TW", "zh", "zh_CN"], "zh-Hans", "zh"),
        (["zh_TW", "zh_CN"], "zh-Hans", "zh_CN"),
        (["zh", "zh_TW"], "zh-Hant", "zh_TW"),
        (["fr", "de"], "es", None),
        ([], "es", None),
    ],
)
def test_the_closest_tag_is_found(tags: list[str], code: str, found: str | None) -> None:
    assert find_code(tags, language(code)) == found


@pytest.mark.parametrize(
    ("text", "is_code"),
    [("de", True), ("zh_CN", True), ("pt-BR", True), ("deu_Latn", True), ("txt", False), ("out", False), ("1", False)],
)
def test_what_looks_like_a_code(text: str, is_code: bool) -> None:
    assert looks_like_code(text) is is_code
