"""The charts as files for papers and slides: SVG, PNG and PDF, made without a network and without a browser."""

from __future__ import annotations

import copy
import re
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal, get_args

from crossalpaca.errors import InputError
from crossalpaca.report.charts import CHARTS
from crossalpaca.report.charts.chart import NOTHING_PUBLISHED, Published, Report, Spec
from crossalpaca.report.charts.panels import legend_columns
from crossalpaca.report.charts.theme import FILE_FONT, WIDTH, config

Format = Literal["svg", "png", "pdf"]

_TITLE_CHARACTERS = 76  # of a line of the title
_PPI = 192  # twice a screen's 96, for print
_PAPER = "#ffffff"


def write_figures(
    report: Report,
    folder: Path,
    formats: Sequence[Format] = ("svg", "png", "pdf"),
    published: Published = NOTHING_PUBLISHED,
) -> list[Path]:
    """Writes every chart that the report has something for to `ID.FORMAT`; the ladder once for each compared pair.

    Equal reports give equal SVG files, byte for byte.

    Raises:
        InputError: a format is none of svg, png and pdf.
    """
    for form in formats:
        if form not in get_args(Format):
            raise InputError(f"figures cannot be written as {form!r}: choose from {', '.join(get_args(Format))}")
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, spec in figures(report, published):
        svg = to_svg(spec)
        for form in formats:
            path = folder / f"{name}.{form}"
            path.write_bytes(_converted(svg, form))
            written.append(path)
    return written


def figures(report: Report, published: Published = NOTHING_PUBLISHED) -> Iterator[tuple[str, Spec]]:
    """Names and specs of the figures, each with its title."""
    for chart in CHARTS.values():
        spec = chart.draw(report, published)
        if spec is not None:
            for name, chosen in _choices(chart.id, spec):
                yield name, _titled(chosen, chart.title)


def _choices(name: str, spec: Spec) -> Iterator[tuple[str, Spec]]:
    """The figure as it is, or for each value of the choice that asks for it, as no file has a control to choose by."""
    asked = spec["usermeta"].get("each_choice")
    if asked is None:
        yield name, spec
        return
    place = next(i for i, param in enumerate(spec["params"]) if param["name"] == asked)
    for number, value in enumerate(spec["params"][place]["bind"]["options"], start=1):
        chosen = copy.deepcopy(spec)
        chosen["params"][place]["value"] = value
        # Names of models are free text, of which a file's name takes what is safe; the number keeps them apart.
        yield f"{name}-{number}-{re.sub(r'[^A-Za-z0-9.]+', '-', value).strip('-.')[:80]}", chosen


def _titled(spec: Spec, title: str) -> Spec:
    """The title as the first line, with what the chart says itself, measure or coefficients, under it."""
    lines = textwrap.wrap(title, _TITLE_CHARACTERS)
    own = spec.get("title")
    return spec | {"title": {"text": lines, **({"subtitle": own["text"]} if own else {})}}


def to_svg(spec: Spec) -> str:
    """A spec as SVG in the light theme, on white."""
    import vl_convert

    look = config(font=FILE_FONT) | {"background": _PAPER, "padding": 12}
    look["legend"] |= {"columns": legend_columns(spec["usermeta"]["layout"], WIDTH)}
    bare = {key: value for key, value in spec.items() if key != "usermeta"}
    return vl_convert.vegalite_to_svg(bare, config=look, allowed_base_urls=[])


def _converted(svg: str, form: Format) -> bytes:
    import vl_convert

    if form == "png":
        return vl_convert.svg_to_png(svg, ppi=_PPI)
    if form == "pdf":
        return vl_convert.svg_to_pdf(svg)
    return svg.encode("utf-8")
