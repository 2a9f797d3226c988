"""What pages are made of: every command, key and figure of the code and of the result files, and no other."""

from __future__ import annotations

import dataclasses
import json
import re
import typing
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer
from built_site import ROOT, Site
from made_performance import verdicts
from made_results import results
from made_schema import PLACES, keys
from mkdocs.exceptions import PluginError
from pages import on_page_markdown

import reports
from crossalpaca.cli import app
from crossalpaca.experiment import Experiment
from crossalpaca.grid import Dimensions, Grid
from crossalpaca.report.compact import markdown

BENCHES = sorted((ROOT / "bench" / "results").glob("*.json"))


def _commands(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    for name, inner in getattr(command, "commands", {}).items():
        yield from _commands(inner, f"{path} {name}".strip())
    if not hasattr(command, "commands"):
        yield path, command


def test_every_command_and_option_is_on_its_page(site: Site) -> None:
    page = site.page("commands")
    found = dict(_commands(typer.main.get_command(app), ""))
    assert {"run", "plan", "store list"} <= found.keys()
    for path, command in found.items():
        shown = " ".join(row[0] for heading, row in page.rows if heading == path)
        options = [option for each in command.params for option in getattr(each, "opts", []) if option.startswith("-")]
        assert not [option for option in options if option not in shown.replace(",", " ").split()], path
        assert path.replace(" ", "-") in page.ids


def _parts(owner: Any, seen: set[type]) -> set[type]:
    """The classes of an experiment file, from the annotations of their fields."""
    if isinstance(owner, type) and (hasattr(owner, "model_fields") or dataclasses.is_dataclass(owner)):
        if owner not in seen:
            seen.add(owner)
            for annotation in typing.get_type_hints(owner, include_extras=False).values():
                _parts(annotation, seen)
        return seen
    for inner in typing.get_args(owner):
        _parts(inner, seen)
    return seen


def _fields(owner: type) -> list[str]:
    if dataclasses.is_dataclass(owner):
        return [each.name for each in dataclasses.fields(owner)]
    return list(owner.model_fields)  # type: ignore[attr-defined]


def test_every_key_of_the_schema_is_on_its_page_with_a_meaning(site: Site) -> None:
    rows = site.page("experiment-file").rows
    parts = _parts(Experiment, set()) | _parts(Dimensions, set())
    assert parts == set(PLACES)
    for part in parts:
        shown = {row[0]: row for heading, row in rows if heading == PLACES[part][0] and row[0] != "key"}
        assert list(shown) == _fields(part), part
        assert all(all(row) for row in shown.values()), part
    # Keys that are gone before a file is checked, and so stand in no class.
    assert {"extends", "only-and-all"} <= site.page("experiment-file").ids


def test_defaults_and_bounds_are_those_of_the_class() -> None:
    recipe = {key.name: key for key in keys(next(part for part in PLACES if part.__name__ == "Recipe"))}
    assert recipe["batch"].default == "`16`"
    assert recipe["batch"].kind == "whole number above 0"
    assert recipe["dropout"].kind == "number from 0 below 1"
    assert recipe["group_by_length"].default == "`false`"
    benchmark = {key.name: key for key in keys(next(part for part in PLACES if part.__name__ == "BenchmarkChoice"))}
    assert benchmark["files"].default == "**required**"
    assert "`xquad`" in benchmark["benchmark"].kind


def _numbers(value: Any) -> Iterator[float]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _numbers(key)
            yield from _numbers(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _numbers(inner)
    elif isinstance(value, str):
        yield from (float(number) for number in re.findall(r"\d+(?:\.\d+)?", value))
    elif isinstance(value, (int, float)):
        yield float(value)


def test_every_figure_of_performance_is_in_a_file(site: Site) -> None:
    known = {number for path in BENCHES for number in _numbers(json.loads(path.read_text(encoding="utf-8")))}
    cells = [cell for _, row in site.page("performance").rows for cell in row]
    shown = [number for cell in cells for number in re.findall(r"\d[\d,]*(?:\.\d+)?", cell)]
    assert shown
    for number in shown:
        digits = len(number.partition(".")[2])
        # Half a unit of the last digit, and what binary fractions add to it.
        near = 0.500001 * 10.0**-digits if digits else 1e-9
        value = float(number.replace(",", ""))
        assert any(abs(value - other) <= near for other in known), number


@pytest.mark.parametrize("path", BENCHES, ids=lambda path: path.stem)
def test_every_goal_is_judged_and_missed_ones_say_so(path: Any, site: Site) -> None:
    bench = json.loads(path.read_text(encoding="utf-8"))
    judged = list(verdicts(bench))
    goals = list(bench["goal"].values()) if isinstance(bench.get("goal"), dict) else [bench.get("goal")]
    assert set(goals) <= {verdict.goal for verdict in judged} | {None}
    for verdict in judged:
        alone = bench.get("peer", "").startswith("none")
        if verdict.goal is not None and not alone:
            assert verdict.reached == (verdict.measured >= verdict.goal)
    name = bench["name"].replace("_", " ")
    rows = [row for heading, row in site.page("performance").rows if not heading and row[0].split(":")[0] == name]
    assert [row[-1] for row in rows] == [{True: "reached", False: "missed", None: ""}[each.reached] for each in judged]


def test_results_have_a_section_for_each_report(site: Site) -> None:
    for path in (ROOT / "results").glob("*/report.json"):
        assert json.loads(path.read_text(encoding="utf-8"))["experiment"]["name"] in site.page("results").ids


def test_a_report_is_shown_with_its_scores_and_deviations(tmp_path: Path) -> None:
    made = reports.report(reports.alpacas(["de"]), languages=["de"], compare=[("de-CrossAlpaca", "de-Alpaca")])
    made["deviations"] = ["de-Alpaca: fp16 became bf16"]
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "report.json").write_text(json.dumps(made), encoding="utf-8")
    (tmp_path / "nothing").mkdir()
    shown = results(tmp_path)
    assert shown.startswith(f"## {made['experiment']['name']}\n")
    assert markdown(made) in shown
    assert "- de-Alpaca: fp16 became bf16" in shown


def test_experiments_shown_are_valid() -> None:
    text = (ROOT / "docs" / "experiment-file.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```yaml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert blocks
    for block in blocks:
        assert Grid.parse(block).cells


def test_a_page_that_asks_for_what_is_not_made_is_refused() -> None:
    page = SimpleNamespace(file=SimpleNamespace(src_uri="x.md"))
    with pytest.raises(PluginError, match=r"x\.md: nothing is made that is called 'nonsense'"):
        on_page_markdown("# X\n\n<!-- made: nonsense -->\n", page)
