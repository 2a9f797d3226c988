"""Grids: which cells a file has, what they share, what a file takes from another, and what is said of a wrong one."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from crossalpaca.errors import ExperimentError
from crossalpaca.experiment import Experiment
from crossalpaca.experiment_files import shipped
from crossalpaca.grid import Grid
from crossalpaca.planning import draft, plan
from crossalpaca.records import Step
from crossalpaca.store import artefact_name, step_key
from crossalpaca.training.recipe import Recipe

TEXT = """\
name: mine
languages: [de, es]
backbone: smollm2-135m-instruct
data:
  instructions: "i.{language}.json"
  bitext: ["b.{language}.jsonl"]
axes:
  each: [0, 5]
models:
  base: {}
  "{language}-Alpaca": {instructions: 10}
  "{language}-Cross-{each}": {instructions: 10, translations: {en-x: "{each}"}}
evaluation:
  benchmarks:
    - {benchmark: xquad, languages: ["{language}", en], files: ["x.{language}.json"]}
    - {benchmark: mlqa, only: [de], files: [m.json]}
compare:
  - ["{language}-Cross-{each}", "{language}-Cross-0"]
  - ["{language}-Alpaca", base]
"""
ONE = """\
name: mine
language: de
backbone: smollm2-135m-instruct
data:
  instructions: i.json
  bitext: [b.jsonl]
models:
  base: {}
  Alpaca: {instructions: 10}
  Cross: {instructions: 10, translations: {en-x: 5, x-en: "40%"}}
training:
  batch: 4
evaluation:
  benchmarks:
    - {benchmark: xquad, languages: [de, en], files: ["x.{language}.json"]}
compare:
  - [Cross, Alpaca]
