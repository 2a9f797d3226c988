"""Small experiments for the tests of grids, and what these ask of them."""

from __future__ import annotations

import pytest

from crossalpaca.errors import ExperimentError
from crossalpaca.grid import Grid
from crossalpaca.planning import draft
from crossalpaca.records import Step
from crossalpaca.store import artefact_name

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


def steps(whole: Grid) -> list[Step]:
    return draft(whole)[0]


def keys(planned: list[Step]) -> list[str]:
    return [artefact_name(step) for step in planned]


def titles(planned: list[Step], name: str) -> list[str]:
    return [step.title for step in planned if step.name == name]
