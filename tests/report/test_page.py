"""The page: escaping, determinism, self-containment, and that it shows what the report says."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import re
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest

from crossalpaca.report.page import render
from crossalpaca.report.table import number, signed

Report = dict[str, Any]
EVIL = "<script>alert('x')</script>\"&"
VOID = {"meta", "link", "br", "line", "circle", "path", "polyline"}


class Parsed(HTMLParser):
    """Elements with their attributes, headings, and table cells as text; fails where tags do not nest."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.cells: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag in ("td", "th", "dd", "p"):
            self.cells.append((tag, ""))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert tag in VOID or self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.cells and self.cells[-1][0] in self.open:
            tag, text = self.cells[-1]
            self.cells[-1] = (tag, f"{text} {data}")

    def texts(self, tag: str) -> list[str]:
        return [" ".join(text.split()) for kind, text in self.cells if kind == tag]

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def test_equal_reports_give_equal_pages(report: Report) -> None:
    again = json.loads(json.dumps(report))
    assert render(report) == render(again) == render(report)


def test_the_report_is_not_changed(report: Report) -> None:
    before = copy.deepcopy(report)
    render(report)
    assert report == before


def test_everything_is_escaped(report: Report) -> None:
    text = json.dumps(report).replace("it-Alpaca", "EVIL").replace("pairs:7", "EVIL")
    for word in ("qa", "navigate", "restored from Q4_1", "duplicate", "cpu, 2 threads", "row-3", "trial", "3.11.7"):
        text = text.replace(f'"{word}"', '"EVIL"')
    evil = json.loads(text.replace("EVIL", json.dumps(EVIL)[1:-1]))
    evil["deviations"] = [EVIL, {EVIL: [EVIL]}]
    page = render(evil)
    assert page.count("&lt;script&gt;") > 40
    assert "<script>alert" not in page
    scripts = Parsed(page).named("script")
    assert len(scripts) == len(Parsed(render(report)).named("script"))
    assert [a for a in scripts if a.keys() - {"type"}] == []


def test_nothing_is_loaded(report: Report) -> None:
    parsed = Parsed(render(report))
    assert {"src", "srcset", "action", "onclick", "onload", "style"}.isdisjoint(
        k for _, a in parsed.elements for k in a
    )
    links = [str(a["href"]) for _, a in parsed.elements if "href" in a]
    targets = {f"#{a['id']}" for _, a in parsed.elements if "id" in a} | {"data:,"}
    assert links
    assert set(links) <= targets


def test_the_policy_allows_what_is_in_the_page_by_its_hash_and_nothing_else(report: Report) -> None:
    page = render(report)
    policy = next(a for a in Parsed(page).named("meta") if a.get("http-equiv") == "Content-Security-Policy")["content"]
    assert policy is not None
    parts = dict(part.strip().partition(" ")[::2] for part in policy.split(";"))
    assert parts.pop("default-src") == "'none'"
    assert parts.pop("img-src") == "data:"
    for kind, pattern in (("script-src", r"<script>(.*?)</script>"), ("style-src", r"<style>(.*?)</style>")):
        inside = re.findall(pattern, page, re.DOTALL)
        hashes = [f"'sha256-{base64.b64encode(hashlib.sha256(t.encode()).digest()).decode()}'" for t in inside]
        assert inside
        assert parts.pop(kind).split() == hashes
    assert parts == {}


def test_page_begins_with_its_doctype(report: Report) -> None:
    assert render(report).startswith('<!DOCTYPE html>\n<html lang="en">')


