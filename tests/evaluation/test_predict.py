"""What is already answered survives a kill, and the batches never depend on it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossalpaca.decoding.requests import Request
from crossalpaca.evaluation.predict import batched, finished
from crossalpaca.records import Prediction, to_line, write_jsonl

PROMPTS = st.lists(st.text("ab", max_size=4), max_size=30)


def requests(prompts: list[str]) -> list[Request]:
    return [Request(f"r{n}", prompt, (), 4) for n, prompt in enumerate(prompts)]


@given(prompts=PROMPTS, size=st.integers(1, 8))
def test_every_request_is_in_one_batch_and_all_batches_but_the_last_are_full(prompts: list[str], size: int) -> None:
    batches = batched(requests(prompts), size)
    assert sorted(r.id for batch in batches for r in batch) == sorted(r.id for r in requests(prompts))
    assert all(len(batch) == size for batch in batches[:-1])
    assert all(0 < len(batch) <= size for batch in batches)


@given(prompts=PROMPTS, size=st.integers(1, 8), data=st.data())
def test_batches_do_not_depend_on_the_order_of_requests(prompts: list[str], size: int, data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(requests(prompts)))
    assert batched(shuffled, size) == batched(requests(prompts), size)


@given(prompts=PROMPTS, size=st.integers(1, 8))
def test_prompts_that_share_a_prefix_are_neighbours(prompts: list[str], size: int) -> None:
    assert [r.prompt for batch in batched(requests(prompts), size) for r in batch] == sorted(prompts)


def test_nothing_is_finished_where_there_is_no_file(tmp_path: Path) -> None:
    assert list(finished(tmp_path / "predictions.jsonl")) == []


@pytest.mark.parametrize("cut", [1, 2, 10, 60])
def test_a_last_line_that_was_cut_off_is_dropped_and_the_rest_kept(
    tmp_path: Path, make_prediction: Callable[..., Prediction], cut: int
) -> None:
    path, predictions = tmp_path / "predictions.jsonl", [make_prediction(f"Gr\u00fc\u00dfe {n}") for n in range(3)]
    write_jsonl(path, predictions)
    path.write_bytes(path.read_bytes()[:-cut])
    assert list(finished(path)) == predictions[:2]
    assert path.read_bytes() == "".join(map(to_line, predictions[:2])).encode()


def test_a_cut_within_a_character_loses_that_line_alone(
    tmp_path: Path, make_prediction: Callable[..., Prediction]
) -> None:
    path, whole = tmp_path / "predictions.jsonl", to_line(make_prediction("whole")).encode()
    path.write_bytes(whole + to_line(make_prediction("\u548c")).encode().split(b"\xe5")[0] + b"\xe5\x92")
    assert [prediction.completion for prediction in finished(path)] == ["whole"]


@pytest.mark.parametrize("character", ["\x85", "\u2028", "\u2029", "\x1c", "\x0b", "\r", "\n", "\u00a0"])
def test_answers_with_any_white_space_are_taken_up_again(
    tmp_path: Path, make_prediction: Callable[..., Prediction], character: str
) -> None:
    path, predictions = tmp_path / "predictions.jsonl", [make_prediction(f"one{character}two"), make_prediction("x")]
    write_jsonl(path, predictions)
    assert list(finished(path)) == predictions


def test_what_follows_a_broken_line_is_cut_off_and_answered_again(
    tmp_path: Path, make_prediction: Callable[..., Prediction]
) -> None:
    path, line = tmp_path / "predictions.jsonl", to_line(make_prediction("x"))
    path.write_text(line + "broken\n" + line, encoding="utf-8")
    assert len(finished(path)) == 1
    assert path.read_text(encoding="utf-8") == line
