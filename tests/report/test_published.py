"""The paper's numbers as data: complete, typed, and as printed."""

from __future__ import annotations

import pytest

from crossalpaca.languages import languages
from crossalpaca.report.published import published, values


def test_every_cell_of_table_3_is_there() -> None:
    rows = {quantity.what for quantity in published().quantities.values() if quantity.kind}
    cells = [quantity for quantity in published().quantities.values() if quantity.kind]
    assert len(rows) == 13
    assert len(cells) == 13 * 4
    assert {cell.place for cell in cells} == {"Table 3"}
    assert len(values()) == 11 * 4


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (("Alpaca", "en", "mlqa"), 0.89),
        (("Alpaca", "ar", "mmlu"), 0.18),
        (("CrossAlpaca", "zh-Hans", "xquad"), 0.69),
        (("CrossAlpaca", "de", "bbh"), 0.29),
    ],
)
def test_values_are_found_by_kind_language_and_benchmark(key: tuple[str, str, str], value: float) -> None:
    assert values()[key] == value


def test_languages_are_those_of_this_project() -> None:
    spoken = {language for _, language, _ in values()}
    assert spoken == {"en", "zh-Hans", "ar", "it", "es", "de"}
    assert spoken <= languages().keys()


def test_formulas_name_numbers_that_are_there() -> None:
    quantities = published().quantities
    for quantity in quantities.values():
        named = [*quantity.average, *quantity.difference, *([quantity.same] if quantity.same else [])]
        assert set(named) <= quantities.keys()
        assert len(quantity.difference) in (0, 2)
        assert all(quantities[key].benchmark == quantity.benchmark for key in named)


def test_precision_is_that_of_the_page() -> None:
    quantities = published().quantities
    assert {quantity.step for quantity in quantities.values()} == {0.01}
    text = quantities["text/en-Alpaca less avg-Alpaca/xquad"]
    assert (text.printed, text.value) == ("53 points", 0.53)
    assert quantities["Table 3/en-Alpaca/bbh"].printed == "0.30"


def test_keys_are_unique() -> None:
    keys = [quantity.key for quantity in published().quantities.values()]
    assert keys == list(published().quantities)
    assert len(keys) == 13 * 4 + 7
