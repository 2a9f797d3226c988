"""The one renderer of prompts, for training, evaluation and the playground.

A template turns an instruction and an input into the prompt; the completion is never part of it. Prompt and completion
are tokenised apart, so that both sides of a fine-tune and an evaluation see the same tokens.

An instruct backbone's own chat template becomes a `Template` like any other: it is rendered once around placeholders,
and from then on nothing needs to know where the template came from.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Protocol

from crossalpaca.errors import InputError, nearest


@dataclass(frozen=True, slots=True)
class Template:
    """A prompt template in two forms, with `{instruction}` and `{input}` as the only placeholders.

    Attributes:
        name: what experiments call it.
        with_input: for demonstrations and examples that have an input.
        without_input: for those that have none.
        special_tokens: the tokenizer puts its own special tokens before the prompt; a chat template has them already.
    """

    name: str
    with_input: str
    without_input: str
    special_tokens: bool = True

    @property
    def hash(self) -> str:
        """16 hexadecimal digits that change with every character of the template; saved with each adapter."""
        content = "\0".join((self.with_input, self.without_input))
        return hashlib.sha256(content.encode()).hexdigest()[:16]

    @property
    def identity(self) -> str:
        """What stands for the template in a step's key."""
        return self.hash

    @property
    def signature(self) -> str:
        """Name and hash, for signatures of scores; a backbone's chat template is known by the backbone."""
        return f"{self.name}/{self.hash}" if self.with_input else self.name

    def render(self, instruction: str, input: str) -> str:
        """The prompt up to where the model's answer begins."""
        if input:
            before, middle, after = _split(self.with_input)
            return before + instruction + middle + input + after
        before, after = self.without_input.split("{instruction}")
        return before + instruction + after


def _split(template: str) -> tuple[str, str, str]:
    # Not str.format: instructions and inputs hold braces of their own.
    before, rest = template.split("{instruction}")
    middle, after = rest.split("{input}")
    return before, middle, after


ALPACA = Template(
    name="alpaca",
    with_input=(
        "Below is an instruction that describes a task, paired with an input that provides further context. "
        "Write a response that appropriately completes the request.\n\n"
        "### Instruction:\n{instruction}\n\n### Input:\n{input}\n\n### Response:\n"
    ),
    without_input=(
        "Below is an instruction that describes a task. "
        "Write a response that appropriately completes the request.\n\n"
        "### Instruction:\n{instruction}\n\n### Response:\n"
    ),
)

CHAT = Template(name="chat", with_input="", without_input="", special_tokens=False)
"""Stands for the backbone's own chat template until its tokenizer is at hand; see `of_tokenizer`."""

TEMPLATES = {template.name: template for template in (ALPACA, CHAT)}


def template(name: str) -> Template:
    """The template of a name.

    Raises:
        InputError: the name is unknown.
    """
    if name not in TEMPLATES:
        raise InputError(
            f"unknown prompt template {name!r}{nearest(name, TEMPLATES)}: known are {', '.join(TEMPLATES)}"
        )
    return TEMPLATES[name]


class ChatTokenizer(Protocol):
    """What a tokenizer needs for its chat template to be used."""

    chat_template: Any

    def apply_chat_template(self, conversation: list[dict[str, str]], **settings: Any) -> Any:
        """The text of a conversation, as transformers renders it."""


def of_tokenizer(template: Template, tokenizer: ChatTokenizer) -> Template:
    """The template itself, or for `CHAT` the tokenizer's chat template around one message of the user.

    Instruction and input are one message, a blank line between them, and the system message is the template's own.
    What a template would fill in otherwise from one day to the next, or leaves to a switch, is fixed: the date, and
    no thinking.

    Raises:
        InputError: the tokenizer has no chat template, or one that does not put a message in once, as it is.
    """
    if template != CHAT:
        return template
    if not tokenizer.chat_template:
        raise InputError("the backbone has no chat template; set prompt to alpaca, or name an instruct backbone")
    with_input, without_input = (
        _around(tokenizer, message) for message in ("{instruction}\n\n{input}", "{instruction}")
    )
    return Template("chat", with_input, without_input, special_tokens=False)


def _around(tokenizer: ChatTokenizer, message: str) -> str:
    text = tokenizer.apply_chat_template(
        [{"role": "user", "content": message}],
        tokenize=False,
        add_generation_prompt=True,
        enable_thinking=False,
        date_string="26 Jul 2024",
    )
    parts = (message, "{instruction}", "{input}")
    if not isinstance(text, str) or any(text.count(part) != message.count(part) for part in parts):
        raise InputError("the backbone's chat template does not put a message in once, as it is; set prompt to alpaca")
    return text
