"""The linter of reports: a clean one has no error, and every number that is changed is found by its rule."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import reports
from crossalpaca.errors import DataError
from crossalpaca.evaluation.significance import holm, mcnemar
from crossalpaca.report.linter import RULES, lint_report

Report = dict[str, Any]
PLACE = ("benchmark", "task", "language", "metric", "items")
COMPARE = (("de-CrossAlpaca", "de-Alpaca"), ("de-Alpaca", "base"))


def made() -> Report:
    """A report that is clean, with something for every rule to ask about."""
    models = reports.alpacas(["de"], seeds=(42, 43))
    few = ("exact_match", "first_line", "contains", "accuracy_generated", "gold_bits_per_byte")
    benchmarks = {name: [each for each in few if each in own] for name, own in reports.BENCHMARKS.items()}
    report = reports.report(models, languages=["de"], compare=COMPARE, benchmarks=benchmarks)
    _won_and_lost(report)
    _tasks(report)
    _adjusted(report)
    _known(report)
    return report


def _score(report: Report, model: str, *place: str) -> dict[str, Any]:
    (found,) = [s for s in report["scores"] if (s["model"], *(s[key] for key in PLACE)) == (model, *place)]
    return found


def _won_and_lost(report: Report) -> None:
    """One difference is tested by McNemar's test, on 40 items won and 20 lost of 240."""
    place = ("mmlu", "", "de", "accuracy_generated", "all")
    for model, value in (("de-CrossAlpaca", 0.5 + 20 / 240), ("de-Alpaca", 0.5)):
        own = {"value": value, "by_seed": [value, value], "interval": [value - 0.03, value + 0.03]}
        _score(report, model, *place).update(own)
    for each in report["differences"]:
        if tuple(each[key] for key in PLACE) == place:
            value = _score(report, each["model"], *place)["value"] - _score(report, each["baseline"], *place)["value"]
            each.update(value=value, by_seed=[value], interval=[value - 0.04, value + 0.04])
            if each["model"] == "de-CrossAlpaca":
                each.update(test="mcnemar", p=mcnemar(40, 20))


def _tasks(report: Report) -> None:
    """One benchmark of one model has two tasks of 100 and 140 items."""
    whole = _score(report, "base", "bbh", "", "de", "accuracy_generated", "all")
    for task, n, change in (("navigate", 100, 0.014), ("date", 140, -0.01)):
        value = whole["value"] + change
        signature = f"accuracy_generated|bench:bbh|task:{task}|lang:de|items:all|n:{n}"
        own = {"task": task, "n": n, "value": value, "by_seed": [value], "interval": [value - 0.1, value + 0.1]}
        report["scores"].append(whole | own | {"signature": signature})


def _adjusted(report: Report) -> None:
    """p-values of all sizes, adjusted by Holm over those of one metric and choice of items."""
    drawn = random.Random(5)
    families: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for each in report["differences"]:
        each["p"] = each["p"] if each["test"] == "mcnemar" else drawn.uniform(0.001, 0.2)
        families.setdefault((each["metric"], each["items"]), []).append(each)
    for family in families.values():
        for each, p in zip(family, holm([each["p"] for each in family]), strict=True):
            each["p_holm"] = p


def _known(report: Report) -> None:
    """What the audit counted, and the artefact of every evaluation."""
    places = dict.fromkeys((s["model"], s["benchmark"], s["language"]) for s in report["scores"])
    shown = [(f"{m}@{seed}" if m != "base" else m, b, c) for m, b, c in places for seed in (42, 43)]
    roles = dict.fromkeys(f"evaluate/{model}/{benchmark}/{code}" for model, benchmark, code in shown)
    report["provenance"] = [{"role": role, "artefact": f"evaluate-{number}"} for number, role in enumerate(roles)]
    report["audits"] = [
        {"benchmark": b, "language": c, "asked": 240, "asked_failing": [f"e{n}" for n in range(10)]}
        for b, c in dict.fromkeys((b, c) for _, b, c in places)
    ]


