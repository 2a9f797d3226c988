"""Where a difference shows, from strict to lenient; numbers with and without the items that fail the audit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import reports
from crossalpaca.evaluation.metrics import METRICS
from crossalpaca.report.ladder import RUNGS, Move, Rung, kept_and_dropped, ladder, ladder_table, moves, reading
from crossalpaca.report.table import LABELS, Finding, comparison_rows

Found = Sequence[tuple[Rung, Finding]]
Tokens = tuple[float, float]

FINDINGS: tuple[Finding, ...] = ("better", "worse", "no difference shown", "interval without width")
MIRRORED: dict[Finding, Finding] = {"better": "worse", "worse": "better"}
RUNG_NAMES: tuple[Rung, ...] = ("strict", "lenient", "likelihood")

steps = st.lists(st.tuples(st.sampled_from(RUNG_NAMES), st.sampled_from(FINDINGS)), max_size=8)
lengths = st.floats(0, 500)
tokens = st.tuples(lengths, lengths)


def moving(rung: Rung, move: Move | None) -> list[tuple[Rung, Finding]]:
    """Two steps of a rung that move so; none where it is not measured."""
    said: dict[Move, tuple[Finding, Finding]] = {
        "gain": ("no difference shown", "better"),
        "loss": ("worse", "interval without width"),
        "both": ("better", "worse"),
        "none": ("no difference shown", "interval without width"),
    }
    return [(rung, finding) for finding in said[move]] if move else []


def test_every_metric_is_on_a_rung_but_the_language_of_the_answer() -> None:
    assert set(METRICS) - set(RUNGS) == {"off_target_language"}
    assert set(RUNGS) <= set(LABELS)


@pytest.mark.parametrize(
    ("found", "lengths", "expected"),
    [
        ([], (1.0, 9.0), "no step was measured"),
        (moving("strict", "none") + moving("lenient", "none"), (5.0, 50.0), "no step shows a difference"),
        ([(rung, "better") for rung in RUNG_NAMES], (5.0, 50.0), "gain on every step"),
        ([(rung, "worse") for rung in RUNG_NAMES], (1.0, 9.0), "loss on every step"),
        (moving("strict", "gain"), (1.0, 9.0), "gain on strict steps, though not on each of them"),
        (
            [step for rung in RUNG_NAMES for step in moving(rung, "loss")],
            (5.0, 50.0),
            "loss on strict, lenient and likelihood steps, though not on each of them",
        ),
        (
            moving("strict", "gain") + moving("lenient", "none"),
            (12.5, 113.0),
            "gain on strict steps; none shown on lenient steps; "
            "shorter answers alone could do this: 12.5 tokens on average against 113.0",
        ),
        (
            moving("strict", "gain") + moving("lenient", "none") + moving("likelihood", "gain"),
            (12.5, 12.0),
            "gain on strict and likelihood steps; none shown on lenient steps; "
            "the answers are not shorter: 12.5 tokens on average against 12.0",
        ),
        (
            moving("lenient", "gain") + moving("strict", "none"),
            (9.0, 1.0),
            "gain on lenient steps; none shown on strict steps; "
            "longer answers alone could do this: 9.0 tokens on average against 1.0",
        ),
        (
            moving("strict", "both") + moving("lenient", "loss"),
            (1.0, 9.0),
            "loss on lenient steps; gains and losses among strict steps",
        ),
        (
            moving("likelihood", "gain") + moving("strict", "none") + moving("lenient", "none"),
            (1.0, 9.0),
            "gain on likelihood steps; none shown on strict and lenient steps",
        ),
    ],
)
def test_findings_in_words(found: Found, lengths: Tokens, expected: str) -> None:
    assert reading(found, lengths) == expected


SHORTER, LONGER = "shorter", "longer"
TILTS: dict[tuple[Move, Move], str] = {  # strict, lenient: what length alone would bring it
    ("gain", "none"): SHORTER,
    ("gain", "loss"): SHORTER,
    ("none", "loss"): SHORTER,
    ("loss", "none"): LONGER,
    ("loss", "gain"): LONGER,
    ("none", "gain"): LONGER,
}
MOVES: tuple[Move | None, ...] = ("gain", "loss", "both", "none", None)


@pytest.mark.parametrize(("strict", "lenient", "likelihood"), list(product(MOVES, repeat=3)))
def test_length_is_spoken_of_where_strict_and_lenient_steps_part(
    strict: Move | None, lenient: Move | None, likelihood: Move | None
) -> None:
    """The whole truth table: every combination of moves, and of lengths."""
    found = moving("strict", strict) + moving("lenient", lenient) + moving("likelihood", likelihood)
    tilt = TILTS.get((strict, lenient)) if strict and lenient else None
    for name, both in {SHORTER: (5.0, 50.0), LONGER: (50.0, 5.0), "alike": (50.0, 46.0)}.items():
        said = reading(found, both)
        assert ("alone could do this" in said) == (tilt is not None and name == tilt)
        assert ("the answers are not" in said) == (tilt is not None and name != tilt)
        if tilt:
            assert tilt in said
    expected = {"strict": strict, "lenient": lenient, "likelihood": likelihood}
    assert moves(found) == {rung: move for rung, move in expected.items() if move}


@given(steps, tokens, st.randoms())
def test_a_reading_is_one_line_and_independent_of_order(found: Found, both: Tokens, drawn: Any) -> None:
    said = reading(found, both)
    assert said
    assert len(said.splitlines()) == 1
    shuffled = list(found)
    drawn.shuffle(shuffled)
    assert reading(shuffled, both) == said


@given(steps, tokens)
def test_an_interval_without_width_says_nothing(found: Found, both: Tokens) -> None:
    without: Found = [
        (rung, "no difference shown" if finding == "interval without width" else finding) for rung, finding in found
    ]
    assert reading(without, both) == reading(found, both)


def mirrored(said: str) -> set[str]:
    """The clauses of a reading as they must be with model and baseline the other way round."""
    other = {"gain": "loss", "loss": "gain", "shorter": "longer", "longer": "shorter"}
    swapped = re.sub(r"\b(gain|loss|shorter|longer)\b", lambda found: other[found[0]], said)
    return set(
        re.sub(r"([\d.]+) tokens on average against ([\d.]+)", r"\2 tokens on average against \1", swapped).split("; ")
    )


@given(steps, tokens)
def test_a_reading_turns_round_with_the_pair(found: Found, both: Tokens) -> None:
    back: Found = [(rung, MIRRORED.get(finding, finding)) for rung, finding in found]
    assert set(reading(back, both and both[::-1]).split("; ")) == mirrored(reading(found, both))


PAIRS = [("de-CrossAlpaca", "de-Alpaca"), ("de-Alpaca", "base")]


@pytest.fixture
def made() -> dict[str, Any]:
    return reports.report(reports.alpacas(["de", "es"]), languages=["de", "es"], compare=PAIRS)


def test_a_ladder_has_a_row_a_comparison_and_its_steps_in_order(made: dict[str, Any]) -> None:
    rows = ladder(made)
    compared = comparison_rows(made)
    assert [(row.model, row.baseline, row.benchmark, row.language, row.n) for row in rows] == [
        (row.model, row.baseline, row.benchmark, row.language, row.n) for row in compared
    ]
    assert rows
    for row, comparison in zip(rows, compared, strict=True):
        assert {step.metric: step.change for step in row.steps} == dict(comparison.changes)
        assert [step.metric for step in row.steps] == [metric for metric in LABELS if metric in comparison.changes]
        assert row.finding == reading([(step.rung, step.change.finding) for step in row.steps], row.tokens)
    (table,) = ladder_table(made)
    assert [cells[-1] for cells in table.rows] == [row.finding for row in rows]


def test_lengths_are_those_of_the_answers_to_the_same_questions(made: dict[str, Any]) -> None:
    before = {(row.model, row.benchmark, row.language): row.tokens for row in ladder(made)}
    place = made["models"]["de-CrossAlpaca"]["behaviour"]["places"][0]
    place["mean_completion_tokens"] = 5.25
    after = {(row.model, row.benchmark, row.language): row.tokens for row in ladder(made)}
    where = ("de-CrossAlpaca", place["benchmark"], place["language"])
    assert after == before | {where: (5.25, 12.5)}


def test_the_language_of_answers_is_no_step(made: dict[str, Any]) -> None:
    entry = next(d for d in made["differences"] if d["items"] == "all")
    made["differences"] = [entry | {"metric": "off_target_language"}]
    (row,) = ladder(made)
    assert (row.steps, row.moves, row.finding) == ((), {}, "no step was measured")


def test_without_pairs_there_is_no_ladder() -> None:
    made = reports.report(reports.alpacas(["de"]), languages=["de"])
    assert ladder(made) == []
    assert ladder_table(made) == []


def test_every_number_is_given_with_and_without(made: dict[str, Any]) -> None:
    both = kept_and_dropped(made)
    shown = {
        (row.model, row.baseline, row.benchmark, row.task, row.language, row.metric, items): (
            measured.value,
            list(measured.interval),
            measured.n,
        )
        for row in both
        for items, measured in (("all", row.kept), ("sound", row.dropped))
        if measured
    }
    assert shown == {
        (
            e["model"],
            e.get("baseline", ""),
            *(e[key] for key in ("benchmark", "task", "language", "metric", "items")),
        ): (
            e["value"],
            e["interval"],
            e["n"],
        )
        for e in [*made["scores"], *made["differences"]]
    }
    assert {row.left_out for row in both} == {10}
    assert {row.kept.finding is None for row in both if row.baseline} == {False}
    assert {row.kept.finding is None for row in both if not row.baseline} == {True}


def test_the_change_is_what_leaving_out_does_to_a_number(made: dict[str, Any]) -> None:
    sound = next(d for d in made["differences"] if d["items"] == "sound" and d["metric"] == "contains")
    sound |= {"value": 0.5, "interval": [0.4, 0.6]}
    place = {key: sound[key] for key in ("model", "baseline", "benchmark", "task", "language", "metric")}
    whole = next(d for d in made["differences"] if d.items() >= place.items() and d["items"] == "all")
    whole |= {"value": 0.01, "interval": [-0.1, 0.1]}
    (row,) = [row for row in kept_and_dropped(made) if all(getattr(row, key) == value for key, value in place.items())]
    assert row.change == pytest.approx(0.49)
    assert row.dropped is not None
    assert (row.kept.finding, row.dropped.finding) == ("no difference shown", "better")


def test_where_no_item_is_sound_there_is_no_second_number(made: dict[str, Any]) -> None:
    made["scores"] = [score for score in made["scores"] if score["items"] == "all"]
    made["differences"] = []
    assert {(row.dropped, row.change, row.left_out) for row in kept_and_dropped(made)} == {(None, None, 240)}
