"""What is taken for structure, and what is left to be translated."""

from __future__ import annotations

import pytest

from crossalpaca.translation.protection import is_code
from crossalpaca.translation.structure import protect

PIECES = [
    ("Run `pip install x` first.", ("`pip install x`",)),
    (r"The sum $\sum_i x_i$ costs $5 or $6.", (r"$\sum_i x_i$",)),
    (r"Let \( a^2 \) be even.", (r"\( a^2 \)",)),
    ("See https://example.org/a?b=c, please.", ("https://example.org/a?b=c",)),
    ("Write to jo.doe@example.org today.", ("jo.doe@example.org",)),
    ('This element <path d="M 1.5,2 L 3,4"/> draws it.', ('<path d="M 1.5,2 L 3,4"/>',)),
    ("Dear {name}, you owe %s to [COMPANY] for ____.", ("{name}", "%s", "[COMPANY]", "____")),
    ("It is due on 02/01/1987 in MM/DD/YYYY.", ("02/01/1987", "MM/DD/YYYY")),
    ("Closed from 9pm to 7:30 am, or at 10:15.", ("9pm", "7:30 am", "10:15")),
    ("The degree of Q(sqrt(2), sqrt(3)) over Q is even.", ("Q(sqrt(2), sqrt(3))", "Q")),
    ("The field Z_3[x]/(x^2 + c) is finite.", ("Z_3[x]/(x^2 + c)",)),
    ("Solve 2x - 3y = 7 for x now.", ("2x - 3y = 7", "x")),
    ("Both (A) and (C) are true.", ("(A)", "(C)")),
    ("I think that I and II only are true.", ("I", "II")),
    ("Water is H2O and camelCase is one name.", ("H2O", "camelCase")),
    ("Open main.py there.", ("main.py",)),
    ("If a is even and b odd, a dog barks.", ("a", "b")),
    ("Zqb is nobody's word.", ("Zqb",)),
]


@pytest.mark.parametrize(("text", "pieces"), PIECES, ids=[text for text, _ in PIECES])
def test_pieces_inside_a_sentence(text: str, pieces: tuple[str, ...]) -> None:
    assert protect(text, "words").pieces == (pieces,)


@pytest.mark.parametrize(
    "text",
    [
        "The penguin(s) and/or a 3-year-old, e.g. in the U.S. of 1987.",
        "I paid $5 for it - and $6 for that - on the 2nd day.",
        "She said: don't! It's John's A-level.",
        "Well-known words; nothing else (as one says).",
    ],
)
def test_prose_has_no_pieces(text: str) -> None:
    assert protect(text, "words").segments == (text,)


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("One line.\nAnother one.\r\n\nA third.", ("One line.", "Another one.", "A third.")),
        ("1. First thing\n2. Second thing\n- third thing", ("First thing", "Second thing", "third thing")),
        ("# A title\n\tand   some text", ("A title", "and", "some text")),
        ("Look:\n```python\nprint('not this')\n```\nat this.", ("Look:", "at this.")),
        ("3.14", ()),
        ("", ()),
        ("x = 5", ()),
        ("猫", ("猫",)),
    ],
)
def test_a_text_is_cut_at_its_lines_and_marks(text: str, segments: tuple[str, ...]) -> None:
    assert protect(text, "tags").segments == segments


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def f(x):\n    return x + 1", True),
        ("SELECT *\nFROM flights\nWHERE origin = 'London'", True),
        ("int main() {\n  return 0;\n}", True),
        ("for i in range(3):\n    print(i)", True),
        ("<ul>\n<li>one</li>\n</ul>", True),
        ("The answer is 10.", False),
        ("First do this.\nThen do that.", False),
        ("", False),
    ],
)
def test_programs_are_known(text: str, expected: bool) -> None:
    assert is_code(text) is expected