CLEAN = made()


def errors(report: Report) -> set[str]:
    return {found.rule for found in lint_report(report) if found.severity == "error"}


def test_a_clean_report_has_no_error() -> None:
    assert errors(CLEAN) == set()


@pytest.mark.parametrize("seeds", [(42,), (1, 2, 3)])
def test_reports_of_every_shape_are_clean(seeds: tuple[int, ...]) -> None:
    report = reports.report(reports.alpacas(["de", "it"], seeds=seeds), languages=["de", "it"], compare=COMPARE)
    _adjusted(report)
    assert errors(report) == set()


# Every number


Change = Callable[[Report, random.Random], None]


def _of(report: Report, drawn: random.Random, name: str, **where: object) -> dict[str, Any]:
    """One entry of a list of the report, by chance."""
    entries = report[name] if name in report and report[name] is not None else report["probing"][name]
    return drawn.choice([e for e in entries if all(e.get(key) == value for key, value in where.items())])


def _shift(entry: dict[str, Any], drawn: random.Random) -> None:
    """Another value; the interval moves along."""
    by = drawn.choice([-1, 1]) * drawn.uniform(1e-4, 0.05)
    entry["value"] += by
    entry["interval"] = [end + by for end in entry["interval"]]


def _set(name: str, key: str, value: object, **where: object) -> Change:
    def change(report: Report, drawn: random.Random) -> None:
        _of(report, drawn, name, **where)[key] = value

    return change


def _shifted(name: str, **where: object) -> Change:
    return lambda report, drawn: _shift(_of(report, drawn, name, **where), drawn)


def _seed_shifted(name: str) -> Change:
    def change(report: Report, drawn: random.Random) -> None:
        _of(report, drawn, name)["by_seed"][-1] += 0.01

    return change


def _off_interval(name: str) -> Change:
    def change(report: Report, drawn: random.Random) -> None:
        entry = _of(report, drawn, name)
        entry["interval"] = drawn.choice([[entry["value"] + 0.001, 9.0], [-9.0, entry["value"] - 0.001]])

    return change


def _whole_shifted(report: Report, drawn: random.Random) -> None:
    entry = _of(report, drawn, "scores", task=drawn.choice(["navigate", "date"]))
    _shift(entry, drawn)
    entry["by_seed"] = [entry["value"]]


def _one_more(name: str, **where: object) -> Change:
    def change(report: Report, drawn: random.Random) -> None:
        _of(report, drawn, name, **where)["n"] += drawn.randint(1, 9)

    return change


def _all_sound(report: Report, drawn: random.Random) -> None:
    """No item is left out, but the value is another one."""
    entry = _of(report, drawn, "scores", items="sound")
    entry["n"] = 240
    _shift(entry, drawn)


def _said_otherwise(name: str) -> Change:
    def change(report: Report, drawn: random.Random) -> None:
        again = deepcopy(_of(report, drawn, name))
        again["value"] += 0.01
        report[name].append(again)

    return change


def _turned_round(report: Report, drawn: random.Random) -> None:
    each = deepcopy(_of(report, drawn, "differences"))
    report["differences"].append(each | {"model": each["baseline"], "baseline": each["model"]})


def _compared_with_nobody(report: Report, drawn: random.Random) -> None:
    report["experiment"]["compare"][0][drawn.randint(0, 1)] = "de-Alpacca"


def _without_provenance(report: Report, drawn: random.Random) -> None:
    report["provenance"].pop(drawn.randrange(len(report["provenance"])))


def _p_shifted(report: Report, drawn: random.Random) -> None:
    each = _of(report, drawn, "differences")
    each["p_holm"] += drawn.choice([-1, 1]) * drawn.uniform(1e-4, 0.01)


