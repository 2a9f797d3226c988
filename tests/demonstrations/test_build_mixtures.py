"""What is built with wordings, controls, shares and a leak check."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_sources import INSTRUCTIONS, PAIRS, Builder, bitext, dropped, instructions, of, pair_of

from crossalpaca.demonstrations.build import DEMONSTRATIONS, build
from crossalpaca.errors import DataError
from crossalpaca.languages import language
from crossalpaca.records import Demonstration, SourceFile, StepRun, read_jsonl
from crossalpaca.sources.files import source_file

CONTROLLED = {"en-x": 30, "x-en": 30}


@pytest.mark.parametrize("wording", ["english", "source", "target", "mixed"])
def test_the_wording_changes_the_instruction_alone(built: Builder, pairs_file: tuple[SourceFile], wording: str) -> None:
    usual, _ = built(bitext=[pairs_file], translations=CONTROLLED)
    worded, report = built(bitext=[pairs_file], translations=CONTROLLED, wording=wording)
    assert [(d.id, d.input, d.output) for d in worded] == [(d.id, d.input, d.output) for d in usual]
    assert report["mixture"]["wording"] == wording
    german = language("de").translation
    asked = {d.instruction for d in of("en-x", worded)}
    assert bool(asked & set(german["from_english"])) == (wording in ("target", "mixed"))
    assert bool(asked & set(german["from_english_in_english"])) == (wording != "target")


def test_shares_are_of_the_instructions_that_are_kept(
    built: Builder, pairs_file: tuple[SourceFile], tmp_path: Path
) -> None:
    file = instructions(tmp_path / "twice.json", INSTRUCTIONS + INSTRUCTIONS[:10])
    demonstrations, report = built(instructions=file, bitext=[pairs_file], translations={"en-x": "50%", "x-en": "25%"})
    assert report["mixture"]["translations"] == {"en-x": 30, "x-en": 15}
    assert len(demonstrations) == report["mixture"]["demonstrations"] == 105


def test_the_mis_paired_control_has_the_same_texts_and_no_right_pair(
    built: Builder, instructions_file: SourceFile, pairs_file: tuple[SourceFile]
) -> None:
    given_ones = {"instructions": instructions_file, "bitext": [pairs_file], "translations": CONTROLLED}
    cross, _ = built(**given_ones)
    control, report = built(**given_ones, control="mis-paired")
    assert report["mixture"] | {"control": None} == {**built(**given_ones)[1]["mixture"]}
    assert of(None, control) == of(None, cross)
    for direction in ("en-x", "x-en"):
        right, wrong = of(direction, cross), of(direction, control)
        assert [d.id for d in wrong] == [f"{d.id}:mis-paired" for d in right]
        assert [d.input for d in wrong] == [d.input for d in right]
        assert sorted(d.output for d in wrong) == sorted(d.output for d in right)
        assert not set(map(pair_of, wrong)) & set(PAIRS)


def test_the_repeated_control_is_as_large_as_its_model_and_reads_no_bitext(
    built: Builder, instructions_file: SourceFile
) -> None:
    once, _ = built(instructions=instructions_file)
    control, report = built(
        instructions=instructions_file, translations={"en-x": 50, "x-en": "40%"}, control="repeated"
    )
    assert len(control) == len({d.id for d in control}) == 60 + 50 + 24
    assert control[:60] == once
    assert [d.id for d in control[60:]] == [f"{d.id}#2" for d in once] + [f"{d.id}#3" for d in once[:14]]
    assert (report["mixture"]["translations"], report["mixture"]["control"]) == ({}, "repeated")


@given(few=st.integers(0, 20), more=st.integers(0, 20), seed=st.integers(0, 5), backwards=st.booleans())
@settings(max_examples=12)
def test_what_is_built_nests_and_does_not_depend_on_the_order_of_sources(
    tmp_path_factory: pytest.TempPathFactory, few: int, more: int, seed: int, backwards: bool
) -> None:
    folder = tmp_path_factory.mktemp("laws")
    files = [bitext(folder / f"{n}.jsonl", PAIRS[n::3]) for n in range(3)]
    small = sample(folder, files, {"en-x": few, "x-en": few}, seed)
    large = sample(folder, files[::-1] if backwards else files, {"en-x": few + more, "x-en": few + more}, seed)
    for direction in ("en-x", "x-en"):
        assert of(direction, large)[:few] == of(direction, small)
        assert (len(of(direction, small)), len(of(direction, large))) == (few, few + more)
    assert not {pair_of(d) for d in of("en-x", large)} & {pair_of(d) for d in of("x-en", large)}


def sample(folder: Path, files: Sequence[tuple[SourceFile]], counts: dict[str, int], seed: int) -> list[Demonstration]:
    arguments = {"language": "de", "seed": seed, "instructions": None, "instruction_count": None}
    arguments |= {"bitext": files, "translations": counts}
    build(StepRun(arguments, {}, folder, folder, lambda *told, **shown: None, logging.getLogger("test")))
    return list(read_jsonl(folder / DEMONSTRATIONS, Demonstration))


@pytest.fixture
def benchmark(tmp_path: Path) -> list[dict[str, Any]]:
    """Own questions that hold every third pair's German and every fifth instruction."""
    texts = [german for _, german in PAIRS[::3]] + [row["instruction"] for row in INSTRUCTIONS[::5]]
    rows = [
        {"id": f"q{n}", "context": "Kein Text.", "question": text, "answers": ["Kein"]} for n, text in enumerate(texts)
    ]
    path = tmp_path / "own.de.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return [{"benchmark": "squad", "language": "de", "files": [source_file(path)]}]


