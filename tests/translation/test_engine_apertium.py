from __future__ import annotations

import gzip
import html
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossalpaca.errors import InputError
from crossalpaca.translation.engines import engine
from crossalpaca.translation.engines.apertium import Apertium, modes, route

needs_pair = pytest.mark.skipif(
    shutil.which("apertium-wblank-mode") is None or "eng-spa" not in modes(), reason="apertium-eng-spa is not installed"
)
needs_chain = pytest.mark.skipif("spa-ita" not in modes(), reason="apertium-spa-ita is not installed")
pytestmark = needs_pair

SIGNS = st.sampled_from([*list("^~*#+$[]{}/\\@<>&\n\t\x00  .,!?'\"%=|_-()"), "\xad", "\u200b", "\u2028", "日本", "😀"])
WORDS = st.sampled_from(["the house", "dog's", "I don't", "take out", "U.S.", "well-known", "xyzzy", "[n3]", "[ab]"])
TEXTS = st.lists(st.lists(st.one_of(SIGNS, WORDS, st.sampled_from([" ", " "])), max_size=8).map("".join), max_size=6)


@settings(max_examples=15)
@given(TEXTS)
def test_each_text_has_its_translation_and_keeps_its_signs(texts: list[str]) -> None:
    made = Apertium().translate(texts, "en", "es")
    assert len(made) == len(texts)
    for text, translation in zip(texts, made, strict=True):
        assert [translation.count(sign) for sign in "^~*#+[]{}\\@<>&\n\t\0"] == [
            text.count(sign) for sign in "^~*#+[]{}\\@<>&\n\t\0"
        ]
        assert translation[: len(translation) - len(translation.lstrip())] == text[: len(text) - len(text.lstrip())]


@pytest.mark.parametrize(
    ("text", "translation"),
    [
        ("Hello world.", "Hola Mundo."),
        ("I see the house.", "Veo la casa."),
        ("next line\nI don't know.\n", "Línea próxima\nNo sé.\n"),
        ("The xyzzy house", "El xyzzy casa"),
        ("", ""),
        ("  ", "  "),
        ("; ^ ", "; ^ "),
    ],
)
def test_literal_cases(text: str, translation: str) -> None:
    assert Apertium().translate([text], "en", "es") == [translation]


@pytest.mark.parametrize(
    ("text", "translation"),
    [
        ("Is <x0>the red house</x0> big?", "Es <x0>la casa roja</x0> grande?"),
        ('Compute <x id="0"/> and <x id="1"/>.', 'Computa <x id="0"/> y <x id="1"/>.'),
        ("<x0>I see</x0> Tom &amp; 5 &lt; 6", "<x0>Veo</x0> Tom &amp; 5 &lt; 6"),
        ("Yes, <x0>I see</x0>.", "Sí, <x0>veo</x0>."),
    ],
)
def test_markup(text: str, translation: str) -> None:
    assert Apertium().translate([text], "en", "es", markup=True) == [translation]


@needs_chain
def test_italian_goes_by_spanish() -> None:
    assert route("en", "it") == ("eng-spa", "spa-ita")
    apertium = engine("apertium")
    assert apertium.translate(["The red house is big."], "en", "it") == ["La casa rossa è grande."]
    assert "eng-spa/" in apertium.version("en", "it")
    assert "spa-ita/" in apertium.version("en", "it")


def test_a_translation_does_not_depend_on_its_neighbours(data_folder: Path) -> None:
    with gzip.open(data_folder / "parallel/en-es/newstest2011.en.gz", "rt", encoding="utf-8") as file:
        lines = [next(file).rstrip("\n") for _ in range(60)]
    apertium = Apertium()
    made = apertium.translate(lines, "en", "es")
    assert apertium.translate(lines[::-1], "en", "es")[::-1] == made
    assert [apertium.translate([line], "en", "es")[0] for line in lines[9:20]] == made[9:20]
    escaped = [html.escape(line, quote=False) for line in lines]
    assert [html.unescape(each) for each in apertium.translate(escaped, "en", "es", markup=True)] == made


@pytest.mark.parametrize("languages", [("en", "th"), ("en", "en"), ("de", "es")])
def test_a_way_that_is_not_there_is_one_line(languages: tuple[str, str]) -> None:
    with pytest.raises(InputError, match="no installed pair leads from") as caught:
        Apertium().version(*languages)
    assert "\n" not in str(caught.value)
    assert "eng-spa" in str(caught.value)
