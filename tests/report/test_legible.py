"""Texts from outside are shown harmlessly in every form of a report, and can always be written."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossalpaca.report.formats import FORMATS, write
from crossalpaca.report.legible import json_text, legible

CONTROLS = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\t\n"]
HARMFUL = [*CONTROLS, *"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"]
VALUES = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(st.characters(codec=None, exclude_categories=())),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec=None, exclude_categories=())), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), VALUES))
def test_the_json_reads_back_as_it_was_and_is_legible(report: dict[str, Any]) -> None:
    text = json_text(report)
    # JSON has no word for the two halves of a surrogate pair apart: where they meet, they are one character.
    assert json.loads(text) == json.loads(json.dumps(report))
    assert legible(text) == text
    text.encode("utf-8")


@given(VALUES)
def test_what_is_legible_stays_as_it_is(value: Any) -> None:
    once = legible(value)
    assert legible(once) == once
    assert not any(sign in json.dumps(once, ensure_ascii=False) for sign in HARMFUL)


@pytest.mark.parametrize(
    "text", ["Ünïcode — ‘quotes’\tand\nlines", "نص عربي \u200f.", "می\u200cخواهم", "क्\u200dष", "👩\u200d🔬"]
)
def test_letters_of_every_script_and_what_joins_them_are_kept(text: str) -> None:
    assert legible({text: [text, (text,)]}) == {text: [text, [text]]}


@pytest.mark.parametrize("form", [form for form in FORMATS if form != "figures"])
def test_no_form_of_a_report_holds_what_a_terminal_obeys(form: str, report: dict[str, Any], tmp_path: Path) -> None:
    odd = "x\x1b[31m\x9b2J\u202e\u2066\ud800y"
    evil = json.loads(json.dumps(copy.deepcopy(report)).replace("it-Alpaca", json.dumps(odd)[1:-1]))
    evil["deviations"] = [odd]
    written = write(evil, form, tmp_path)
    texts = [path.read_text(encoding="utf-8") for path in written]
    assert not [sign for text in texts for sign in HARMFUL if sign in text.replace("\r\n", "\n")]
    if form == "json":
        assert json.loads(texts[0]) == evil
    elif form != "latex":
        assert any("x[U+001B][31m[U+009B]2J[U+202E][U+2066][U+D800]y" in text for text in texts)


def test_a_figure_shows_it_too(report: dict[str, Any], tmp_path: Path) -> None:
    evil = json.loads(json.dumps(report).replace("it-Alpaca", "x\\u001by"))
    evil["differences"] = evil["differences"][:1]
    svgs = [path.read_bytes() for path in write(evil, "figures", tmp_path) if path.suffix == ".svg"]
    assert svgs
    assert not [svg for svg in svgs if b"\x1b" in svg]
