"""A made-up report with something for every part of the page: main experiment, ablations, probes, losses and items."""

from __future__ import annotations

from typing import Any

import reports
from crossalpaca.evaluation.answered import Answered
from crossalpaca.records import Example, Prediction
from crossalpaca.report.explorer import Payload, Voice, payload

LANGUAGES = ("de", "es", "zh-Hans")


def whole_report() -> dict[str, Any]:
    """The main experiment, both ablations, probing and validation losses, in three languages at two seeds."""
    seeds = (42, 43)
    models = reports.alpacas(LANGUAGES, seeds=seeds)
    for code in LANGUAGES:
        models[f"{code}-few"] = reports.model([code], 12000, {"en-x": 1000, "x-en": 1000}, seeds=seeds)
        models[f"{code}-out"] = reports.model([code], 12000, {"en-x": 20000}, seeds=seeds)
        models[f"{code}-in"] = reports.model([code], 12000, {"x-en": 20000}, seeds=seeds)
        models[f"{code}-control"] = reports.model([code], 32000, seeds=seeds, control="repeated")
    compare = [(f"{code}-CrossAlpaca", f"{code}-Alpaca") for code in LANGUAGES]
    report = reports.report(models, languages=LANGUAGES, compare=compare)
    for described in report["models"].values():
        for run in described["runs"]:
            run["training"]["validation_losses"] = [{"step": 20, "loss": 2.0}, {"step": 60, "loss": 1.1}]
    return report


def whole_items(report: dict[str, Any]) -> Payload:
    """Items and answers of all its models, at each of their seeds: of an item that names its number, two in three give
    that."""
    voices = []
    for name, described in report["models"].items():
        for code in described["languages"] or LANGUAGES:
            for seed in described["seeds"]:
                examples = [_item(row, code) for row in range(60)]
                answers = [
                    Prediction(each.id, name, str(row) if (row + seed) % 3 else "\x1b\u202e?", True, (), (), (), 9, 3)
                    for row, each in enumerate(examples)
                ]
                voices.append(Voice(name, seed, Answered(name, examples, answers, "", "")))
    return payload(voices, report)


def _item(row: int, code: str) -> Example:
    passage, head = f"The number is {row}. " * 3, "Text: "
    whole, place = f"{head}{passage}\nQuestion: Which?", (len(head), len(head) + len(passage))
    return Example(
        f"q{row}", "xquad", "", "p", code, "Answer.", whole, "span", (), (), (str(row),), "made-up.json", place
    )
