"""What models are called in charts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import reports
from crossalpaca.report.charts.series import in_order, kind, labels


def _report(models: dict[str, Any]) -> dict[str, Any]:
    return reports.report(models, languages=["de", "es"], benchmarks={}, probed=False)


@pytest.mark.parametrize(
    ("model", "label"),
    [
        (reports.model([]), "base"),
        (reports.model(["de"], 10), "Alpaca"),
        (reports.model(["de"], 10, {"en-x": 5, "x-en": 5}), "CrossAlpaca"),
        (reports.model(["de"], 10, {"en-x": 5, "x-en": 0}), "Alpaca + en-x"),
        (reports.model(["de"], 0, {"en-x": 5, "x-en": 5}), "translations"),
        (reports.model(["de"], 0, {"x-en": 5}), "translations x-en"),
        (reports.model(["de", "es"], 10, {"en-x": 5, "x-en": 5}), "CrossAlpaca, several languages"),
        (reports.model(["de"], 10, {"en-x": 5, "x-en": 5}, control="shuffled"), "CrossAlpaca (shuffled)"),
    ],
)
def test_a_kind_is_read_from_settings(model: dict[str, Any], label: str) -> None:
    assert kind(model) == label


def test_languages_share_labels_and_amounts_are_named_only_where_they_differ() -> None:
    plain = labels(_report(reports.alpacas(["de", "es"])))
    assert set(plain.values()) == {"base", "Alpaca", "CrossAlpaca"}
    models = reports.alpacas(["de", "es"]) | {"few": reports.model(["de"], 12000, {"en-x": 100, "x-en": 100})}
    told = labels(_report(models))
    assert told["few"] == "CrossAlpaca, 200 translations"
    assert told["de-CrossAlpaca"] == told["es-CrossAlpaca"] == "CrossAlpaca, 20,000 translations"


MODELS = st.builds(
    lambda code, instructions, out, into, control: reports.model(
        [code], instructions, {"en-x": out, "x-en": into}, control=control
    ),
    st.sampled_from(["de", "es"]),
    st.sampled_from([0, 100, 200]),
    st.sampled_from([0, 50, 100]),
    st.sampled_from([0, 50, 100]),
    st.sampled_from([None, "shuffled"]),
)


@given(st.lists(MODELS, max_size=8))
def test_no_two_models_of_one_language_share_a_label(models: list[dict[str, Any]]) -> None:
    report = _report({f"m{i}": model for i, model in enumerate(models)})
    found = labels(report)
    trained = {name: model for name, model in report["models"].items() if model["trained"]}
    places = [(found[name], *model["languages"]) for name, model in trained.items()]
    assert len(places) == len(set(places))
    assert sorted(in_order(report)) == sorted(set(found.values()))
