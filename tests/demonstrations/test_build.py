"""Building a model's demonstrations: sampled, in two disjoint directions, and every row accounted for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from small_sources import (
    BAD_PAIRS,
    INSTRUCTIONS,
    PAIRS,
    Builder,
    bitext,
    dropped,
    instructions,
    moses,
    of,
    pair_of,
)

from crossalpaca.errors import DataError
from crossalpaca.languages import language
from crossalpaca.records import Demonstration, SourceFile
from crossalpaca.sources.files import source_file

# Translations


def test_directions_are_disjoint_and_counted(built: Builder, pairs_file: tuple[SourceFile]) -> None:
    demonstrations, report = built(bitext=[pairs_file], translations={"en-x": 40, "x-en": 60})
    to_german, to_english = of("en-x", demonstrations), of("x-en", demonstrations)
    assert (len(to_german), len(to_english)) == (40, 60)
    assert not set(map(pair_of, to_german)) & set(map(pair_of, to_english))
    assert report["translations"]["directions"] == {"en-x": 40, "x-en": 60}


def test_a_translation_reads_in_its_direction(built: Builder, pairs_file: tuple[SourceFile]) -> None:
    demonstrations, _ = built(bitext=[pairs_file], translations={"en-x": 40, "x-en": 40})
    assert all(pair_of(demonstration) in PAIRS for demonstration in demonstrations)
    wordings = language("de").translation
    assert {d.instruction for d in of("en-x", demonstrations)} == set(wordings["from_english_in_english"])
    assert {d.instruction for d in of("x-en", demonstrations)} == set(wordings["to_english_in_english"])
    assert {(d.kind, d.language, d.origin) for d in demonstrations} == {("translation", "de", "pairs")}


@pytest.mark.parametrize("more", [{"en-x": 21, "x-en": 20}, {"en-x": 70, "x-en": 30}, {"en-x": 20, "x-en": 80}])
def test_each_direction_is_a_prefix_of_itself_in_larger_samples(
    built: Builder, pairs_file: tuple[SourceFile], more: dict[str, int]
) -> None:
    small, _ = built(bitext=[pairs_file], translations={"en-x": 20, "x-en": 20})
    large, _ = built(bitext=[pairs_file], translations=more)
    for direction in more:
        assert of(direction, large)[:20] == of(direction, small)


def test_one_direction_alone_may_use_every_pair(built: Builder, pairs_file: tuple[SourceFile]) -> None:
    demonstrations, report = built(bitext=[pairs_file], translations={"x-en": len(PAIRS)})
    assert sorted(map(pair_of, demonstrations)) == sorted(PAIRS)
    assert report["translations"]["directions"] == {"x-en": len(PAIRS)}


@pytest.mark.parametrize("counts", [{"en-x": 0, "x-en": 5}, {"en-x": 5, "x-en": 0}])
def test_a_direction_of_which_none_are_asked_is_as_good_as_not_named(
    built: Builder, pairs_file: tuple[SourceFile], counts: dict[str, int]
) -> None:
    named, _ = built(bitext=[pairs_file], translations=counts)
    assert named == built(bitext=[pairs_file], translations={d: n for d, n in counts.items() if n})[0]


def texts(demonstrations: Sequence[Demonstration]) -> list[tuple[str, str, str]]:
    return [(d.instruction, d.input, d.output) for d in demonstrations]


def test_the_sample_does_not_depend_on_order_or_on_files(built: Builder, tmp_path: Path) -> None:
    counts = {"en-x": 30, "x-en": 30}
    whole, _ = built(bitext=[bitext(tmp_path / "whole.jsonl", PAIRS)], translations=counts)
    backwards, _ = built(bitext=[bitext(tmp_path / "back.jsonl", PAIRS[::-1])], translations=counts)
    first, second = bitext(tmp_path / "first.jsonl", PAIRS[:70]), moses(tmp_path, "second", PAIRS[70:])
    split, _ = built(bitext=[second, first], translations=counts)
    assert texts(whole) == texts(backwards) == texts(split)


def test_the_seed_changes_the_sample(built: Builder, pairs_file: tuple[SourceFile]) -> None:
    counts = {"en-x": 30, "x-en": 30}
    one, _ = built(bitext=[pairs_file], translations=counts, seed=1)
    two, _ = built(bitext=[pairs_file], translations=counts, seed=2)
    assert set(map(pair_of, one)) != set(map(pair_of, two))


def test_pairs_that_come_twice_serve_once(built: Builder, tmp_path: Path) -> None:
    same = [(f" {english}\u200b", german.replace("ä", "a\u0308")) for english, german in PAIRS[:50]]
    file = bitext(tmp_path / "twice.jsonl", PAIRS[:50] + same)
    demonstrations, report = built(bitext=[file], translations={"en-x": 50})
    assert sorted(map(pair_of, demonstrations)) == sorted(PAIRS[:50])
    assert dropped(report["translations"]) == {"duplicate": 50}


def test_ids_are_unique_even_where_two_corpora_have_one_file_name(built: Builder, tmp_path: Path) -> None:
    files = [bitext(tmp_path / "one/train.jsonl", PAIRS[:50]), bitext(tmp_path / "two/train.jsonl", PAIRS[50:100])]
    demonstrations, _ = built(bitext=files, translations={"en-x": 100})
    assert len({demonstration.id for demonstration in demonstrations}) == 100
    assert built(bitext=files[::-1], translations={"en-x": 100})[0] == demonstrations


def test_too_few_pairs_are_an_error_that_counts_what_each_filter_dropped(built: Builder, tmp_path: Path) -> None:
    file = bitext(tmp_path / "few.jsonl", PAIRS[:3] + BAD_PAIRS + BAD_PAIRS[:1] + PAIRS[:1])
    with pytest.raises(DataError) as raised:
        built(bitext=[file], translations={"en-x": 100, "x-en": 100})
    message = str(raised.value)
    for count in ("2 empty", "1 identical", "1 short", "1 long", "1 length-ratio", "1 duplicate", "100 are asked"):
        assert count in message
    assert "few.jsonl" in message
    assert "10 pairs read" in message
    assert "\n" not in message


def test_enough_pairs_for_one_direction_do_not_hide_too_few_for_the_other(
    built: Builder, pairs_file: tuple[SourceFile]
) -> None:
    with pytest.raises(DataError, match="x-en"):
        built(bitext=[pairs_file], translations={"en-x": 1, "x-en": 150})


def test_no_bitext_at_all_is_an_error(built: Builder) -> None:
    with pytest.raises(DataError, match="0 usable sentence pairs"):
        built(bitext=(), translations={"en-x": 1})


# Instructions


def test_all_instructions_are_kept_where_no_count_is_given(built: Builder, instructions_file: SourceFile) -> None:
    demonstrations, report = built(instructions=instructions_file)
    assert sorted(d.id for d in demonstrations) == sorted(f"instructions.json:{n}" for n in range(1, 61))
    assert report["instructions"]["kept"] == report["instructions"]["read"] == 60
    assert {(d.kind, d.direction, d.language) for d in demonstrations} == {("instruction", None, "de")}


def test_two_models_with_the_same_seed_share_their_instructions(
    built: Builder, instructions_file: SourceFile, pairs_file: tuple[SourceFile]
) -> None:
    one, _ = built(instructions=instructions_file, instruction_count=25)
    counts = {"en-x": 10, "x-en": 10}
    two, _ = built(instructions=instructions_file, instruction_count=25, bitext=[pairs_file], translations=counts)
    assert len(one) == 25
    assert of(None, two) == one


def test_fewer_instructions_are_a_prefix_of_more(built: Builder, instructions_file: SourceFile) -> None:
    small, _ = built(instructions=instructions_file, instruction_count=10)
    large, _ = built(instructions=instructions_file, instruction_count=30)
    assert large[:10] == small


def test_too_few_instructions_are_an_error_that_counts_what_was_dropped(built: Builder, tmp_path: Path) -> None:
    rows = [*INSTRUCTIONS[:4], INSTRUCTIONS[0], {"instruction": "Sag nichts.", "input": "", "output": "  "}]
    file = instructions(tmp_path / "few.json", rows)
    with pytest.raises(DataError) as raised:
        built(instructions=file, instruction_count=5)
    message = str(raised.value)
    assert "few.json" in message
    assert all(part in message for part in ("has 4 usable", "5 are asked", "1 empty", "1 duplicate"))


def test_instructions_come_before_translations(
    built: Builder, instructions_file: SourceFile, pairs_file: tuple[SourceFile]
) -> None:
    demonstrations, _ = built(instructions=instructions_file, bitext=[pairs_file], translations={"en-x": 5, "x-en": 5})
    assert [d.direction for d in demonstrations] == [None] * 60 + ["en-x"] * 5 + ["x-en"] * 5
    assert len({d.id for d in demonstrations}) == 70


# Accounting


@pytest.mark.parametrize("wanted", [{"en-x": 1}, {"en-x": 10, "x-en": 3}, {"en-x": 60, "x-en": 60}])
def test_the_report_adds_up_for_translations(built: Builder, tmp_path: Path, wanted: dict[str, int]) -> None:
    file = bitext(tmp_path / "mixed.jsonl", PAIRS + BAD_PAIRS * 3)
    part = built(bitext=[file], translations=wanted)[1]["translations"]
    assert part["read"] == len(PAIRS) + 3 * len(BAD_PAIRS)
    assert part["kept"] == sum(wanted.values())
    assert dropped(part) == {"empty": 3, "identical": 3, "short": 3, "long": 3, "length-ratio": 3}
    assert part["not_sampled"] == len(PAIRS) - sum(wanted.values())
    assert part["read"] == part["kept"] + sum(dropped(part).values()) + part["not_sampled"]


@pytest.mark.parametrize("count", [0, 7, 60, None])
def test_the_report_adds_up_for_instructions(built: Builder, tmp_path: Path, count: int | None) -> None:
    empty = [{"instruction": " ", "input": "", "output": "x"}, {"instruction": "x", "input": "", "output": ""}]
    file = instructions(tmp_path / "mixed.json", INSTRUCTIONS + empty)
    part = built(instructions=file, instruction_count=count)[1]["instructions"]
    kept = 60 if count is None else count
    assert (part["read"], part["kept"], part["not_sampled"]) == (62, kept, 60 - kept)
    assert dropped(part) == {"empty": 2}


def test_the_report_shows_at_most_three_examples_of_each_drop(built: Builder, tmp_path: Path) -> None:
    file = bitext(tmp_path / "mixed.jsonl", PAIRS + BAD_PAIRS * 5)
    part = built(bitext=[file], translations={"en-x": 1})[1]["translations"]
    for drop in part["dropped"].values():
        assert drop["count"] == 5
        assert len(drop["examples"]) == 3
        assert all(len(example) <= 200 for example in drop["examples"])


def test_no_file_is_read_for_what_is_not_asked(built: Builder) -> None:
    demonstrations, report = built()
    assert demonstrations == []
    assert set(report) == {"language", "seed", "mixture"}


def test_real_bitext_gives_what_is_asked(built: Builder, data_folder: Path) -> None:
    names = ("parallel/de-en/newstest2019.en.gz", "parallel/de-en/newstest2019.de.gz")
    files = tuple(source_file(data_folder / name) for name in names)
    demonstrations, report = built(bitext=[files], translations={"en-x": 300, "x-en": 300})
    part = report["translations"]
    assert len({pair_of(d) for d in demonstrations}) == len({d.id for d in demonstrations}) == 600
    assert part["read"] == part["kept"] + sum(dropped(part).values()) + part["not_sampled"]
