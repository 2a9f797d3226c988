"""A model that was fine-tuned here, asked with the wordings of its translation demonstrations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crossalpaca.backbones import Backbone, load_tokenizer, resolve
from crossalpaca.errors import InputError
from crossalpaca.languages import language
from crossalpaca.prompts import CHAT, Template, of_tokenizer, template
from crossalpaca.sources.files import read_json
from crossalpaca.store import file_sha256
from crossalpaca.translation.limits import Limits

LIMITS = Limits(texts=256, size=64_000)
_MOST_TOKENS = 512
_ROOM = 32  # tokens that any translation may have


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a decoding engine needs of a request; the types of decoding/ know tokenizers, which this layer does not.

    Attributes:
        text: rendered.
        max_new_tokens: the completion ends there if the model does not end it.
        special_tokens: the tokenizer puts its own before the prompt.
    """

    text: str
    max_new_tokens: int
    special_tokens: bool


Complete = Callable[[Sequence[Prompt]], Sequence[str | None]]
"""Greedy completions in order; None where the model did not end one itself."""


@dataclass(frozen=True, slots=True)
class Tuned:
    """A model behind the `decode` of an engine of decoding/.

    Attributes:
        model, revision: name, and what its weights are known by: the adapter's key.
        template: that it was trained with.
        complete: decodes.
    """

    model: str
    revision: str
    template: Template
    complete: Complete
    limits: Limits = LIMITS
    price: float = 0.0
    keeps_markup: bool = False
    one_sentence: bool = True  # as its demonstrations were

    @property
    def name(self) -> str:
        """The model's."""
        return f"tuned/{self.model}"

    def version(self, source: str, target: str) -> str:
        """Weights and prompt."""
        return f"{self.revision}/{self.template.hash}/{wording(source, target)}"

    def translate(self, texts: Sequence[str], source: str, target: str, *, markup: bool = False) -> list[str]:
        """A translation that did not come to its end becomes the empty text."""
        prompts = [
            Prompt(
                self.template.render(wording(source, target), text),
                min(len(text) + _ROOM, _MOST_TOKENS),
                self.template.special_tokens,
            )
            for text in texts
        ]
        return [(completion or "").strip() for completion in self.complete(prompts)]


def wording(source: str, target: str) -> str:
    """The instruction: the first wording, in the language that is not English.

    Raises:
        InputError: neither language is English.
    """
    if (source == "en") == (target == "en"):
        raise InputError(f"a fine-tuned model translates from or into English, not from {source} to {target}")
    other = language(target if source == "en" else source)
    return other.translation["from_english" if source == "en" else "to_english"][0]


@dataclass(slots=True)
class InMemory:
    """A fine-tune that is loaded when it is first asked."""

    backbone: Backbone
    adapter: Path
    template: Template
    _engine: Any = field(default=None, init=False)

    def __call__(self, prompts: Sequence[Prompt]) -> list[str | None]:
        """Greedy completions in order; None where the model did not end one itself."""
        from crossalpaca.decoding.models import load_engine
        from crossalpaca.decoding.requests import Request

        if self._engine is None:
            self._engine = load_engine(self.backbone, self.adapter, self.template, "bf16")
        requests = [
            Request(str(number), prompt.text, (), prompt.max_new_tokens, prompt.special_tokens)
            for number, prompt in enumerate(prompts)
        ]
        return [decoded.completion if decoded.ended else None for decoded in self._engine.decode(requests)]


def engine(argument: str) -> Tuned:
    """The model of `FOLDER`, which `crossalpaca train` or a run wrote; `FOLDER@BACKBONE` where that is a folder too.

    Raises:
        InputError: there is no fine-tune, or its backbone is not known.
    """
    name, _, named = argument.partition("@")
    folder = Path(name)
    weights, written = folder / "adapter" / "adapter_model.safetensors", folder / "adapter.json"
    if not name or not weights.is_file() or not written.is_file():
        raise InputError(f"tuned:{argument}: needs the folder of a fine-tune, with adapter/ and adapter.json in it")
    record = read_json(written)
    known = record if isinstance(record, dict) else {}
    if not all(isinstance(known.get(entry), str) for entry in ("backbone", "revision", "template")):
        raise InputError(f"{written}: is not the record of an adapter; name the output folder of a fine-tune")
    backbone = resolve(named or record["backbone"], record["revision"])
    chosen = template(record["template"])
    if chosen == CHAT:
        chosen = of_tokenizer(chosen, load_tokenizer(backbone))
    model = f"{backbone.id}/{folder.resolve().name}"
    return Tuned(model, file_sha256(weights)[:16], chosen, InMemory(backbone, folder, chosen))
