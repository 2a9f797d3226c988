"""Experiments that ship: each plans without data and keys, and the small ones find all they need in the real data."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest

from crossalpaca.experiment_files import shipped
from crossalpaca.grid import Grid
from crossalpaca.planning import draft
from crossalpaca.records import Step
from crossalpaca.store import step_key

NAMES = sorted(shipped())
SMALL = [name for name in NAMES if name.endswith("-small")]
EVERY = pytest.mark.parametrize("name", NAMES)
WIDTH = 80  # columns of a terminal


def planned(name: str) -> list[Step]:
    """The plan where nothing is there: no file, no key of a service."""
    return draft(Grid.load(name, data="/nowhere"))[0]


@pytest.fixture(autouse=True)
def without_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GOOGLE_CLOUD_PROJECT", "GOOGLE_APPLICATION_CREDENTIALS", "DEEPL_AUTH_KEY"):
        monkeypatch.delenv(name, raising=False)


def test_what_ships_has_a_small_size_of_all_that_is_large() -> None:
    large = set(NAMES) - set(SMALL) - {"quickstart"}
    assert {f"{name}-small" for name in large} == set(SMALL) - {"german-small"}


@EVERY
def test_it_is_called_as_its_file_and_compares_models_that_it_trains(name: str) -> None:
    grid = Grid.load(name)
    assert grid.name == name
    assert any(model.trained for cell in grid.cells for model in cell.models.values())
    assert grid.compare
    assert all(one != other and {one, other} <= grid.models.keys() for one, other in grid.compare)


@EVERY
def test_every_step_comes_after_those_it_needs_and_the_report_last(name: str) -> None:
    steps, made = planned(name), set[str]()
    for step in steps:
        assert set(step.inputs.values()) <= made, step.title
        assert step_key(step) not in made, step.title
        made.add(step_key(step))
    assert [step.name for step in steps].index("report") == len(steps) - 1


@EVERY
def test_every_step_but_those_of_parts_is_in_the_report(name: str) -> None:
    *others, report = planned(name)
    used = set(report.inputs.values()) | {key for step in others for key in step.inputs.values()}
    assert {step_key(step) for step in others} == used


@EVERY
def test_steps_have_titles_of_their_own_that_fit_a_line(name: str) -> None:
    steps = planned(name)
    assert [title for title, n in Counter(step.title for step in steps).items() if n > 1] == []
    assert [step.title for step in steps if not 0 < len(step.title) <= WIDTH or "{" in step.title] == []
    assert [step.size for step in steps if len(step.size) > WIDTH or "{" in step.size] == []


def keys_by_title(name: str) -> dict[str, str]:
    """Key of each step by its title, without the seed that experiments have in common."""
    return {step.title.replace("@42", ""): step_key(step) for step in planned(name)}


@pytest.mark.parametrize("size", ["", "-small"])
@pytest.mark.parametrize("name", ["controls", "direction", "scale"])
def test_what_an_experiment_has_in_common_with_the_papers_is_made_once(name: str, size: str) -> None:
    paper, other = keys_by_title(f"paper{size}"), keys_by_title(f"{name}{size}")
    common = paper.keys() & other.keys()
    assert {title: other[title] for title in common} == {title: paper[title] for title in common}
    assert {"evaluate base on xquad (de)", "let base translate between English and de"} <= common
    models = {f"{verb} de-{model}" for verb in ("train", "align") for model in ("Alpaca", "CrossAlpaca")}
    assert models <= {title.removesuffix(" in English and de") for title in common}


@EVERY
def test_every_model_is_asked_in_its_languages_and_in_english(name: str) -> None:
    grid = Grid.load(name)
    asked: dict[str, set[str]] = {}
    for each in planned(name)[-1].arguments["evaluations"]:
        asked.setdefault(each["model"], set()).add(each["language"])
    for model, cells in grid.models.items():
        assert asked[model] == {cell.language for cell in cells} | {"en"}, model


@EVERY
def test_no_name_of_a_file_has_a_placeholder_left(name: str) -> None:
    files = draft(Grid.load(name, data="/nowhere"))[1]
    assert [path for path in files.missing if "{" in path] == []


@pytest.mark.parametrize("name", [name for name in NAMES if name not in SMALL and name != "quickstart"])
def test_what_needs_a_service_says_which_key_is_missing(name: str) -> None:
    files = draft(Grid.load(name, data="/nowhere"))[1]
    (trouble,) = files.unusable
    assert trouble.startswith("google: needs")


def test_the_quickstart_needs_nothing_from_outside() -> None:
    files = draft(Grid.load("quickstart", data="/nowhere"))[1]
    assert list(files.troubles()) == []


@pytest.mark.parametrize("name", SMALL)
def test_a_small_experiment_finds_all_it_needs_in_the_real_data(name: str, data_folder: Path) -> None:
    if shutil.which("apertium") is None and name in ("paper-small", "multilingual-small"):
        pytest.skip("apertium is not installed, which this experiment translates with")
    files = draft(Grid.load(name, data=data_folder))[1]
    assert list(files.troubles()) == []
