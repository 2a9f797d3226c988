"""Score tables of a page, and the signatures behind them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crossalpaca.report.table import ResultRow, in_order


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """Scores on benchmarks that are measured alike.

    Attributes:
        title: what kind of benchmark.
        metrics: the columns.
        groups: title (and task) to its rows, all languages and models.
    """

    title: str
    metrics: Sequence[str]
    groups: Mapping[tuple[str, str], Sequence[ResultRow]]


def score_tables(rows: Sequence[ResultRow]) -> list[ScoreTable]:
    """One table for each set of metrics that apply together."""
    kinds: dict[tuple[str, ...], dict[tuple[str, str], list[ResultRow]]] = {}
    for row in rows:
        kinds.setdefault(tuple(row.scores), {}).setdefault((row.title, row.task), []).append(row)
    tables = []
    for metrics, groups in kinds.items():
        tables.append(ScoreTable(_title(metrics), in_order(metrics), groups))
    return tables


def _title(metrics: Iterable[str]) -> str:
    if "accuracy_choices" in metrics:
        return "Questions with options"
    return "Tasks with short answers" if "accuracy_generated" in metrics else "Questions with free answers"


def signatures(scores: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each signature once; models share it where they were asked alike."""
    found: dict[tuple[str, ...], list[str]] = {}
    for score in scores:
        place = (score["benchmark"], score["language"], score["task"], score["metric"], score["signature"])
        found.setdefault(place, []).append(score["model"])
    heads = ("benchmark", "language", "task", "metric", "signature")
    return [dict(zip(heads, place, strict=True)) | {"models": models} for place, models in found.items()]


def settings(file: Mapping[str, Any]) -> str:
    """An experiment file as YAML."""
    import yaml

    text: str = yaml.safe_dump(dict(file), sort_keys=False, allow_unicode=True, width=100)
    return text
