"""The command that recomputes what a report, or the published paper, says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crossalpaca.cli import display
from crossalpaca.cli.options import JsonOption
from crossalpaca.cli.reporting import REPORT
from crossalpaca.errors import DataError, InputError, printable

if TYPE_CHECKING:
    from crossalpaca.report.linter import Finding


def register(app: typer.Typer) -> None:
    """Adds the command to the application."""
    app.command(epilog="Example: crossalpaca lint crossalpaca-store/reports/quickstart")(lint)


def lint(
    report: Annotated[Path | None, typer.Argument(help="A report.json, or the folder that holds it.")] = None,
    paper: Annotated[bool, typer.Option("--paper", help="Lint the numbers that the CrossAlpaca paper prints.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print the findings as a table in Markdown.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Recompute a report's averages, differences, p-values and counts, and say what does not fit.

    The exit code is 0 if there is no error, 1 if there is one, and 2 if the file is no report.
    """
    from crossalpaca.report.linter import markdown

    if (report is None) == (not paper):
        raise InputError("lint: name a report.json or its folder, or give --paper; one of the two")
    if as_markdown and as_json:
        raise InputError("lint: --markdown and --json are both given; keep one of them")
    found = _of_paper() if report is None else _of_report(report)
    if as_json:
        display.print_json(_counted(found) | {"findings": [asdict(each) for each in found]})
    elif as_markdown:
        display.say(markdown(found).rstrip("\n"))
    else:
        print("\n".join(_lines(found)))
    if any(each.severity == "error" for each in found):
        raise typer.Exit(1)


def _of_paper() -> list[Finding]:
    from crossalpaca.report.linter import lint_published
    from crossalpaca.report.published import published

    return lint_published(published())


def _of_report(path: Path) -> list[Finding]:
    from crossalpaca.report.linter import lint_report
    from crossalpaca.sources.files import read_json

    file = path / REPORT if path.is_dir() else path
    if not file.is_file():
        raise DataError(f"{file}: is not there; name a report.json, or the folder that a run ends with")
    content = read_json(file)
    if not isinstance(content, dict):
        raise DataError(f"{file}: is not a report; name the report.json of a run")
    try:
        return lint_report(content)
    except DataError as error:
        raise DataError(f"{file}: {error}") from None


def _counted(found: Sequence[Finding]) -> dict[str, Any]:
    errors = sum(each.severity == "error" for each in found)
    return {"errors": errors, "warnings": len(found) - errors}


def _lines(found: Sequence[Finding]) -> list[str]:
    """A line for each finding, fit for a terminal, after one that counts them."""
    counted = _counted(found)
    lines = [f"{counted['errors']} errors, {counted['warnings']} warnings"]
    for each in found:
        text = f"{each.severity:8} {each.rule:11} {each.where}: {each.says}"
        lines.append(printable(text))
    return lines
