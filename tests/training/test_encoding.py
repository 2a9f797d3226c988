"""Demonstrations become tokens whole, with the completion apart from the prompt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossalpaca.errors import DataError, TrainingError
from crossalpaca.prompts import ALPACA
from crossalpaca.records import Demonstration
from crossalpaca.training.encoding import Encoded, TooLong, encode

BOS, EOS = 1, 2


@dataclass
class Characters:
    """A tokenizer with a token for every character, and what real ones do about special tokens."""

    eos_token_id: Any = EOS
    begins: bool = True
    ends: bool = False
    seen: list[tuple[str, bool]] = field(default_factory=list)

    def __call__(self, text: str, add_special_tokens: bool = True) -> Mapping[str, list[int]]:
        self.seen.append((text, add_special_tokens))
        ids = [ord(character) + 10 for character in text]
        if add_special_tokens:
            ids = [BOS] * self.begins + ids + [EOS] * self.ends
        return {"input_ids": ids}


def demonstration(output: str, instruction: str = "Say it.", input: str = "", id: str = "d1") -> Demonstration:
    return Demonstration(id, "instruction", instruction, input, output, "en", None, "file")


def encoded(
    tokenizer: Characters, *rows: Demonstration, cutoff: int = 10_000, policy: Any = "drop"
) -> tuple[list[Encoded], TooLong]:
    return encode(rows, cast(Any, tokenizer), ALPACA, cutoff, policy)


def text(tokens: tuple[int, ...]) -> str:
    return "".join(chr(token - 10) for token in tokens)


@given(instruction=st.text(max_size=9), input=st.text(max_size=9), output=st.text(max_size=9))
def test_a_demonstration_is_the_rendered_prompt_its_output_and_eos(instruction: str, input: str, output: str) -> None:
    (found,), _ = encoded(Characters(), demonstration(output, instruction, input))
    assert found.tokens[0] == BOS
    assert text(found.tokens[1 : found.completion_start]) == ALPACA.render(instruction, input)
    assert text(found.tokens[found.completion_start : -1]) == output
    assert found.tokens[-1] == EOS


def test_prompt_and_completion_are_tokenised_apart_and_only_the_prompt_with_special_tokens() -> None:
    tokenizer = Characters()
    encoded(tokenizer, demonstration("Hello."))
    assert tokenizer.seen == [(ALPACA.render("Say it.", ""), True), ("Hello.", False)]


def test_an_end_that_the_tokenizer_puts_after_the_prompt_is_taken_away() -> None:
    with_end, _ = encoded(Characters(ends=True), demonstration("Hello."))
    without, _ = encoded(Characters(ends=False), demonstration("Hello."))
    assert with_end == without


@pytest.mark.parametrize("begins", [True, False])
def test_a_beginning_is_there_only_if_the_tokenizer_puts_it(begins: bool) -> None:
    (found,), _ = encoded(Characters(begins=begins), demonstration("Hello."))
    assert found.tokens.count(BOS) == begins
    assert found.tokens.count(EOS) == 1


@pytest.mark.parametrize(("room", "kept"), [(-1, False), (0, True), (1, True)])
def test_a_demonstration_is_kept_whole_or_left_out_and_named(room: int, kept: bool) -> None:
    tokenizer, row = Characters(), demonstration("Hello.", id="long")
    (whole,), _ = encoded(tokenizer, row)
    found, too_long = encoded(tokenizer, row, cutoff=len(whole.tokens) + room)
    assert found == ([whole] if kept else [])
    assert too_long == TooLong(() if kept else ("long",))


def test_order_is_kept_and_only_what_is_too_long_is_left_out() -> None:
    rows = [demonstration("x" * n, id=f"d{n}") for n in (1, 90, 2, 80, 3)]
    limit = len(ALPACA.render("Say it.", "")) + 10
    found, too_long = encoded(Characters(), *rows, cutoff=limit)
    assert [d.id for d in found] == ["d1", "d2", "d3"]
    assert too_long == TooLong(("d90", "d80"))


def test_an_empty_output_teaches_to_stop() -> None:
    (found,), _ = encoded(Characters(), demonstration(""))
    assert found.tokens[found.completion_start :] == (EOS,)


@pytest.mark.parametrize("eos", [None, [2, 3], "</s>"])
def test_a_tokenizer_without_an_end_is_refused(eos: object) -> None:
    with pytest.raises(TrainingError, match="no end-of-sequence token"):
        encoded(Characters(eos_token_id=eos), demonstration("Hello."))


@given(output=st.text(max_size=30), room=st.integers(-5, 40))
def test_a_demonstration_that_is_cut_learns_its_beginning_and_no_end(output: str, room: int) -> None:
    prompt = len(ALPACA.render("Say it.", "")) + 1
    (whole,), _ = encoded(Characters(), demonstration(output))
    found, too_long = encoded(Characters(), demonstration(output), cutoff=prompt + room, policy="truncate")
    if len(whole.tokens) <= prompt + room:
        assert (found, too_long) == ([whole], TooLong())
    elif room <= 0:
        assert (found, too_long) == ([], TooLong(("d1",)))
    else:
        assert found[0].tokens == whole.tokens[: prompt + room]
        assert EOS not in found[0].tokens
        assert too_long == TooLong((), ("d1",))


def test_what_is_too_long_can_be_an_error_that_names_it() -> None:
    with pytest.raises(DataError, match=r"2 demonstrations are longer than the cutoff of 200 tokens \(d1, d2\); raise"):
        rows = [demonstration("x" * 300, id=id) for id in ("d1", "d2")]
        encoded(Characters(), *rows, demonstration("x", id="d3"), cutoff=200, policy="error")
