"""The one renderer of prompts, for training, evaluation and the playground.

A template turns an instruction and an input into the prompt; the completion is never part of it. Prompt and completion
are tokenised apart, so that both sides of a fine-tune and an evaluation see the same tokens.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from crossalpaca.errors import InputError, nearest


@dataclass(frozen=True, slots=True)
class Template:
    """A prompt template in two forms, with `{instruction}` and `{input}` as the only placeholders.

    Attributes:
        name: what experiments call it.
        with_input: for demonstrations and examples that have an input.
        without_input: for those that have none.
    """

    name: str
    with_input: str
    without_input: str

    @property
    def hash(self) -> str:
        """16 hexadecimal digits that change with every character of the template; saved with each adapter."""
        content = "\0".join((self.with_input, self.without_input))
        return hashlib.sha256(content.encode()).hexdigest()[:16]

    @property
    def identity(self) -> str:
        """What stands for the template in a step's key."""
        return self.hash

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

TEMPLATES = {template.name: template for template in (ALPACA,)}


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