def test_structure(report: Report) -> None:
    parsed = Parsed(render(report | {"deviations": ["no 8-bit weights"]}))
    levels = [int(tag[1]) for tag, _ in parsed.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert len(parsed.named("caption")) == len(parsed.named("table"))
    assert all("scope" in attributes for attributes in parsed.named("th"))
    ids = [a["id"] for _, a in parsed.elements if "id" in a]
    assert len(ids) == len(set(ids))
    scrolls = [a for a in parsed.named("div") if a.get("class") == "scroll"]
    assert len(scrolls) == len(parsed.named("table"))
    assert all(a["tabindex"] == "0" and a["aria-labelledby"] in ids for a in scrolls)
    drawings = [a for a in parsed.named("svg") if "aria-hidden" not in a]
    assert drawings
    assert all(a["role"] == "img" and a["aria-label"] for a in drawings)


def _units(report: Report) -> dict[str, str]:
    return {metric: described["unit"] for metric, described in report["metrics"].items()}


def test_every_score_is_shown(report: Report) -> None:
    cells = Parsed(render(report)).texts("td")
    units = _units(report)
    for score in report["scores"]:
        unit = units[score["metric"]]
        low, high = score["interval"]
        assert f"{number(score['value'], unit)} [{number(low, unit)}, {number(high, unit)}]" in cells


def test_every_difference_is_shown_with_its_plot(report: Report) -> None:
    parsed = Parsed(render(report))
    cells, units = parsed.texts("td"), _units(report)
    labels = [str(a.get("aria-label")) for a in parsed.named("svg")]
    for difference in report["differences"]:
        unit = units[difference["metric"]]
        low, high = difference["interval"]
        place = cells.index(f"[{signed(low, unit)}, {signed(high, unit)}]")
        assert cells[place - 1] == signed(difference["value"], unit)
        start = f"{signed(difference['value'], unit)} "
        if difference["task"] in ("", "sole"):
            end = f"95% interval {signed(low, unit)} to {signed(high, unit)}: "
            assert any(label.startswith(start) and end in label for label in labels)


def _one_difference(report: Report, metric: str, value: float, interval: list[float]) -> str:
    report["experiment"]["compare"] = [["it-Alpaca", "base"]]
    report["differences"] = [
        d | {"value": value, "interval": interval, "wins": 9, "losses": 2}
        for d in report["differences"]
        if (d["model"], d["benchmark"], d["language"], d["metric"]) == ("it-Alpaca", "qa", "it", metric)
    ]
    return render(report)


@pytest.mark.parametrize(
    ("metric", "value", "interval", "sentence", "listed"),
    [
        ("contains", 0.1, [0.05, 0.2], "1 better, 0 worse, 0 no difference shown.", "qa, Italian: Contains +10.0"),
        ("contains", -0.1, [-0.2, -0.05], "0 better, 1 worse, 0 no difference shown.", "qa, Italian: Contains −10.0"),
        (
            "gold_bits_per_byte",
            -0.1,
            [-0.2, -0.05],
            "1 better, 0 worse, 0 no difference shown.",
            "qa, Italian: Gold bits/byte −0.100",
        ),
        (
            "gold_bits_per_byte",
            0.1,
            [0.05, 0.2],
            "0 better, 1 worse, 0 no difference shown.",
            "qa, Italian: Gold bits/byte +0.100",
        ),
        ("contains", 0.1, [-0.05, 0.2], "0 better, 0 worse, 1 no difference shown.", None),
        (
            "contains",
            0.1,
            [0.1, 0.1],
            "0 better, 0 worse, 0 no difference shown, 1 with an interval without width.",
            None,
        ),
    ],
)
def test_headline(
    report: Report, metric: str, value: float, interval: list[float], sentence: str, listed: str | None
) -> None:
    parsed = Parsed(_one_difference(report, metric, value, interval))
    assert f"1 difference: {sentence}" in parsed.texts("p")
    found = [text for text in parsed.texts("dd") if text.startswith("qa, Italian:")]
    assert found == ([listed] if listed else [])


def test_plot_is_to_scale(report: Report) -> None:
    page = _one_difference(report, "contains", 0.1, [-0.05, 0.2])
    assert '<line class="range" x1="-25.0" x2="100.0" y1="16" y2="16"/><circle cx="50.0" cy="16" r="4"/>' in page
    assert ">−20</text>" in page


def test_models_data_and_training(report: Report) -> None:
    parsed = Parsed(render(report))
    cells = parsed.texts("td")
    assert "91.2% of 240" in cells
    assert "36.0%" in cells  # saved by sharing
    assert "1,160 instruction demonstrations, 80 translations out of English, 80 translations into English" in (
        parsed.texts("dd")
    )
    assert "pairs:7: Short one here ||| Una frase lunga" in parsed.texts("dd")
    page = render(report)
    assert "row-0, row-1, row-2, row-3, row-4 and 2 more" in page
    assert page.count("Recipe of it-Alpaca, it-CrossAlpaca") == 1
    assert "<dt>targets</dt><dd>those of the backbone</dd>" in page
    assert "restored from Q4_1" in page


def test_deviations_only_where_there_are_any(report: Report) -> None:
    assert "Deviations" not in render(report)
    assert "Deviations" not in render(report | {"deviations": []})
    assert "no 8-bit weights" in render(report | {"deviations": ["no 8-bit weights"]})


def test_an_experiment_without_training_or_pairs(report: Report) -> None:
    report["models"] = {"base": report["models"]["base"]}
    report["scores"] = [score for score in report["scores"] if score["model"] == "base"]
    report["differences"], report["experiment"]["compare"] = [], []
    page = render(report)
    Parsed(page)
    assert "names no pairs" in page
    assert "No model was trained" in page
    assert 'id="training"' not in page


def test_a_pair_that_shares_no_benchmark(report: Report) -> None:
    report["differences"] = []
    assert render(report).count("No benchmark was answered by both.") == 2


AUDIT = {
    "benchmark": "qa",
    "language": "it",
    "golds": "by-row",
    "items": 1190,
    "failing": 413,
    "asked": 30,
    "asked_failing": ["q1", "q2"],
    "checks": {"gold-not-in-context": {"severity": "error", "count": 413, "errors": 413, "of": 1190, "asked": 2}},
}


def test_the_audit_stands_beside_the_scores(report: Report) -> None:
    assert "Audit of the benchmarks" not in render(report)
    parsed = Parsed(render(report | {"audits": [AUDIT]}))
    assert any("qa, Italian, golds by row from English" in text for text in parsed.texts("th"))
    cells = parsed.texts("td")
    place = cells.index("error gold-not-in-context 413")
    assert cells[place - 4 : place] == ["1,190", "413", "30", "2"]


def test_scores_over_sound_items_are_shown_under_their_own_head(report: Report) -> None:
    extra = [s | {"items": "sound", "n": 28} for s in report["scores"] if s["benchmark"] == "qa"]
    page = render(report | {"scores": report["scores"] + extra})
    assert "qa, sound items" in page