CHANGES: list[tuple[str, str, Change]] = [
    ("value of a score", "seeds", _shifted("scores")),
    ("value of a difference", "difference", _shifted("differences")),
    ("value of a task", "average", _whole_shifted),
    ("value of an alignment", "seeds", _shifted("alignment")),
    ("value of a translation", "seeds", _shifted("translation")),
    ("one seed of a score", "seeds", _seed_shifted("scores")),
    ("one seed of a difference", "seeds", _seed_shifted("differences")),
    ("one seed missing", "seeds", _set("scores", "by_seed", [0.5, 0.5, 0.5], model="de-Alpaca")),
    ("interval of a score", "interval", _off_interval("scores")),
    ("interval of a difference", "interval", _off_interval("differences")),
    ("interval of an alignment", "interval", _off_interval("alignment")),
    ("interval of a translation", "interval", _off_interval("translation")),
    ("interval of a correlation", "interval", _off_interval("correlations")),
    ("share above one", "range", _set("scores", "value", 1.01, metric="exact_match")),
    ("share below nothing", "range", _set("scores", "value", -0.01, metric="contains")),
    ("bits below nothing", "range", _set("scores", "value", -0.5, metric="gold_bits_per_byte")),
    ("no number", "range", _set("scores", "value", math.nan)),
    ("difference above one", "range", _set("differences", "value", -1.2, metric="exact_match")),
    ("p above one", "range", _set("differences", "p", 1.2)),
    ("alignment above one", "range", _set("alignment", "value", 1.2)),
    ("chrF above hundred", "range", _set("translation", "value", 100.2)),
    ("correlation above one", "range", _set("correlations", "value", 1.2)),
    ("n of a score", "signature", _one_more("scores")),
    ("n of a difference", "difference", _one_more("differences")),
    ("n of a task", "average", _one_more("scores", task="date")),
    ("n of exact match", "agreement", _one_more("scores", metric="exact_match", task="")),
    ("no items", "counts", _set("scores", "n", 0)),
    ("more won than there are", "counts", _set("differences", "wins", 239)),
    ("fewer lost than none", "counts", _set("differences", "losses", -1)),
    ("more sound items than all", "sound", _set("scores", "n", 241, items="sound")),
    ("all items sound, other value", "sound", _all_sound),
    ("wins of McNemar's test", "mcnemar", _set("differences", "wins", 41, test="mcnemar")),
    ("p of McNemar's test", "mcnemar", _set("differences", "p", 0.5, test="mcnemar")),
    ("adjusted p", "holm", _p_shifted),
    ("adjusted p missing", "holm", _set("differences", "p_holm", None)),
    ("model of a score", "names", _set("scores", "model", "de-Alpacca")),
    ("model of a difference", "names", _set("differences", "model", "de-Alpacca")),
    ("baseline of a difference", "names", _set("differences", "baseline", "de-Alpacca")),
    ("model of an alignment", "names", _set("alignment", "model", "de-Alpacca")),
    ("model to compare", "names", _compared_with_nobody),
    ("metric of a score", "names", _set("scores", "metric", "exactly")),
    ("metric, signature", "signature", _set("scores", "metric", "f1_squad")),
    ("language, signature", "signature", _set("scores", "language", "it")),
    ("benchmark, signature", "signature", _set("scores", "benchmark", "squad_it")),
    ("items, signature", "signature", _set("scores", "items", "sound", items="all")),
    ("task, signature", "signature", _set("scores", "task", "other", task="date")),
    ("no signature", "signature", _set("scores", "signature", "")),
    ("a score twice", "agreement", _said_otherwise("scores")),
    ("a difference twice", "agreement", _said_otherwise("differences")),
    ("a difference turned round, same sign", "agreement", _turned_round),
    ("items of the audit", "agreement", _set("audits", "asked", 239)),
    ("provenance of an evaluation", "provenance", _without_provenance),
    ("artefact of an evaluation", "provenance", _set("provenance", "artefact", "")),
]


@pytest.mark.parametrize(("rule", "change"), [(r, c) for _, r, c in CHANGES], ids=[name for name, *_ in CHANGES])
@settings(max_examples=6)
@given(seed=st.integers(0, 2**32))
def test_one_changed_number_is_found_by_its_rule(rule: str, change: Change, seed: int) -> None:
    report = deepcopy(CLEAN)
    change(report, random.Random(seed))
    assert rule in errors(report)


