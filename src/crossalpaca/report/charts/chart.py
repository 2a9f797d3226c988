"""What a chart of the report is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Report = Mapping[str, Any]
Published = Mapping[tuple[str, str, str], float]
"""Values of the paper, shares of 1, by kind of model ("Alpaca", "CrossAlpaca"), language and benchmark."""

Spec = dict[str, Any]
Draw = Callable[[Report, Published], Spec | None]

NOTHING_PUBLISHED: Published = {}


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart.

    Attributes:
        id: its name, also that of its files and of its element in the page.
        title: a sentence that says what is shown.
        caption: how to read it.
        drawn: the Vega-Lite spec of a report, without a theme; None where the report has nothing for it.
    """

    id: str
    title: str
    caption: str
    drawn: Draw

    def draw(self, report: Report, published: Published = NOTHING_PUBLISHED) -> Spec | None:
        """The Vega-Lite spec of a report, or None where it has nothing to show; equal reports give equal specs."""
        return self.drawn(report, published)
