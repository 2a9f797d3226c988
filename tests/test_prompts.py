"""The prompt template is pinned, and texts pass through it untouched."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossalpaca.errors import InputError
from crossalpaca.prompts import ALPACA, TEMPLATES, Template, template

TEXT = st.text(max_size=30) | st.sampled_from(
    ["{input}", "{instruction}", "{}", "{{", "}}", "{0}", "\\{input\\}", "%s"]
)


def test_the_alpaca_template_never_changes() -> None:
    assert ALPACA.hash == "61ec00982ab1febe"


def test_a_prompt_with_input_is_the_alpaca_text() -> None:
    assert ALPACA.render("Translate.", "Guten Tag") == (
        "Below is an instruction that describes a task, paired with an input that provides further context. "
        "Write a response that appropriately completes the request.\n\n"
        "### Instruction:\nTranslate.\n\n### Input:\nGuten Tag\n\n### Response:\n"
    )


def test_a_prompt_without_input_is_the_alpaca_text() -> None:
    assert ALPACA.render("Say hello.", "") == (
        "Below is an instruction that describes a task. "
        "Write a response that appropriately completes the request.\n\n"
        "### Instruction:\nSay hello.\n\n### Response:\n"
    )


@given(instruction=TEXT, input=TEXT.filter(bool))
def test_braces_and_all_else_survive_with_input(instruction: str, input: str) -> None:
    empty = ALPACA.with_input.replace("{instruction}", "").replace("{input}", "")
    rendered = ALPACA.render(instruction, input)
    assert f"### Instruction:\n{instruction}\n\n### Input:\n{input}\n\n### Response:\n" in rendered
    assert len(rendered) == len(empty) + len(instruction) + len(input)


@given(instruction=TEXT)
def test_braces_and_all_else_survive_without_input(instruction: str) -> None:
    empty = ALPACA.without_input.replace("{instruction}", "")
    rendered = ALPACA.render(instruction, "")
    assert rendered.endswith(f"### Instruction:\n{instruction}\n\n### Response:\n")
    assert len(rendered) == len(empty) + len(instruction)


@pytest.mark.parametrize("form", ["with_input", "without_input"])
def test_the_hash_changes_with_every_character(form: str) -> None:
    text = getattr(ALPACA, form)
    forms = {"with_input": ALPACA.with_input, "without_input": ALPACA.without_input}
    others = [text[:i] + "~" + text[i + 1 :] for i in range(len(text))] + [text + " ", text + "\n", " " + text]
    hashes = {Template("other", **(forms | {form: other})).hash for other in others}
    assert len(hashes) == len(others)
    assert ALPACA.hash not in hashes


def test_the_name_is_no_part_of_the_hash() -> None:
    assert Template("other", ALPACA.with_input, ALPACA.without_input).identity == ALPACA.identity


def test_texts_that_move_between_the_two_forms_change_the_hash() -> None:
    assert Template("t", "ab", "c").hash != Template("t", "a", "bc").hash


def test_templates_are_found_by_name() -> None:
    assert all(template(name).name == name for name in TEMPLATES)


def test_an_unknown_template_is_answered_with_the_nearest_one() -> None:
    with pytest.raises(InputError, match=r"'alpaka' \(did you mean alpaca\?\)"):
        template("alpaka")
