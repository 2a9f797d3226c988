"""The prompt template is pinned, and texts pass through it untouched."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossalpaca.errors import InputError
from crossalpaca.prompts import ALPACA, CHAT, TEMPLATES, Template, of_tokenizer, template

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


# A backbone's own chat template


class Chat:
    """A tokenizer whose chat template is a function of the user's message."""

    def __init__(self, before: str = "<user>", after: str = "</user><assistant>", chat_template: Any = "jinja") -> None:
        self.chat_template = chat_template
        self.around = (before, after)
        self.settings: dict[str, Any] = {}

    def apply_chat_template(self, conversation: list[dict[str, str]], **settings: Any) -> str:
        self.settings = settings
        (message,) = conversation
        assert message["role"] == "user"
        return message["content"].join(self.around)


def test_alpaca_stays_what_it_is_whatever_the_tokenizer() -> None:
    assert of_tokenizer(ALPACA, Chat()) is ALPACA


@given(instruction=TEXT, input=TEXT)
def test_a_chat_prompt_is_the_message_within_the_template_of_the_tokenizer(instruction: str, input: str) -> None:
    resolved = of_tokenizer(CHAT, Chat())
    message = f"{instruction}\n\n{input}" if input else instruction
    assert resolved.render(instruction, input) == f"<user>{message}</user><assistant>"
    assert (resolved.name, resolved.special_tokens) == ("chat", False)


def test_a_resolved_chat_template_has_the_hash_of_its_text_and_is_not_resolved_again() -> None:
    one, other = of_tokenizer(CHAT, Chat()), of_tokenizer(CHAT, Chat(before="<human>"))
    assert len({one.hash, other.hash, CHAT.hash, ALPACA.hash}) == 4
    assert of_tokenizer(one, Chat(before="<human>")) == one


def test_nothing_in_a_chat_prompt_changes_from_day_to_day() -> None:
    chat = Chat()
    assert of_tokenizer(CHAT, chat)
    assert chat.settings["date_string"] == "26 Jul 2024"
    assert chat.settings["add_generation_prompt"] is True


@pytest.mark.parametrize("chat_template", [None, ""])
def test_a_backbone_without_a_chat_template_is_refused(chat_template: str | None) -> None:
    with pytest.raises(InputError, match="has no chat template; set prompt to alpaca"):
        of_tokenizer(CHAT, Chat(chat_template=chat_template))


@pytest.mark.parametrize("after", ["{instruction}", "{instruction}\n\n{input}", "{input}"])
def test_a_chat_template_that_repeats_the_message_is_refused(after: str) -> None:
    with pytest.raises(InputError, match="does not put a message in once"):
        of_tokenizer(CHAT, Chat(after=after))


def test_signatures_name_the_template_and_what_is_in_it() -> None:
    assert ALPACA.signature == f"alpaca/{ALPACA.hash}"
    assert CHAT.signature == "chat"
