"""Grids that are none: everything that is wrong is said, in one line each, at its line of the file."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from crossalpaca.errors import ExperimentError, InputError
from crossalpaca.experiment import Experiment
from crossalpaca.grid import Grid
from grids import BACKBONE, LANGUAGES, ONE, TEXT, grid, problems, steps

SERVER = "  server:\n    url: http://localhost:8000/v1\n    models: {de-Alpaca: adapter}"
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
        ([(LANGUAGES, f"{MANY}seed: 3")], 5, "languages.es.seed: is one for all languages; put it beside"),
        ([(LANGUAGES, f"{MANY}prompt: chat")], 5, "languages.es.prompt: is one for all languages"),
        ([(BACKBONE, f"{BACKBONE}\nprompt: !!set {{chat}}")], 4, "!!set is no kind of value here; write a list"),
        ([('["{language}-Alpaca", base]', "[base, base]")], 19, "compare: 'base' is compared with itself; name two"),
        ([("Cross-0", "Cross-{each}")], 18, "compare: 'es-Cross-5' is compared with itself; name two models"),
        ([(', "{language}-Cross-0"]', "]")], 18, "'compare.0.1' is missing"),
        ([('"{language}-Cross-0"', "3")], 18, "compare.0.1: input should be a valid string, not 3"),
        ([("  base: {}", "  base: {}\n  All: {instructions: 3, languages: [de, de]}")], 11, "'de' is given twice"),
        ([("evaluation:", f"evaluation:\n{SERVER}")], 16, "server: no model is called 'de-Alpaca' (did you mean es-"),
        (
            [("evaluation:", f"evaluation:\n{SERVER}"), (LANGUAGES, "language: de\nseeds: [1, 2]")],
            17,
            "server: de-Alpaca is another model with each seed",
        ),
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


def test_a_model_of_several_languages_is_trained_in_one_way() -> None:
    own = "languages:\n  de:\n  es: {training: {batch: 2}}"
    two = grid((LANGUAGES, own), ("  base: {}", "  base: {}\n  All: {instructions: 3, languages: all}"))
    with pytest.raises(InputError, match=r"mine: train All: is asked in two ways, by two languages of the file"):
        steps(two)


def test_the_problems_of_all_cells_are_said_once_each_in_the_order_of_their_lines() -> None:
    found = problems(("models:", "sede: 3\nmodels:"), ("[m.json]", "[]"))
    assert [line for line, _ in found] == [9, 17]


# Whatever stands anywhere

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
    alone, found = Experiment.check(yaml.safe_load(text), Path())
    if found:
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
