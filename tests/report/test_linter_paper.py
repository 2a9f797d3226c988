"""What the linter finds in the paper: every known disagreement, each by its rule, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossalpaca.report.linter import RULES, lint_published, markdown
from crossalpaca.report.published import Published, published

ERRORS = {
    ("agreement", "Table 2: en-Alpaca, xquad"): "0.97 here, 0.87 in Table 3",
    ("agreement", "Table 2: avg-CrossAlpaca less avg-Alpaca, xquad"): "+0.30 here, +0.34 in Table 3",
    ("average", "Table 3: avg-Alpaca, xquad"): "0.31, but the mean of its 5 values is 0.316",
    ("average", "Table 3: avg-Alpaca, mmlu"): "0.24, but the mean of its 5 values is 0.216",
    ("average", "Table 3: avg-CrossAlpaca, mmlu"): "0.32, but the mean of its 5 values is 0.298",
    ("average", "Table 3: avg-CrossAlpaca, bbh"): "0.28, but the mean of its 5 values is 0.274",
    ("difference", "Table 3: avg-CrossAlpaca less en-Alpaca, bbh"): "-0.20, but 0.28 less 0.30 is -0.02",
    ("agreement", "text: avg-CrossAlpaca less en-Alpaca, bbh"): "2 points here, -0.20 in Table 3",
    ("difference", "text: en-Alpaca less avg-Alpaca, xquad"): "53 points, but 0.87 less 0.31 is 0.56",
    ("difference", "text: en-Alpaca less avg-Alpaca, bbh"): "14 points, but 0.30 less 0.24 is 0.06",
}
WARNINGS = {("guessing", f"Table 3: {code}-Alpaca, mmlu") for code in ("ar", "it", "es", "de")} | {
    ("fine-tuned", "Table 3: en-Alpaca, xquad")
}
SINGLE = [key for key, quantity in published().quantities.items() if quantity.language and quantity.language != "en"]


def corrected() -> Published:
    """The paper with every derived number as it recomputes, and every repeated one as it is said first."""
    quantities = dict(published().quantities)
    for key, each in quantities.items():
        if each.average:
            value = sum(quantities[part].value for part in each.average) / len(each.average)
            quantities[key] = replace(each, value=round(value, 2))
    for key, each in quantities.items():
        if each.difference:
            first, second = (quantities[part].value for part in each.difference)
            quantities[key] = replace(each, value=round(first - second, 2))
    for key, each in quantities.items():
        if each.same:
            quantities[key] = replace(each, value=quantities[each.same].value)
    return replace(published(), quantities=quantities)


def errors(paper: Published) -> list[tuple[str, str]]:
    return [(found.rule, found.where) for found in lint_published(paper) if found.severity == "error"]


@pytest.mark.parametrize(("rule", "where"), ERRORS)
def test_each_known_disagreement_is_found_by_its_rule(rule: str, where: str) -> None:
    (found,) = [each for each in lint_published(published()) if (each.rule, each.where) == (rule, where)]
    assert found.severity == "error"
    assert found.says.startswith(ERRORS[rule, where])


def test_nothing_else_is_called_an_error() -> None:
    assert sorted(errors(published())) == sorted(ERRORS)


def test_what_can_hardly_be_is_a_warning() -> None:
    warnings = [each for each in lint_published(published()) if each.severity == "warning"]
    assert {(each.rule, each.where) for each in warnings} == WARNINGS
    assert len(warnings) == len(WARNINGS)


def test_where_rounding_could_explain_it_that_is_said() -> None:
    said = {found.where for found in lint_published(published()) if "rounding" in found.says}
    assert said == {"Table 3: avg-Alpaca, xquad", "Table 3: avg-CrossAlpaca, bbh"}


def test_a_corrected_paper_has_no_error() -> None:
    assert errors(corrected()) == []


@given(st.sampled_from(SINGLE), st.sampled_from([-0.2, -0.06, 0.06, 0.2]))
def test_one_changed_value_breaks_the_average_that_it_is_in(key: str, change: float) -> None:
    paper = corrected()
    changed = replace(paper.quantities[key], value=paper.quantities[key].value + change)
    found = errors(replace(paper, quantities={**paper.quantities, key: changed}))
    average = next(each for each in paper.quantities.values() if key in each.average)
    assert found == [("average", f"Table 3: {average.what}, {average.benchmark}")]


def test_the_page_of_the_documentation_shows_the_findings_of_today() -> None:
    page = Path(__file__).parents[2] / "docs/paper.md"
    assert f"\n{markdown(lint_published(published()))}\n" in page.read_text(encoding="utf-8")


def test_averages_with_english_are_as_the_page_says() -> None:
    quantities = published().quantities

    def with_english(kind: str, benchmark: str) -> float:
        parts = quantities[f"Table 3/avg-{kind}/{benchmark}"].average
        return sum(quantities[key].value for key in (*parts, f"Table 3/en-Alpaca/{benchmark}")) / 6

    assert round(with_english("CrossAlpaca", "mmlu"), 2) == 0.32
    assert round(with_english("CrossAlpaca", "bbh"), 2) == 0.28
    assert round(with_english("Alpaca", "mmlu"), 2) == 0.25
    for kind in ("Alpaca", "CrossAlpaca"):
        for benchmark in ("mlqa", "xquad"):
            assert round(with_english(kind, benchmark), 2) != quantities[f"Table 3/avg-{kind}/{benchmark}"].value


def test_rules_without_an_adapter_do_not_exist() -> None:
    assert all(rule.of_report or rule.of_paper for rule in RULES.values())
    assert all(rule.id == key for key, rule in RULES.items())