def test_what_leaks_is_replaced_and_counted(
    built: Builder, pairs_file: tuple[SourceFile], instructions_file: SourceFile, benchmark: list[dict[str, Any]]
) -> None:
    given_ones = {"bitext": [pairs_file], "translations": CONTROLLED}
    clean, report = built(**given_ones, against=benchmark)
    assert report["mixture"]["translations"] == CONTROLLED
    assert not {german for _, german in map(pair_of, clean)} & {german for _, german in PAIRS[::3]}
    leaks = dropped(report["translations"])["leak"]
    assert leaks == report["leaks"]["demonstrations"] > 0
    assert report["translations"]["kept"] + leaks + report["translations"]["not_sampled"] == len(PAIRS)
    usual, _ = built(**given_ones)
    for direction in ("en-x", "x-en"):
        kept = [d for d in of(direction, usual) if pair_of(d) in set(map(pair_of, clean))]
        assert of(direction, clean)[: len(kept)] == kept
    instructed, report = built(instructions=instructions_file, against=benchmark)
    assert (len(instructed), dropped(report["instructions"])) == (48, {"leak": 12})


def test_what_leaks_is_kept_where_it_is_only_to_be_reported(
    built: Builder, pairs_file: tuple[SourceFile], benchmark: list[dict[str, Any]]
) -> None:
    given_ones = {"bitext": [pairs_file], "translations": CONTROLLED}
    reported, report = built(**given_ones, against=benchmark, leaks="report")
    assert reported == built(**given_ones)[0]
    assert report["leaks"]["policy"] == "report"
    held = {german for _, german in PAIRS[::3]}
    assert report["leaks"]["demonstrations"] == sum(pair_of(d)[1] in held for d in reported)
    assert "leak" not in dropped(report["translations"])


def test_more_leaks_than_the_reserve_holds_are_replaced_too(built: Builder, tmp_path: Path) -> None:
    many = [
        (f"The ship number {n} leaves at night.", f"Das Schiff Nummer {n} fährt in der Nacht ab.") for n in range(900)
    ]
    rows = [
        {"id": f"q{n}", "context": "Kein Text.", "question": x, "answers": ["Kein"]} for n, (_, x) in enumerate(many)
    ]
    path = tmp_path / "own.de.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    against = [{"benchmark": "squad", "language": "de", "files": [source_file(path)]}]
    files = [bitext(tmp_path / "pairs.jsonl", PAIRS + many)]
    clean, report = built(bitext=files, translations={"en-x": 150}, against=against)
    assert {pair_of(d) for d in clean} <= set(PAIRS)
    assert len(clean) == 150
    assert report["leaks"]["demonstrations"] == dropped(report["translations"])["leak"]


def test_flores_is_refused_by_its_name(built: Builder, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is FLORES"):
        built(bitext=[bitext(tmp_path / "flores200.dev.jsonl", PAIRS)], translations={"en-x": 1})