"""
LANGUAGES = "languages: [de, es]"
BACKBONE = "backbone: smollm2-135m-instruct"
Problem = tuple[int, str]


def grid(*changes: tuple[str, str], text: str = TEXT) -> Grid:
    return Grid.parse(changed(*changes, text=text), source="mine.yaml")


def changed(*changes: tuple[str, str], text: str = TEXT) -> str:
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


def problems(*changes: tuple[str, str], text: str = TEXT) -> list[Problem]:
    with pytest.raises(ExperimentError) as raised:
        grid(*changes, text=text)
    found = list(raised.value.problems)
    assert all("\n" not in message for _, message in found)
    return found


def steps(whole: Grid | Experiment) -> list[Step]:
    return draft(whole)[0]


def keys(planned: list[Step]) -> list[str]:
    return [artefact_name(step) for step in planned]


def titles(planned: list[Step], name: str) -> list[str]:
    return [step.title for step in planned if step.name == name]


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
        assert made.beside(cell, cell.language) == cell


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
    made, alone = Grid.parse(text), Experiment.parse(text)
    assert made.cells == (alone,)
    assert keys(steps(made)) == keys(steps(alone)) == keys(steps(Grid.of(alone)))


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


PARSED: dict[str, Any] = yaml.safe_load(ONE)
SPANNING: dict[str, Any] = yaml.safe_load(TEXT) | {
    "languages": {"de": {"training": {"batch": 2}}, "es": None},
    "seeds": [1, 2],
}
KEY = st.text(max_size=4) | st.integers(-3, 3) | st.none() | st.booleans()
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.just("{each}"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEY, inner, max_size=3),
    max_leaves=6,
)


def places(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*above, key)
        yield from places(inner, (*above, key))


def put(whole: dict[str, Any], place: tuple[Any, ...], value: Any) -> str:
    raw = copy.deepcopy(whole)
    owner: Any = raw
    for part in place[:-1]:
        owner = owner[part]
    owner[place[-1]] = value
    return yaml.safe_dump(raw, sort_keys=False, allow_unicode=True)


@given(place=st.sampled_from(list(places(PARSED))), value=ANYTHING)
def test_what_is_no_experiment_is_no_grid_either(place: tuple[Any, ...], value: Any) -> None:
    text = put(PARSED, place, value)
    try:
        alone = Experiment.parse(text)
    except ExperimentError:
        with pytest.raises(ExperimentError):
            Grid.parse(text)
    else:
        assert Grid.parse(text).cells == (alone,)


@settings(max_examples=150)
@given(place=st.sampled_from(list(places(SPANNING))), value=ANYTHING)
def test_whatever_stands_anywhere_is_a_grid_or_its_problems(place: tuple[Any, ...], value: Any) -> None:
    text = put(SPANNING, place, value)
    try:
        made = Grid.parse(text)
    except ExperimentError as error:
        lines = len(text.splitlines())
        assert error.problems
        assert all(0 <= line <= lines and message and "\n" not in message for line, message in error.problems)
    else:
        assert made.cells


def test_a_grid_is_what_its_file_says_when_it_is_read_once_more() -> None:
    made = Grid.load("english-small", data="/data")
    again = Grid.parse(yaml.safe_dump(dict(made.file), sort_keys=False, allow_unicode=True), folder=Path("/data"))
    assert again.cells == made.cells
    assert keys(steps(again)) == keys(steps(made))


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


# What cells share


def test_with_several_seeds_all_draw_the_same_items() -> None:
    made = grid((LANGUAGES, f"{LANGUAGES}\nseeds: [7, 8]"))
    assert [(cell.seed, cell.evaluation.seed) for cell in made.cells] == [(7, 7), (8, 7)] * 2
    own = grid((LANGUAGES, f"{LANGUAGES}\nseeds: [7, 8]"), ("evaluation:", "evaluation:\n  seed: 1"))
    assert {cell.evaluation.seed for cell in own.cells} == {1}
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
    alone = {key for cell in made.cells for key in keys(steps(cell))[:-1]}
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


# Files that extend others


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    own = "languages:\n  de: {training: {batch: 2}}\n  es: {training: {batch: 3, rank: 4}}"
    (tmp_path / "other.yaml").write_text(changed((LANGUAGES, own)), encoding="utf-8")
    return tmp_path


def extending(folder: Path, text: str, name: str = "mine.yaml") -> Grid:
    (folder / name).write_text(text, encoding="utf-8")
    return Grid.load(folder / name, data="/data")


def refused(folder: Path, text: str) -> list[Problem]:
    with pytest.raises(ExperimentError) as raised:
        extending(folder, text)
    assert raised.value.source == str(folder / "mine.yaml")
    assert all("\n" not in message for _, message in raised.value.problems)
    return list(raised.value.problems)


def test_a_file_that_adds_nothing_is_the_other_one(folder: Path) -> None:
    made, other = extending(folder, "extends: other.yaml\n"), Grid.load(folder / "other.yaml", data="/data")
    assert (made.cells, made.file) == (other.cells, other.file)


def test_mappings_of_both_files_merge_and_null_takes_away(folder: Path) -> None:
    text = "extends: other.yaml\nname: yours\ndata: {leaks: none}\naxes: {each: [0, 9]}\n"
    made = extending(folder, text)
    assert made.name == "yours"
    assert {(cell.data.leaks, cell.data.instructions) for cell in made.cells} == {("none", "i.{language}.json")}
    assert "de-Cross-9" in made.models
    without = extending(folder, "extends: other.yaml\ncompare: null\n")
    assert without.compare == []


def test_models_pairs_and_axes_replace_those_of_the_other_file(folder: Path) -> None:
    models = "models: {base: {}, '{language}-A': {instructions: 3}}"
    made = extending(folder, f"extends: other.yaml\n{models}\ncompare: [['{{language}}-A', base]]\n")
    assert list(made.models) == ["base", "de-A", "es-A"]
    assert made.compare == [("de-A", "base"), ("es-A", "base")]


@pytest.mark.parametrize("own", ["languages: [es]", "languages: {es: }", "languages: {es: {}}", "language: es"])
def test_of_the_other_files_languages_those_stay_that_a_file_names(folder: Path, own: str) -> None:
    made = extending(folder, f"extends: other.yaml\n{own}\n")
    assert [(cell.language, cell.training.batch, cell.training.rank) for cell in made.cells] == [("es", 3, 4)]


def test_what_differs_for_a_language_merges_with_what_the_other_file_says_of_it(folder: Path) -> None:
    made = extending(folder, "extends: other.yaml\nlanguages:\n  es: {training: {batch: 9}}\n  it:\n")
    found = [(cell.language, cell.training.batch, cell.training.rank) for cell in made.cells]
    assert found[0] == ("es", 9, 4)
    assert found[1] == ("it", Recipe().batch, Recipe().rank)


def test_one_seed_stands_in_place_of_several_and_the_other_way_round(folder: Path) -> None:
    (folder / "seeds.yaml").write_text("extends: other.yaml\nseeds: [1, 2]\n", encoding="utf-8")
    assert extending(folder, "extends: seeds.yaml\nseed: 5\n").seeds == [5]
    assert extending(folder, "extends: seeds.yaml\nseeds: [6]\n").seeds == [6]
    assert extending(folder, "extends: seeds.yaml\n").seeds == [1, 2]


def test_a_chain_of_files_is_read_relative_to_each_and_the_first_one_wins(folder: Path) -> None:
    (folder / "below").mkdir()
    (folder / "below/middle.yaml").write_text("extends: ../other.yaml\nname: middle\nseed: 5\n", encoding="utf-8")
    made = extending(folder, "extends: below/middle.yaml\nname: top\n")
    assert (made.name, made.seeds, made.languages) == ("top", [5], ["de", "es"])
    assert made.cells[0].folder == Path("/data")


def test_a_shipped_experiment_is_extended_by_its_name(folder: Path) -> None:
    made = extending(folder, "extends: quickstart\nname: longer\ntraining: {steps: 90}\n")
    assert made.cells[0].training.steps == 90
    assert made.cells[0].models == Grid.load("quickstart").cells[0].models


@pytest.mark.parametrize("name", ["mine.yaml", "./mine.yaml", "below/../mine.yaml", "back.yaml"])
def test_files_that_extend_each_other_are_refused(folder: Path, name: str) -> None:
    (folder / "below").mkdir()
    (folder / "back.yaml").write_text("name: back\nextends: mine.yaml\n", encoding="utf-8")
    with pytest.raises(ExperimentError, match=r"(mine|back)\.yaml:\d: extends: comes back to itself") as raised:
        extending(folder, f"extends: {name}\n")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("othr.yaml", "othr.yaml: no such experiment file"),
        ("quickstrt", "did you mean quickstart?"),
        ("[other.yaml]", "must name one file or shipped experiment"),
        ("3", "must name one file or shipped experiment"),
        ("x" * 5000, "extends: "),
    ],
)
def test_a_file_that_cannot_be_extended_is_a_problem_at_its_line(folder: Path, name: str, said: str) -> None:
    ((line, message),) = refused(folder, f"name: mine\nextends: {name}\n")
    assert line == 2
    assert said in message


def test_what_is_wrong_in_the_other_file_names_that_file_and_its_line(folder: Path) -> None:
    text = (folder / "other.yaml").read_text(encoding="utf-8")
    (folder / "other.yaml").write_text(text.replace("  bitext:", "  bitxt:"), encoding="utf-8")
    found = refused(folder, "name: mine\nextends: other.yaml\n")
    line = text.splitlines().index('  bitext: ["b.{language}.jsonl"]') + 1
    assert (2, f"unknown key 'data.bitxt' (did you mean bitext?) (in {folder / 'other.yaml'}:{line})") in found
    assert {number for number, _ in found} == {2}


def test_what_is_wrong_here_is_said_at_its_own_line(folder: Path) -> None:
    text = "extends: other.yaml\nlanguages:\n  de:\n    data:\n      bitxt: []\n  es:\n"
    assert refused(folder, text) == [(5, "unknown key 'data.bitxt' (did you mean bitext?)")]
    assert [line for line, _ in refused(folder, "extends: other.yaml\nseed: 1\nlanguage: ess\n")] == [3]
    assert [line for line, _ in refused(folder, "extends: other.yaml\nlanguage: de\nlanguages: [de]\n")] == [3]


def test_a_replaced_model_is_never_said_to_be_wrong_where_it_no_longer_stands(folder: Path) -> None:
    text = 'extends: other.yaml\ncompare: null\nmodels:\n  base: {}\n  "{language}-Alpaca": {instrctions: 10}\n'
    assert {line for line, _ in refused(folder, text)} == {5}


def test_a_file_that_is_not_yaml_is_named_itself(folder: Path) -> None:
    (folder / "other.yaml").write_text("name: [unclosed\n", encoding="utf-8")
    with pytest.raises(ExperimentError, match=r"other\.yaml:2: not YAML"):
        extending(folder, "extends: other.yaml\n")


# What is wrong

MANY = "languages:\n  de:\n  es:\n    "  # what follows stands at line 5


@pytest.mark.parametrize(
    ("changes", "line", "said"),
    [
        ([(LANGUAGES, "languages: [de, ess]")], 2, "unknown language 'ess' (did you mean es?)"),
        ([(LANGUAGES, "languages:\n  de:\n  ess: {}")], 4, "unknown language 'ess' (did you mean es?)"),
        ([(LANGUAGES, "languages: [de, de]")], 2, "languages: 'de' is given twice"),
        ([(LANGUAGES, "languages: [zh, zh-Hans]")], 2, "languages: 'zh-Hans' is given twice"),
        ([(LANGUAGES, "languages: []")], 2, "languages: must not be empty"),
        ([(LANGUAGES, "languages: de")], 2, "languages: "),
        ([(LANGUAGES, "languages: {de: 3}")], 2, "languages.de: "),
        ([(LANGUAGES, f"{LANGUAGES}\nlanguage: de")], 2, "'languages' and 'language' are both given"),
        ([(LANGUAGES, f"{LANGUAGES}\nseeds: [1]\nseed: 1")], 3, "'seeds' and 'seed' are both given"),
        ([(LANGUAGES, f"{LANGUAGES}\nseeds: [1, 1]")], 3, "seeds: '1' is given twice"),
        ([(LANGUAGES, f"{LANGUAGES}\nseeds: [1, -2]")], 3, "seeds.1: "),
        ([(BACKBONE, "backbones: [a/one, a/one]")], 3, "two are called 'one'"),
        ([(BACKBONE, "backbones: [./absent]")], 3, "unknown backbone './absent'"),
        ([("  each: [0, 5]", "  each: []")], 8, "axes.each: must not be empty"),
        ([("  each: [0, 5]", "  each: [5, 0, 5]")], 8, "axes.each: '5' is given twice"),
        ([("  each: [0, 5]", "  each: [0, 5]\n  seed: [1]")], 9, "axes: 'seed' is taken"),
        ([("only: [de]", "only: [dee]")], 16, "only: unknown language 'dee' (did you mean de?)"),
        ([("only: [de]", "only: de")], 16, "only: must be a list of languages, not 'de'"),
        ([("    - {benchmark: xquad, ", "    - {benchmark: xquad, only: [de], ")], 14, "none is for 'es'"),
        (
            [('["{language}-Alpaca", base]', '["{language}-Alpaka", base]')],
            19,
            "no model is called 'es-Alpaka' (did you",
        ),
        (
            [('["{language}-Alpaca", base]', "[de-Alpaca, es-Alpaca]")],
            19,
            "no language has both de-Alpaca and es-Alpaca",
        ),
        ([('"{language}-Alpaca"', "Alpaca")], 11, "model Alpaca: is another one in each language; put {language} into"),
        (
            [("  base: {}", '  base: {}\n  "{language}-Alp": {languages: [de]}')],
            11,
            "has languages, but no demonstrations",
        ),
        (
            [("  base: {}", "  base: {}\n  All: {instructions: 3, languages: [de, it]}")],
            11,
            "model All: 'it' is not among the",
        ),
        (
            [("  base: {}", "  base: {}\n  de-Alpaca: {instructions: 3}")],
            12,
            "model de-Alpaca: two have this name; rename",
        ),
        ([('-Cross-{each}": {', '-Cross-{eech}": {')], 12, "{eech} stands for nothing (did you mean each?)"),
        ([('-Cross-{each}": {', '-Cross": {')], 12, "two have this name; put {each} into its name"),
        ([(LANGUAGES, f"{MANY}training: {{btch: 3}}")], 5, "unknown key 'training.btch' (did you mean batch?)"),
        (
            [(LANGUAGES, f"{MANY}models: {{'{{language}}-Alpaca': {{instructions: -1}}}}")],
            5,
            "models.es-Alpaca.instructions",
        ),
        ([(LANGUAGES, f"{MANY}evaluation: {{benchmarks: [{{benchmark: xquat, files: [a]}}]}}")], 5, "'xquat'"),
        ([(LANGUAGES, f"{MANY}compare: [['{{language}}-Alpaca', bass]]")], 5, "no model is called 'bass'"),
        (
            [(LANGUAGES, f"{MANY}models: {{base: {{instructions: 3}}}}")],
            5,
            "model base: is another one in each language",
        ),
        ([(LANGUAGES, f"{MANY}models: {{base: {{wording: mixed}}}}")], 5, "model base: is not the same in de and es"),
    ],
)
def test_what_is_wrong_is_said_at_its_line_in_the_file(changes: list[tuple[str, str]], line: int, said: str) -> None:
    found = problems(*changes)
    assert any(number == line and said in message for number, message in found), found


def test_a_model_that_no_backbone_distinguishes_is_a_problem_at_its_line() -> None:
    found = problems((BACKBONE, "backbones: [a/one, a/two]"), text=ONE)
    assert [line for line, _ in found] == [8, 9, 10]
    assert all("put {backbone} into its name" in message for _, message in found)


def test_a_model_of_several_languages_needs_the_data_of_each() -> None:
    gone = "All: null, '{language}-Alpaca': null, '{language}-Cross-{each}': null"
    own = f"languages:\n  de:\n  es: {{data: {{instructions: null}}, models: {{{gone}}}}}"
    ((line, message),) = problems(
        (LANGUAGES, own), ("  base: {}", "  base: {}\n  All: {instructions: 3, languages: [de, es]}")
    )
    assert line == 13
    assert message == "model All wants instructions, but data.instructions names no file in es"


def test_the_problems_of_all_cells_are_said_once_each_in_the_order_of_their_lines() -> None:
    found = problems(("models:", "sede: 3\nmodels:"), ("[m.json]", "[]"))
    assert [line for line, _ in found] == [9, 17]


def test_what_steps_ask_of_machines_is_no_part_of_any_key(tmp_path: Path) -> None:
    text = "resources:\n  train: {cpus: 4, gpus: 1}\n"
    alone = (shipped()["quickstart"]).read_text(encoding="utf-8")
    plain, asking = (Grid.parse(each, folder=tmp_path) for each in (alone, alone + text))
    assert asking.cells[0].resources["train"].cpus == 4
    assert [step_key(step) for step in plan(asking)] == [step_key(step) for step in plan(plain)]
