"""Whether what gains in alignment gains in score: correlations over few cells, with what little they can say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from crossalpaca.evaluation.intervals import RESAMPLES, percentiles

Coefficient = Literal["spearman", "pearson"]
COEFFICIENTS: tuple[Coefficient, ...] = get_args(Coefficient)
FEWEST = 4  # cells; three points lie in one order by chance in one case of three


@dataclass(frozen=True, slots=True)
class Cells:
    """What is correlated, a number of each kind a cell.

    Attributes:
        first, second: the numbers.
        groups: cells of one group share a number, and are drawn together.
    """

    first: Sequence[float]
    second: Sequence[float]
    groups: Sequence[str]


@dataclass(frozen=True, slots=True)
class Correlation:
    """A coefficient with its 95% percentile interval.

    Attributes:
        value: None where there are fewer than `FEWEST` cells, or all cells are alike.
        interval: None where value is, or where most resamples have no coefficient.
    """

    value: float | None
    interval: tuple[float, float] | None


def correlation(cells: Cells, coefficient: Coefficient, seed: int) -> Correlation:
    """The coefficient over all cells; the interval is from drawing groups of cells with replacement."""
    import polars as pl

    if len(cells.first) < FEWEST:
        return Correlation(None, None)
    table = pl.DataFrame(
        {"group": list(cells.groups), "first": list(cells.first), "second": list(cells.second)},
        schema_overrides={"first": pl.Float64, "second": pl.Float64},
    )
    found = pl.corr("first", "second", method=coefficient).fill_nan(None)
    value = table.select(found).item()
    if value is None:
        return Correlation(None, None)
    groups = table["group"].unique(maintain_order=True)
    drawn = np.random.default_rng(seed).integers(0, len(groups), size=(RESAMPLES, len(groups)))
    draws = pl.DataFrame({"draw": np.repeat(np.arange(RESAMPLES), len(groups)), "group": groups.gather(drawn.ravel())})
    resampled = draws.join(table, on="group").group_by("draw").agg(found.alias("value"))["value"].drop_nulls()
    if len(resampled) < RESAMPLES / 2:
        return Correlation(float(value), None)
    return Correlation(float(value), percentiles(resampled.to_numpy()))
