"""Grids: which cells a file has, how they differ, and what they share."""

from __future__ import annotations

import copy
import itertools
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from crossalpaca.experiment import Experiment
from crossalpaca.experiment_files import shipped
from crossalpaca.grid import Grid
from grids import BACKBONE, LANGUAGES, ONE, changed, grid, keys, steps, titles

# Cells


@given(
    languages=st.lists(st.sampled_from(["de", "es", "it", "zh-Hans"]), min_size=1, max_size=3, unique=True),
    backbones=st.lists(st.sampled_from(["a/one", "a/two", "b/three"]), min_size=1, max_size=2, unique=True),
    seeds=st.lists(st.integers(0, 99), min_size=1, max_size=3, unique=True),
)
def test_cells_are_languages_by_backbones_by_seeds_in_their_order(
    languages: list[str], backbones: list[str], seeds: list[int]
) -> None:
    text = ONE.replace("language: de", f"languages: {languages}\nseeds: {seeds}")
    text = text.replace(BACKBONE, f"backbones: {backbones}").replace("languages: [de, en]", 'languages: ["{language}"]')
    for name in ("Alpaca", "Cross"):
        text = text.replace(f"  {name}:", f'  "{{backbone}}-{{language}}-{name}":')
    text = text.replace("  base:", '  "{backbone}":')
    text = text.replace("[Cross, Alpaca]", '["{backbone}-{language}-Cross", "{backbone}"]')
    made = Grid.parse(text)
    cells = [(cell.language, cell.backbone.id, cell.seed) for cell in made.cells]
    assert cells == list(itertools.product(languages, backbones, seeds))
    assert (made.languages, [each.id for each in made.backbones], made.seeds) == (languages, backbones, seeds)
    for cell in made.cells:
        short = cell.backbone.id.rpartition("/")[2]
        assert list(cell.models) == [short, f"{short}-{cell.language}-Alpaca", f"{short}-{cell.language}-Cross"]
        assert cell.compare == ((f"{short}-{cell.language}-Cross", short),)


@pytest.mark.parametrize(
    "change",
    [
        ("name: mine", "name: mine"),
        ("language: de", "language: zh\nseed: 3"),
        ("[de, en]", "[de]"),
        ("  batch: 4", "  batch: 4\n  epochs: 2"),
        ('"40%"', "0"),
        (BACKBONE, "backbone: {id: owner/model, revision: abc}"),
        ("  base: {}", "  base: {}\n  Longer: {instructions: 10, translations: {en-x: 9}, control: repeated}"),
        ("evaluation:", "probing: {files: [f.en, f.de], translations: 3}\nevaluation:\n  seed: 9"),
    ],
)
def test_a_file_without_dimensions_is_the_experiment_that_it_is_alone(change: tuple[str, str]) -> None:
    text = changed(change, text=ONE)
    made, (alone, found) = Grid.parse(text), Experiment.check(yaml.safe_load(text), Path())
    assert (made.cells, found) == ((alone,), [])
    assert made.file == made.cells[0].file == yaml.safe_load(text)


@pytest.mark.parametrize(
    ("one", "several"),
    [
        ("language: de", "languages: [de]"),
        ("language: de", "languages: {de: {}}"),
        ("language: de", "languages:\n  de:"),
        ("language: de", "language: de\nseeds: [42]"),
        (BACKBONE, "backbones: [smollm2-135m-instruct]"),
        ("language: de", "language: de\naxes: {amount: [1, 2]}"),
    ],
)
def test_a_dimension_of_one_value_plans_the_same_steps(one: str, several: str) -> None:
    alone, made = steps(grid(text=ONE)), steps(grid((one, several), text=ONE))
    assert keys(made)[:-1] == keys(alone)[:-1]  # the report shows the file


def test_a_grid_is_what_its_file_says_when_it_is_read_once_more() -> None:
    made = Grid.load("english-small", data="/data")
    again = Grid.parse(yaml.safe_dump(dict(made.file), sort_keys=False, allow_unicode=True), folder=Path("/data"))
    assert again.cells == made.cells
    assert keys(steps(again)) == keys(steps(made))


def test_whatever_yaml_reads_and_json_has_not_is_told_as_text() -> None:
    own = "languages:\n  de: {models: {2020-01-02: null, 3: null}}\n  es:"
    made = grid((LANGUAGES, own), ("each: [0, 5]", "each: [0, 5]\n  idle: [.nan, .inf, 1.5]"))
    assert made.file["languages"]["de"] == {"models": {"2020-01-02": None, "3": None}}
    assert made.file["axes"]["idle"] == ["nan", "inf", 1.5]
    assert len(set(keys(steps(made)))) == len(steps(made))


