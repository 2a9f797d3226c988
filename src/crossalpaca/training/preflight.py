"""What training on demonstrations will cost, counted in tokens before it is begun; needs a tokenizer and no model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, cast

from crossalpaca.errors import DataError
from crossalpaca.languages import language
from crossalpaca.prompts import Template
from crossalpaca.records import Demonstration, Example
from crossalpaca.training.deviations import feasible
from crossalpaca.training.encoding import Encoded, encode
from crossalpaca.training.packing import Packing
from crossalpaca.training.recipe import Recipe
from crossalpaca.training.schedule import held_out, schedule

if TYPE_CHECKING:
    from sentencepiece import SentencePieceProcessor

_UNBOUNDED = 2**62  # tokens of a row that holds any step
_MICRO_BATCH, _PAD_TO = 4, 8  # alpaca-LoRA's: four demonstrations are padded together, to a multiple of eight


class Tokenizer(Protocol):
    """What is asked of a tokenizer: of transformers, or of `SentencePiece`."""

    chat_template: Any

    @property
    def eos_token_id(self) -> Any:
        """Id of the end-of-sequence token."""

    def __call__(self, text: str, *, add_special_tokens: bool) -> Mapping[str, Any]:
        """`input_ids` of a text."""


class SentencePiece:
    """A SentencePiece model as a tokenizer: BOS is the one special token before a prompt, as LLaMA has it.

    Raises:
        DataError: the file is not a SentencePiece model.
    """

    chat_template = None

    def __init__(self, path: Path) -> None:
        from sentencepiece import SentencePieceProcessor

        try:
            self._model: SentencePieceProcessor = SentencePieceProcessor(model_file=str(path))
        except (OSError, RuntimeError) as error:
            reason = " ".join(str(error).split())[:100]
            raise DataError(f"{path}: is not a SentencePiece model ({reason}); name a tokenizer.model file") from None

    @property
    def eos_token_id(self) -> int | None:
        """Id of the end-of-sequence token; None where the model has none."""
        eos = int(self._model.eos_id())
        return eos if eos >= 0 else None

    def __call__(self, text: str, *, add_special_tokens: bool) -> Mapping[str, list[int]]:
        """`input_ids` of a text."""
        with_bos = add_special_tokens and self._model.bos_id() >= 0
        return {"input_ids": list(self._model.encode(text, add_bos=with_bos))}


@dataclass(frozen=True, slots=True)
class Fertility:
    """How a tokenizer takes a language apart.

    Attributes:
        words: parted by white space; characters in languages without spaces.
        tokens: for all texts.
        to_english: tokens for one token of the same texts in English.
    """

    words: int
    tokens: int
    to_english: float

    @property
    def per_word(self) -> float:
        """Tokens a word."""
        return self.tokens / max(self.words, 1)


@dataclass(frozen=True, slots=True)
class Load:
    """What training on one set of demonstrations takes.

    Attributes:
        demonstrations: trained on.
        held_out: kept for validation.
        over_cutoff, share_over_cutoff: longer than the cutoff, and left out or cut; and their share of all.
        steps: optimiser steps.
        tokens: of all demonstrations as often as they are seen.
        target_tokens: those of them that are learnt.
        padded_tokens: what the same would take in padded micro batches of four.
        distinct_tokens: nodes of each batch's prefix tree.
        computed_tokens: the same in rows of the recipe's size, which share less: what this project computes.
    """

    demonstrations: int
    held_out: int
    over_cutoff: int
    share_over_cutoff: float
    steps: int
    tokens: int
    target_tokens: int
    padded_tokens: int
    distinct_tokens: int
    computed_tokens: int

    @property
    def sharing(self) -> float:
        """Padded tokens for one distinct token."""
        return self.padded_tokens / max(self.distinct_tokens, 1)


@dataclass(frozen=True, slots=True)
class Prompts:
    """How long a benchmark's prompts are.

    Attributes:
        count: how many there are.
        over_cutoff: those longer than any demonstration may be.
        longest: tokens of the longest.
    """

    count: int
    over_cutoff: int
    longest: int


def fertility(texts: Mapping[str, Sequence[str]], tokenizer: Tokenizer) -> dict[str, Fertility]:
    """By language, of parallel texts by language, English among them.

    Raises:
        DataError: there is no text.
    """
    counts = {code: sum(len(_ids(tokenizer, text)) for text in each) for code, each in texts.items()}
    if not counts.get("en"):
        raise DataError("no parallel text to count tokens a word on; name one with --flores")
    return {
        code: Fertility(sum(_words(text, code) for text in texts[code]), count, count / counts["en"])
        for code, count in counts.items()
    }


def _words(text: str, code: str) -> int:
    words = text.split()
    return len(words) if language(code).segmentation == "space" else sum(map(len, words))


def load(
    demonstrations: Iterable[Demonstration], tokenizer: Tokenizer, template: Template, recipe: Recipe, seed: int
) -> Load:
    """What training by the recipe takes, step by step as it will be.

    Raises:
        TrainingError: the tokenizer has no EOS token.
    """
    policy: Literal["truncate", "drop"] = "truncate" if recipe.too_long == "truncate" else "drop"
    whole, too_long = encode(demonstrations, cast(Any, tokenizer), template, recipe.cutoff, policy)
    encoded, validation = held_out(whole, feasible(recipe, len(whole), cuda=True)[0].validation, seed)
    steps = [[encoded[index] for index in step] for step in schedule(encoded, recipe, seed)] if encoded else []
    packing = Packing(recipe.row_tokens, recipe.loss_on)
    over, total = len(too_long.left_out) + len(too_long.cut), len(whole) + len(too_long.left_out)
    return Load(
        demonstrations=len(encoded),
        held_out=len(validation),
        over_cutoff=over,
        share_over_cutoff=over / max(total, 1),
        steps=len(steps),
        tokens=sum(len(each.tokens) for step in steps for each in step),
        target_tokens=sum(len(packing.learnt(each)) for step in steps for each in step),
        padded_tokens=sum(map(_padded, steps)),
        distinct_tokens=sum(map(Packing(_UNBOUNDED).computed, steps)),
        computed_tokens=sum(map(packing.computed, steps)),
    )


def _padded(step: Sequence[Encoded]) -> int:
    total = 0
    for start in range(0, len(step), _MICRO_BATCH):
        lengths = [len(each.tokens) for each in step[start : start + _MICRO_BATCH]]
        total += len(lengths) * -(-max(lengths) // _PAD_TO) * _PAD_TO
    return total


def prompts(examples: Iterable[Example], tokenizer: Tokenizer, template: Template, cutoff: int) -> Prompts:
    """How long the prompts of examples are."""
    lengths = [
        len(_ids(tokenizer, template.render(each.instruction, each.input), special=template.special_tokens))
        for each in examples
    ]
    return Prompts(len(lengths), sum(length > cutoff for length in lengths), max(lengths, default=0))


def _ids(tokenizer: Tokenizer, text: str, *, special: bool = False) -> Sequence[int]:
    ids: Sequence[int] = tokenizer(text, add_special_tokens=special)["input_ids"]
    return ids
