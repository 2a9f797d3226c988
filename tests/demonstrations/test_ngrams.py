"""Tokens and their windows, against their definitions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossalpaca.demonstrations.ngrams import Hashed, tokens, unspaced

TEXTS = st.lists(st.lists(st.sampled_from("abcd"), max_size=12), max_size=8)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Wer sang die „Nationalhymne“?", ["wer", "sang", "die", "nationalhymne"]),
        ("STRASSE Straße", ["strasse", "strasse"]),
        ("ＤＥＣnet 是什么？", ["decnet", "是", "什", "么"]),
        ("राष्ट्रगान किसने गाया?", ["राष्ट्रगान", "किसने", "गाया"]),
        ("من غنى النشيد الوطني؟", ["من", "غنى", "النشيد", "الوطني"]),
        ("don't 3.5_x", ["don", "t", "3", "5", "x"]),
        ("… —", []),
    ],
)
def test_tokens(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("为什么天空是蓝色的？", True),
        ("ทำไมท้องฟ้าจึงเป็นสีฟ้า", True),
        ("Why is the sky blue?", False),
        ("DNA是什么 a b c d", False),
        ("", False),
    ],
)
def test_scripts_without_spaces(text: str, expected: bool) -> None:
    assert unspaced(tokens(text)) == expected


@given(texts=TEXTS, size=st.integers(1, 5))
def test_windows_are_equal_where_their_tokens_are_and_stay_within_a_text(texts: list[list[str]], size: int) -> None:
    hashed = Hashed.of(texts)
    hashes, starts = hashed.windows(size)
    flat = [(text, place) for text, words in enumerate(texts) for place in range(len(words))]
    found = [flat[start] for start in starts]
    assert found == [(text, at) for text, words in enumerate(texts) for at in range(len(words) - size + 1)]
    windows = [tuple(texts[text][at : at + size]) for text, at in found]
    assert len(set(windows)) == len(set(zip(windows, hashes.tolist(), strict=True))) == len(set(hashes.tolist()))
