from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossalpaca.translation.sentences import sentences

PIECES = st.sampled_from(
    [
        "Mr",
        "a",
        "B",
        "z.B",
        ".",
        "!",
        "?",
        "。",
        "！",
        "؟",
        "।",
        "...",
        " ",
        "\n",
        "\r\n",
        "\t",
        '"',
        "»",
        "1",
        "۔",
        "x",
    ]
)


@given(st.one_of(st.text(), st.lists(PIECES).map("".join)))
def test_joined_they_are_the_text(text: str) -> None:
    found = sentences(text)
    assert "".join(found) == text
    assert all(found)


@given(st.lists(PIECES).map("".join))
def test_each_but_the_first_begins_with_more_than_white_space(text: str) -> None:
    assert not any(part[0].isspace() for part in sentences(text)[1:])


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("One. Two! Three?", ["One. ", "Two! ", "Three?"]),
        ("Mr. Smith met Dr. A. B. Jones. They left.", ["Mr. Smith met Dr. A. B. Jones. ", "They left."]),
        ('He said: "Go!" Then he left.', ['He said: "Go!" ', "Then he left."]),
        ("Das kostet z.B. 3.50 Euro. Gut.", ["Das kostet z.B. 3.50 Euro. ", "Gut."]),
        ("Siehe Nr. 5 und Abb. 3. Ende.", ["Siehe Nr. 5 und Abb. 3. ", "Ende."]),
        ("He said no. Then he left.", ["He said no. ", "Then he left."]),
        ("Well ... maybe. Yes.", ["Well ... maybe. ", "Yes."]),
        ("El Sr. García vive en EE.UU. desde 1990. Bien.", ["El Sr. García vive en EE.UU. desde 1990. ", "Bien."]),
        ("你好。我很好！是吗？好", ["你好。", "我很好！", "是吗？", "好"]),
        ("他说：“好。”然后走了。", ["他说：“好。”", "然后走了。"]),
        ("मैं हूँ। तुम हो।", ["मैं हूँ। ", "तुम हो।"]),
        ("هل أنت هنا؟ نعم.", ["هل أنت هنا؟ ", "نعم."]),
        ("Title\nText here", ["Title\n", "Text here"]),
        ("И т.д. и т.п. Конец.", ["И т.д. и т.п. Конец."]),
        ("1. First thing. 2. Second.", ["1. First thing. ", "2. Second."]),
        ("", []),
        ("  \n ", ["  \n "]),
    ],
)
def test_literal_cases(text: str, parts: list[str]) -> None:
    assert sentences(text) == parts