def test_every_rule_of_errors_has_a_change_that_it_finds() -> None:
    asked = {rule.id for rule in RULES.values() if rule.of_report is not None and rule.severity == "error"}
    assert {rule for _, rule, _ in CHANGES} == asked


# What is no error


def test_a_difference_on_fewer_items_is_none_where_prompts_were_skipped() -> None:
    report = deepcopy(CLEAN)
    for each in report["differences"]:
        if (each["model"], each["benchmark"], each["language"]) == ("de-CrossAlpaca", "xquad", "de"):
            each["n"] -= 3
            each["value"] += 0.002
            each["by_seed"] = []
    assert errors(report) == {"difference"}
    report["windows"] = [{"model": "de-Alpaca", "benchmark": "xquad", "language": "de", "skipped": 3}]
    assert errors(report) == set()


def test_tasks_that_are_kept_out_are_in_no_average() -> None:
    report = deepcopy(CLEAN)
    whole = _score(report, "base", "bbh", "", "de", "accuracy_generated", "all")
    extra = deepcopy(_score(report, "base", "bbh", "date", "de", "accuracy_generated", "all"))
    extra.update(task="word_sorting", signature=extra["signature"].replace("date", "word_sorting"))
    report["scores"].append(extra)
    assert errors(report) == {"average"}
    whole["signature"] += "|kept-out:word_sorting"
    assert errors(report) == set()


def test_an_accuracy_below_guessing_is_a_warning_only_with_its_whole_interval() -> None:
    for high, expected in ((0.26, []), (0.24, ["guessing"])):
        report = deepcopy(CLEAN)
        for score in report["scores"]:
            if (score["benchmark"], score["metric"]) == ("mmlu", "accuracy_generated"):
                score["interval"] = [0.1, 0.9]
        low = _score(report, "base", "mmlu", "", "de", "accuracy_generated", "all")
        low.update(value=0.2, by_seed=[0.2], interval=[0.14, high])
        found = [each for each in lint_report(report) if each.severity == "warning"]
        assert [each.rule for each in found] == expected


def test_own_four_choice_questions_have_the_same_guess() -> None:
    report = deepcopy(CLEAN)
    report["experiment"]["file"]["evaluation"] = {"benchmarks": [{"benchmark": "choices", "name": "mlqa"}]}
    score = _score(report, "base", "mlqa", "", "de", "contains", "all")
    score.update(metric="accuracy_generated", value=0.01, by_seed=[0.01], interval=[0.0, 0.02])
    warnings = [each.where for each in lint_report(report) if each.rule == "guessing"]
    assert "base, mlqa (de), accuracy_generated" in warnings


# What is no report


@pytest.mark.parametrize(
    ("report", "place"),
    [
        ({}, "experiment"),
        ({**CLEAN, "scores": [{"model": "base"}]}, "scores[0].benchmark"),
        ({**CLEAN, "differences": "none"}, "differences"),
        ({**CLEAN, "scores": [{**CLEAN["scores"][0], "interval": [0.1]}]}, "scores[0].interval[1]"),
    ],
)
def test_what_is_no_report_is_refused_with_the_place(report: Report, place: str) -> None:
    with pytest.raises(DataError) as refused:
        lint_report(report)
    assert str(refused.value).startswith(f"{place}: ")
    assert "\n" not in str(refused.value)


def _committed() -> list[Path]:
    return sorted((Path(__file__).parents[2] / "results").glob("*/report.json"))


@pytest.mark.parametrize("path", _committed(), ids=lambda path: path.parent.name)
def test_committed_results_have_no_error(path: Path) -> None:
    report = json.loads(path.read_text(encoding="utf-8"))
    if "languages" not in report["experiment"]:
        pytest.skip("a report of an older form, adjusted over one pair of models alone")
    assert errors(report) == set()
