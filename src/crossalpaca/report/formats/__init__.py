"""The report in other forms: tidy tables for spreadsheets and statistics, tables for a paper, and its data alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from crossalpaca.errors import InputError, nearest
from crossalpaca.report.compact import compact_tables, markdown
from crossalpaca.report.formats.csv import write_csv
from crossalpaca.report.formats.latex import latex
from crossalpaca.report.ladder import ladder_table
from crossalpaca.report.legible import json_text, legible
from crossalpaca.report.table import Report

TABLES = "tables.tex"
DATA = "report.json"
PAGE = "report.html"
MARKDOWN = "report.md"

Writer = Callable[[Report, Path], list[Path]]


def write(report: Report, form: str, folder: Path) -> list[Path]:
    """Writes the report into a folder, in one of `FORMATS`; files of the same names are written anew.

    Returns:
        The files written.

    Raises:
        InputError: there is no such form, or the folder cannot be written.
    """
    if form not in FORMATS:
        raise InputError(f"--format {form}: unknown{nearest(form, FORMATS)}; one of {', '.join(FORMATS)}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return FORMATS[form](report, folder)
    except OSError as error:
        raise InputError(f"{folder}: cannot be written ({error.strerror}); name another folder with --out") from error


def _write_latex(report: Report, folder: Path) -> list[Path]:
    path = folder / TABLES
    path.write_text(latex(report, [*compact_tables(report), *ladder_table(report)]), encoding="utf-8")
    return [path]


def _write_json(report: Report, folder: Path) -> list[Path]:
    path = folder / DATA
    path.write_text(json_text(report), encoding="utf-8")
    return [path]


def _write_html(report: Report, folder: Path) -> list[Path]:
    from crossalpaca.report.page import render

    path = folder / PAGE
    path.write_text(render(report), encoding="utf-8")
    return [path]


def _write_markdown(report: Report, folder: Path) -> list[Path]:
    path = folder / MARKDOWN
    path.write_text(markdown(report), encoding="utf-8")
    return [path]


def _write_figures(report: Report, folder: Path) -> list[Path]:
    from crossalpaca.report.charts.files import write_figures
    from crossalpaca.report.published import values

    return write_figures(report, folder, published=dict(values().items()))


def _legibly(writer: Writer) -> Writer:
    return lambda report, folder: writer(legible(report), folder)


FORMATS: Mapping[str, Writer] = {
    "csv": _legibly(write_csv),
    "figures": _legibly(_write_figures),
    "html": _write_html,
    "json": _write_json,
    "latex": _legibly(_write_latex),
    "markdown": _legibly(_write_markdown),
}
"""The forms by name: each a function that writes a report into a folder that is there, and says which files."""