# What differs for a language

TREE = st.recursive(
    st.none() | st.integers(0, 9) | st.lists(st.integers(0, 9), max_size=2),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
MAPPING = st.dictionaries(st.sampled_from("abc"), TREE, max_size=3)


def by_hand(base: Any, change: Any) -> Any:
    """Key by key, in other words than the package's."""
    if not isinstance(change, dict):
        return change
    base = base if isinstance(base, dict) else {}
    kept = {key: value for key, value in base.items() if key not in change}
    return kept | {key: by_hand(base.get(key), value) for key, value in change.items() if value is not None}


@given(base=MAPPING, change=MAPPING)
def test_mappings_merge_key_by_key_lists_replace_and_null_takes_away(base: Any, change: Any) -> None:
    from crossalpaca.extending import merged

    before = copy.deepcopy(base)
    made = merged(base, change)
    assert made == by_hand(base, change)
    assert base == before
    assert merged(base, {}) == base
    assert merged(merged(base, change), change) == made


def test_what_differs_for_a_language_holds_in_its_cells_alone() -> None:
    own = "{training: {batch: 2}, data: {bitext: [own.jsonl]}, models: {base: null}, compare: null}"
    common = ("evaluation:", "training: {batch: 4, rank: 8}\nevaluation:")
    german, spanish = grid((LANGUAGES, f"languages:\n  de: {own}\n  es:"), common).cells
    assert (german.training.batch, german.training.rank) == (2, 8)
    assert (german.data.bitext, german.data.instructions) == (("own.jsonl",), "i.{language}.json")
    assert "base" not in german.models
    assert german.compare == ()
    assert (spanish.training.batch, spanish.data.bitext) == (4, ("b.{language}.jsonl",))
    assert "base" in spanish.models


def test_null_for_what_is_not_there_changes_nothing() -> None:
    own = "languages:\n  de: {training: {batch: null}, probing: null}\n  es:"
    assert [cell.model_dump() for cell in grid((LANGUAGES, own)).cells] == [cell.model_dump() for cell in grid().cells]


# Placeholders and axes


def test_models_along_axes_are_all_combinations_of_the_axes_that_they_mention() -> None:
    made = grid(
        ("  each: [0, 5]", "  each: [0, 5]\n  way: [en-x, x-en]\n  idle: [1, 2]"),
        (
            'Cross-{each}": {instructions: 10, translations: {en-x: "{each}"}}',
            'C-{way}-{each}": {instructions: "{each}"}',
        ),
        ('  - ["{language}-Cross-{each}", "{language}-Cross-0"]\n', '  - ["{language}-C-{way}-{each}", base]\n'),
        ("[de, es]", "[de]"),
    )
    names = [f"de-C-{way}-{each}" for each, way in itertools.product((0, 5), ("en-x", "x-en"))]
    (cell,) = made.cells
    assert set(cell.models) == {"base", "de-Alpaca", *names}
    assert {cell.models[name].instructions for name in names} == {0, 5}
    assert set(made.compare) == {(name, "base") for name in names} | {("de-Alpaca", "base")}


def test_a_placeholder_that_is_the_whole_text_keeps_its_type_and_within_text_becomes_text() -> None:
    values = [0, 3, "all"]
    made = grid(
        ("each: [0, 5]", f"each: {values}"),
        ('translations: {en-x: "{each}"}', "wording: mixed"),
        ('Cross-{each}": {instructions: 10', 'Cross-{each}": {instructions: "{each}"'),
    )
    for value in values:
        assert made.cells[0].models[f"de-Cross-{value}"].instructions == value


def test_a_share_is_made_of_a_placeholder_within_text() -> None:
    made = grid(("each: [0, 5]", "each: [20, 40]"), ('{en-x: "{each}"}', '{en-x: "{each}%"}'), ("Cross-0", "Cross-20"))
    assert made.cells[0].models["de-Cross-40"].translations == {"en-x": "40%"}


def test_no_model_is_compared_with_itself_along_an_axis() -> None:
    assert grid().cells[0].compare == (("de-Cross-5", "de-Cross-0"), ("de-Alpaca", "base"))


def test_a_benchmark_is_asked_in_the_languages_that_it_is_only_for() -> None:
    asked = [[each.title for each in cell.evaluation.benchmarks] for cell in grid().cells]
    assert asked == [["xquad", "mlqa"], ["xquad"]]
    aliased = grid((LANGUAGES, "languages: [zh, de]"), ("only: [de]", "only: [zh-Hans]"))
    assert [len(cell.evaluation.benchmarks) for cell in aliased.cells] == [2, 1]


def test_a_language_is_asked_once_where_a_placeholder_names_it_again() -> None:
    made = grid((LANGUAGES, "languages: [en, de]"))
    assert [cell.evaluation.benchmarks[0].languages for cell in made.cells] == [("en",), ("de", "en")]


def test_a_language_that_is_written_by_an_alias_is_its_code_everywhere() -> None:
    made = grid((LANGUAGES, "languages: [zh]"), ("only: [de]", "only: [zh]"))
    assert made.languages == ["zh-Hans"]
    assert "zh-Hans-Alpaca" in made.models
    assert grid((LANGUAGES, "languages: [zh-Hans]"), ("only: [de]", "only: [zh]")).cells == made.cells


def test_a_server_answers_for_the_models_of_each_cell() -> None:
    models = '{"{language}-Alpaca": "{language}-adapter", "{language}-Cross-{each}": "cross-{each}", base: base}'
    made = grid(("evaluation:", f"evaluation:\n  server:\n    url: http://localhost:8000/v1\n    models: {models}"))
    known = [{name: cell.evaluation.serving(name) for name in cell.models} for cell in made.cells]
    assert [{name: each and each.name for name, each in cell.items()} for cell in known] == [
        {
            "base": "base",
            f"{code}-Alpaca": f"{code}-adapter",
            f"{code}-Cross-0": "cross-0",
            f"{code}-Cross-5": "cross-5",
        }
        for code in ("de", "es")
    ]


# What cells share


def test_with_several_seeds_all_draw_the_same_items() -> None:
    made = grid((LANGUAGES, f"{LANGUAGES}\nseeds: [7, 8]"))
    assert [(cell.seed, cell.evaluation.seed) for cell in made.cells] == [(7, 7), (8, 7)] * 2
    own = grid((LANGUAGES, f"{LANGUAGES}\nseeds: [7, 8]"), ("evaluation:", "evaluation:\n  seed: 1"))
    assert {cell.evaluation.seed for cell in own.cells} == {1}
    none = grid((LANGUAGES, f"{LANGUAGES}\nseeds: [7, 8]"), ("evaluation:", "evaluation:\n  seed: null"))
    assert {cell.evaluation.seed for cell in none.cells} == {7}
    assert {cell.evaluation.seed for cell in grid().cells} == {None}


def test_the_backbone_answers_once_for_all_seeds_and_once_in_english_for_all_languages() -> None:
    planned = steps(grid((LANGUAGES, f"{LANGUAGES}\nseeds: [7, 8]")))
    assert len(keys(planned)) == len(set(keys(planned)))
    asked = titles(planned, "evaluate")
    assert [title for title in asked if " base " in title] == [
        f"evaluate base on {place}" for place in ("xquad (de)", "xquad (en)", "mlqa (de)", "xquad (es)")
    ]
    assert {title for title in asked if "de-Alpaca" in title} == {
        f"evaluate de-Alpaca@{seed} on {place}"
        for seed in (7, 8)
        for place in ("xquad (de)", "xquad (en)", "mlqa (de)")
    }
    assert titles(planned, "audit") == [
        f"audit {each}" for each in ("xquad (de)", "xquad (en)", "mlqa (de)", "xquad (es)")
    ]


def test_cells_of_a_grid_plan_the_steps_that_each_plans_alone() -> None:
    made = grid()
    alone = {key for cell in made.cells for key in keys(steps(Grid(cell.name, (cell,))))[:-1]}
    assert set(keys(steps(made))[:-1]) == alone


def test_a_model_of_several_languages_is_one_model_of_them_all() -> None:
    made = grid(
        ('"{language}-Alpaca": {instructions: 10}', "All: {instructions: 10, languages: all}"),
        ('"{language}-Alpaca"', "All"),
    )
    assert {cell.models["All"].languages for cell in made.cells} == {("de", "es")}
    planned = steps(made)
    assert [title for title in titles(planned, "train") if "All" in title] == ["train All"]
    (united,) = (step for step in planned if step.name == "unite")
    assert set(united.inputs) == {"de", "es"}


def test_what_steps_ask_of_machines_is_no_part_of_any_key(tmp_path: Path) -> None:
    text = "resources:\n  train: {cpus: 4, gpus: 1}\n"
    alone = shipped()["quickstart"].read_text(encoding="utf-8")
    plain, asking = (Grid.parse(each, folder=tmp_path) for each in (alone, alone + text))
    assert asking.cells[0].resources["train"].cpus == 4
    assert keys(steps(asking)) == keys(steps(plain))
