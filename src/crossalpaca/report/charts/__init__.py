"""The charts of the report: one module each, registered here.

A chart is drawn as a Vega-Lite spec without colours; `theme` has those for light and dark, `files` writes figures, and
`embedding` is what the page needs to show the charts without a network.
"""

from __future__ import annotations

from collections.abc import Mapping

from crossalpaca.report.charts.alignment import ALIGNMENT
from crossalpaca.report.charts.amount import AMOUNT
from crossalpaca.report.charts.by_language import BY_LANGUAGE
from crossalpaca.report.charts.chart import Chart
from crossalpaca.report.charts.direction import DIRECTION
from crossalpaca.report.charts.gains import GAINS
from crossalpaca.report.charts.ladder import LADDER
from crossalpaca.report.charts.losses import LOSSES
from crossalpaca.report.charts.translation import TRANSLATION

CHARTS: Mapping[str, Chart] = {
    chart.id: chart for chart in (BY_LANGUAGE, AMOUNT, DIRECTION, LADDER, ALIGNMENT, TRANSLATION, GAINS, LOSSES)
}
"""All charts by id, in the order of the page."""
