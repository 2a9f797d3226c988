"""Files that extend others: what they take from them, and where it is said that something is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from crossalpaca.errors import ExperimentError
from crossalpaca.grid import Grid
from crossalpaca.training.recipe import Recipe
from grids import LANGUAGES, Problem, changed


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
