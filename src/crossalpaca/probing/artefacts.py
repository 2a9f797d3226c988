"""What the steps of probing write, and how it is read again; without torch, so that a report can do it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np

from crossalpaca.demonstrations.mixture import DIRECTIONS
from crossalpaca.errors import DataError
from crossalpaca.probing.quality import QUALITIES, Quality, Statistics
from crossalpaca.probing.retrieval import MEASURES, Measure
from crossalpaca.records import Direction

ALIGNMENT = "alignment.json"
HITS = "hits.jsonl"
TRANSLATION = "translation.json"
STATISTICS = "statistics.jsonl"


@dataclass(frozen=True, slots=True)
class Aligned:
    """What `align` found.

    Attributes:
        language: code of x.
        layers: of the model; hits are of layers 0 (the embeddings) to this one.
        n: sentences.
        sentences: digest of them (see `Parallel`).
        hits: measure, direction and layer to one "0" or "1" a sentence, in their order.
    """

    language: str
    layers: int
    n: int
    sentences: str
    hits: Mapping[tuple[Measure, Direction, int], str]


@dataclass(frozen=True, slots=True)
class Translated:
    """What `translate` found.

    Attributes:
        language: code of x.
        n: sentences of each direction.
        sentences: digest of them (see `Parallel`).
        statistics: direction and metric to the statistics of the sentences, in their order.
    """

    language: str
    n: int
    sentences: str
    statistics: Mapping[tuple[Direction, Quality], Statistics]


def read_aligned(folder: Path) -> Aligned:
    """What `align` wrote to a folder.

    Raises:
        DataError: it did not, or a file is damaged.
    """
    try:
        head = json.loads((folder / ALIGNMENT).read_text(encoding="utf-8"))
        lines = (folder / HITS).read_text(encoding="utf-8").splitlines()
        rows = [json.loads(line) for line in lines]
        found = {(row["measure"], row["direction"], row["layer"]): row["hits"] for row in rows}
        aligned = Aligned(head["language"], head["layers"], head["n"], head["sentences"], found)
        layers = range(aligned.layers + 1)
    except (OSError, ValueError, KeyError, TypeError):
        raise DataError(f"{folder}: holds no whole alignment; remove the folder and run again") from None
    if set(found) != set(product(MEASURES, DIRECTIONS, layers)) or any(
        len(each) != aligned.n for each in found.values()
    ):
        raise DataError(f"{folder / HITS}: is cut off; remove the folder and run again")
    return aligned


def read_translated(folder: Path) -> Translated:
    """What `translate` wrote to a folder.

    Raises:
        DataError: it did not, or a file is damaged.
    """
    try:
        head = json.loads((folder / TRANSLATION).read_text(encoding="utf-8"))
        rows = [json.loads(line) for line in (folder / STATISTICS).read_text(encoding="utf-8").splitlines()]
        found = {
            (row["direction"], row["metric"]): Statistics(row["signature"], np.array(row["counts"])) for row in rows
        }
        translated = Translated(head["language"], head["n"], head["sentences"], found)
    except (OSError, ValueError, KeyError, TypeError):
        raise DataError(f"{folder}: holds no whole translation; remove the folder and run again") from None
    if set(found) != set(product(DIRECTIONS, QUALITIES)) or any(
        len(each.counts) != translated.n for each in found.values()
    ):
        raise DataError(f"{folder / STATISTICS}: is cut off; remove the folder and run again")
    return translated
