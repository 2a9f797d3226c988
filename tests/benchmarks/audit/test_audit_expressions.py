"""Re-solving: Python's own arithmetic and logic are the oracle, and nothing but expressions is ever read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossalpaca.benchmarks.audit.expressions import (
    Unread,
    boolean_words,
    read_number,
    read_truth,
    solve_arithmetic,
    solve_boolean,
)
from crossalpaca.languages import language, languages

arithmetic = st.recursive(
    st.integers(-9, 9).map(str),
    lambda inner: (
        st.builds("({} {} {})".format, inner, st.sampled_from("+-*"), inner)
        | st.builds("{} {} {}".format, inner, st.sampled_from("+-*"), inner)
    ),
    max_leaves=12,
)
boolean = st.recursive(
    st.sampled_from(["True", "False"]),
    lambda inner: (
        st.builds("( {} )".format, inner)
        | st.builds("not {}".format, inner)
        | st.builds("{} {} {}".format, inner, st.sampled_from(["and", "or"]), inner)
    ),
    max_leaves=10,
)
ENGLISH = boolean_words(language("en"))


@given(arithmetic)
def test_arithmetic_is_that_of_python(text: str) -> None:
    assert solve_arithmetic(f"{text} =") == eval(text)


@given(boolean)
def test_logic_is_that_of_python(text: str) -> None:
    assert solve_boolean(f"{text} is", ENGLISH, spaced=True) == eval(text)


GERMAN = {"True": "Wahr", "False": "falsch", "not": "nicht", "and": "und", "or": "oder"}
CHINESE = {"True": "真", "False": "假", "not": "非", "and": "且", "or": "或", "(": "（", ")": "）"}


@given(boolean)
def test_a_faithful_translation_has_the_same_value(text: str) -> None:
    german = " ".join(GERMAN.get(word, word) for word in text.split())
    assert solve_boolean(f"{german} ist", boolean_words(language("de")), spaced=True) == eval(text)
    chinese = "".join(CHINESE[word] for word in text.split())
    assert solve_boolean(f"{chinese}是", boolean_words(language("zh")), spaced=False) == eval(text)


@pytest.mark.parametrize("code", sorted(languages()))
def test_every_language_reads_its_own_words_for_true_and_false(code: str) -> None:
    spoken = language(code)
    words = boolean_words(spoken)
    assert read_truth(spoken.answers["true"].upper(), words)
    assert not read_truth(spoken.answers["false"], words)
    assert solve_boolean(f"not {spoken.answers['false']} is", words, spoken.segmentation == "space")


@pytest.mark.parametrize(
    ("code", "text", "value"),
    [
        ("it", "non è vero e (falso o vero) lo è", False),
        ("it", "Falso o no (Vero) e Falso è", False),
        ("zh", "不是 True 并且（ False 或 True ）是", False),
        ("zh", "不是不是不是（真与假）是", True),
        ("zh", "不真实或错误的", False),
        ("es", "no Verdadero o ( Falso ) es", False),
        ("ru", "не Истина или Ложь", False),
        ("hi", "असत्य या नहीं (असत्य) है", True),
        ("vi", "không Đúng hoặc Đúng là", True),
        ("th", "ไม่ (จริง) หรือเท็จคือ", False),
        ("zh-Hant", "不是（真的與錯誤的）是", True),
    ],
)
def test_words_of_other_languages(code: str, text: str, value: bool) -> None:
    spoken = language(code)
    assert solve_boolean(text, boolean_words(spoken), spoken.segmentation == "space") is value


@pytest.mark.parametrize(
    "text",
    ["假与否 ( True )", "False 而不是 True", "是非 True", "真与假 真", "（真", "真）", "", "非", "真，假", "x" * 3000],
)
def test_what_may_mean_one_thing_or_another_is_not_read(text: str) -> None:
    with pytest.raises(Unread):
        solve_boolean(text, boolean_words(language("zh")), spaced=False)


@pytest.mark.parametrize(
    ("text", "value"), [("٢ + ٣", 5), ("（２×３）＝", 6), ("3 − 5 =", -2), ("- - 2", 2), ("2 * -3", -6), ("\u200b7", 7)]
)
def test_digits_and_signs_of_any_script(text: str, value: int) -> None:
    assert solve_arithmetic(text) == value


@pytest.mark.parametrize(
    "text",
    ["", "=", "1 +", "1 2", "2 ** 3", "7 / 2", "1e9", "__import__('os')", "a", "(" * 100 + "1" + ")" * 100, "9" * 16,
     "1" + " * 9" * 1000],
)  # fmt: skip
def test_nothing_else_is_read(text: str) -> None:
    with pytest.raises(Unread):
        solve_arithmetic(text)


@pytest.mark.parametrize(("text", "value"), [("-24", -24), (" ٢٤ ", 24), ("− 3", -3), ("+1", 1)])
def test_golds(text: str, value: int) -> None:
    assert read_number(text) == value


@pytest.mark.parametrize("text", ["", "2.5", "zwei", "1,000", "9" * 50])
def test_other_golds_are_no_numbers(text: str) -> None:
    with pytest.raises(Unread):
        read_number(text)
