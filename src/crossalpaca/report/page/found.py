"""What a page says of numbers without the unsound items, and of what the probes found, as tables of texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from crossalpaca.report.compact import CompactTable
from crossalpaca.report.ladder import WithAndWithout
from crossalpaca.report.table import LABELS, MINUS, number, signed

_QUALITIES = {"alignment": "retrieval, best layer", "chrf": "chrF", "bleu": "BLEU"}
_DIRECTIONS = {"both": "both directions", "en-x": "out of English", "x-en": "into English"}


def with_and_without(rows: Sequence[WithAndWithout]) -> CompactTable | None:
    """Every number over all items and over the sound ones, where these are fewer; None where they never are."""
    cells = [list(_kept(row)) for row in rows if row.left_out]
    heads = ("number", "benchmark", "language", "measure", ">all items", ">sound items", ">change", ">left out")
    caption = "Every number with and without the items that fail the audit, in per cent (bits: bits per byte)"
    return CompactTable(caption, heads, cells) if cells else None


def _kept(row: WithAndWithout) -> Iterator[str]:
    unit = "bits" if row.metric == "gold_bits_per_byte" else "share"
    form = signed if row.baseline else number
    yield f"{row.model} {MINUS} {row.baseline}" if row.baseline else row.model
    yield f"{row.benchmark}, {row.task}" if row.task else row.benchmark
    yield row.language
    yield LABELS.get(row.metric, row.metric)
    yield f"{form(row.kept.value, unit)} (n {row.kept.n})"
    yield "-" if row.dropped is None else f"{form(row.dropped.value, unit)} (n {row.dropped.n})"
    yield "-" if row.change is None else signed(row.change, unit)
    yield str(row.left_out)


def gains(report: Mapping[str, Any]) -> CompactTable | None:
    """What a model gains on its baseline in alignment and in translation; None where nothing was probed."""
    rows = (report["probing"] or {}).get("gains", [])
    cells = [
        [
            f"{row['model']} {MINUS} {row['baseline']}",
            row["language"],
            _QUALITIES.get(row["metric"], row["metric"]),
            _DIRECTIONS.get(row["direction"], row["direction"]),
            _valued(row),
            str(row["n"]),
        ]
        for row in rows
    ]
    heads = ("models", "language", "measure", "direction", ">difference", ">sentences")
    caption = "Paired differences in alignment (points) and in translation (chrF and BLEU points), 95% intervals"
    return CompactTable(caption, heads, cells) if cells else None


def _valued(row: Mapping[str, Any]) -> str:
    scale = 1 if row["metric"] == "alignment" else 0.01  # chrF and BLEU are of 100 already
    value, low, high = (signed(scale * each, "share") for each in (row["value"], *row["interval"]))
    return f"{value} [{low}, {high}]"


def translation(report: Mapping[str, Any]) -> CompactTable | None:
    """chrF and BLEU of each model, language and direction; None where nothing was translated."""
    cells = [
        [row["model"], row["language"], _DIRECTIONS[row["direction"]], _QUALITIES[row["metric"]], _scored(row, 0.01)]
        for row in (report["probing"] or {}).get("translation", [])
    ]
    heads = ("model", "language", "direction", "measure", ">score")
    return CompactTable("Translation in both directions, 95% intervals", heads, cells) if cells else None


def alignment(report: Mapping[str, Any]) -> CompactTable | None:
    """The best layer of each model, language, direction and measure; None where nothing was probed."""
    best: dict[tuple[str, ...], Mapping[str, Any]] = {}
    for row in (report["probing"] or {}).get("alignment", []):
        place = (row["model"], row["language"], row["direction"], row["measure"])
        if place not in best or row["value"] > best[place]["value"]:
            best[place] = row
    cells = [
        [model, code, _DIRECTIONS[direction], measure, f"{row['layer']} of {row['layers']}", _scored(row, 1)]
        for (model, code, direction, measure), row in best.items()
    ]
    heads = ("model", "language", "direction", "measure", ">best layer", ">found, per cent")
    caption = "Sentences that find their translation, in the best layer (all layers are in report.json), 95% intervals"
    return CompactTable(caption, heads, cells) if cells else None


def correlations(report: Mapping[str, Any]) -> CompactTable | None:
    """How gains in alignment go with gains in scores, over cells; None where there are none."""
    cells = [
        [LABELS.get(row["metric"], row["metric"]), row["coefficient"], _coefficient(row), str(row["n"])]
        for row in (report["probing"] or {}).get("correlations", [])
    ]
    heads = ("measure", "coefficient", ">correlation", ">cells")
    caption = "Gain in alignment against gain in score, over pairs, languages and benchmarks, 95% intervals"
    return CompactTable(caption, heads, cells) if cells else None


def _coefficient(row: Mapping[str, Any]) -> str:
    if row["value"] is None:
        return "too few cells"
    if row["interval"] is None:
        return f"{row['value']:+.2f}"
    low, high = row["interval"]
    return f"{row['value']:+.2f} [{low:+.2f}, {high:+.2f}]".replace("-", MINUS)


def _scored(row: Mapping[str, Any], scale: float) -> str:
    value, low, high = (number(scale * each, "share") for each in (row["value"], *row["interval"]))
    return f"{value} [{low}, {high}]"


PROBES = (gains, alignment, translation, correlations)
"""The tables of what the probes found, in the order of the page."""
