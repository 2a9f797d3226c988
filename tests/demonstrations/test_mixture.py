"""Counts, shares and the two controls: exact, by seed, and never a right translation where none should be."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossalpaca.demonstrations.mixture import counts, mis_paired, repeated
from crossalpaca.demonstrations.ngrams import tokens
from crossalpaca.errors import DataError, InputError
from crossalpaca.records import Demonstration

SHARES = st.decimals(0, 500, places=2).map(lambda share: f"{share}%")


def instruction(number: int) -> Demonstration:
    return Demonstration(f"a:{number}", "instruction", f"Do {number}.", "", f"Done {number}.", "de", None, "a")


def translation(number: int, source: str, target: str) -> Demonstration:
    return Demonstration(f"c:{number}:en-x", "translation", "Translate.", source, target, "de", "en-x", "c")


@pytest.mark.parametrize(
    ("asked", "instructions", "expected"),
    [
        ({"en-x": 5, "x-en": 7}, 0, {"en-x": 5, "x-en": 7}),
        ({"x-en": 7, "en-x": 0}, 100, {"x-en": 7}),
        ({"en-x": "40%", "x-en": "12.5%"}, 1000, {"en-x": 400, "x-en": 125}),
        ({"en-x": "33.3%"}, 10, {"en-x": 3}),
        ({"en-x": "29%"}, 100, {"en-x": 29}),  # 0.29 * 100 is less than 29 in floating point
        ({"en-x": "200%", "x-en": 1}, 3, {"en-x": 6, "x-en": 1}),
        ({"en-x": "40%"}, 0, {}),
        ({}, 10, {}),
    ],
)
def test_a_share_is_that_of_the_instruction_demonstrations_rounded_down(
    asked: dict[str, int | str], instructions: int, expected: dict[str, int]
) -> None:
    assert counts(asked, instructions) == expected


@given(share=SHARES, few=st.integers(0, 10**6), more=st.integers(0, 10**6))
def test_a_share_of_more_is_never_less(share: str, few: int, more: int) -> None:
    assert counts({"en-x": share}, few).get("en-x", 0) <= counts({"en-x": share}, few + more).get("en-x", 0)


@pytest.mark.parametrize("asked", ["40", "%", "-4%", "4,5%", "1e3%", "nan%", "٤%x", ""])
def test_what_is_no_share_is_refused(asked: str) -> None:
    with pytest.raises(InputError, match="write a number, or a share"):
        counts({"en-x": asked}, 10)


# Repeated instructions


@given(size=st.integers(1, 20), total=st.integers(0, 90))
def test_repeated_instructions_are_whole_passes_and_the_first_part_of_another(size: int, total: int) -> None:
    given_ones = [instruction(number) for number in range(size)]
    made = repeated(given_ones, total)
    assert len(made) == len({each.id for each in made}) == total
    assert [(each.instruction, each.output) for each in made] == [
        (f"Do {number % size}.", f"Done {number % size}.") for number in range(total)
    ]
    assert made[:size] == given_ones[:total]
    assert all(each.id == f"{given_ones[n % size].id}#{n // size + 1}" for n, each in enumerate(made) if n >= size)


@given(size=st.integers(1, 20), few=st.integers(0, 60), more=st.integers(0, 60))
def test_fewer_repeated_instructions_are_a_prefix_of_more(size: int, few: int, more: int) -> None:
    given_ones = [instruction(number) for number in range(size)]
    assert repeated(given_ones, few + more)[:few] == repeated(given_ones, few)


def test_nothing_cannot_be_repeated() -> None:
    assert repeated([], 0) == []
    with pytest.raises(DataError, match="no instruction demonstrations to repeat"):
        repeated([], 3)


# Mis-paired translations


@st.composite
def translations(draw: st.DrawFn) -> list[Demonstration]:
    """Twenty or more pairs of distinct texts, and some that share a source or a target with another."""
    size = draw(st.integers(20, 80))
    lengths = draw(st.lists(st.integers(1, 12), min_size=size, max_size=size))
    made = [translation(n, f"source {n}", " ".join([f"target {n}"] * length)) for n, length in enumerate(lengths)]
    shared = draw(st.lists(st.tuples(st.integers(0, size - 1), st.sampled_from(["source", "target"])), max_size=6))
    for number, (other, side) in enumerate(shared, start=size):
        source = made[other].input if side == "source" else f"source {number}"
        target = made[other].output if side == "target" else f"target {number}"
        made.append(translation(number, source, target))
    return made


@given(right=translations(), seed=st.integers(0, 1000))
def test_no_source_keeps_a_target_that_is_known_to_be_right(right: list[Demonstration], seed: int) -> None:
    wrong = mis_paired(right, seed)
    known = {(each.input, each.output) for each in right}
    assert not known & {(each.input, each.output) for each in wrong}


@given(right=translations(), seed=st.integers(0, 1000))
def test_mis_pairing_moves_targets_and_nothing_else(right: list[Demonstration], seed: int) -> None:
    wrong = mis_paired(right, seed)
    assert Counter(each.output for each in wrong) == Counter(each.output for each in right)
    assert [each.id for each in wrong] == [f"{each.id}:mis-paired" for each in right]
    assert [(d.input, d.instruction, d.direction) for d in wrong] == [
        (d.input, d.instruction, d.direction) for d in right
    ]


@given(right=translations(), seed=st.integers(0, 1000))
def test_mis_pairing_is_fixed_by_its_seed(right: list[Demonstration], seed: int) -> None:
    assert mis_paired(right, seed) == mis_paired(list(right), seed)


def test_seeds_mis_pair_in_different_ways() -> None:
    right = [translation(n, f"source {n}", f"target {n}") for n in range(100)]
    assert mis_paired(right, 1) != mis_paired(right, 2)


def test_a_target_goes_to_a_source_whose_own_was_of_about_the_same_length() -> None:
    right = [translation(n, f"source {n}", "x" * (n + 20) + f" {n}") for n in range(400)]
    for own, other in zip(right, mis_paired(right, 42), strict=True):
        assert abs(len(own.output) - len(other.output)) <= 40


def test_equal_words_are_right_whatever_their_punctuation() -> None:
    right = [translation(n, f"source {n}", "Danke!" if n % 2 else "danke.") for n in range(10)]
    right += [translation(n, f"source {n}", f"Bitte {n}.") for n in range(10, 40)]
    for each in mis_paired(right, 42)[:10]:
        assert tokens(each.output) != ["danke"]


@pytest.mark.parametrize("targets", [["a"], ["a", "a", "b"], ["a"] * 20])
def test_what_has_mostly_one_target_cannot_be_mis_paired(targets: list[str]) -> None:
    with pytest.raises(DataError, match="cannot be mis-paired"):
        mis_paired([translation(n, f"source {n}", target) for n, target in enumerate(targets)], 42)


def test_no_translations_are_mis_paired_to_none() -> None:
    assert mis_paired([], 42) == []
