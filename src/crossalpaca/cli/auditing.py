"""The command that says what is broken in a benchmark file, before anyone scores a model on it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crossalpaca.cli import display
from crossalpaca.cli.options import JsonOption
from crossalpaca.errors import printable

if TYPE_CHECKING:
    from crossalpaca.benchmarks.audit import Audit

_EXAMPLES = 3  # findings shown of each check


def register(app: typer.Typer) -> None:
    """Adds the command to the application."""
    app.command(
        epilog="Example: crossalpaca audit xquad.it.csv --benchmark xquad --language it --reference xquad.en.json"
    )(audit)


def audit(
    file: Annotated[Path, typer.Argument(help="A benchmark file, plain or .gz; where it has tasks also a folder.")],
    benchmark: Annotated[str, typer.Option(help="Id of a benchmark or form; see `crossalpaca benchmarks`.")],
    language: Annotated[str, typer.Option("--language", "-l", help="BCP-47 code of the language it should be in.")],
    task: Annotated[str | None, typer.Option(help="Task or subject of one file [default: its name].")] = None,
    reference: Annotated[Path | None, typer.Option(help="The English file or folder, to compare with.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Say what is broken in a benchmark file.

    The exit code is 0 if there is no error, 1 if there is one, and 2 if the file cannot be read at all.
    """
    from crossalpaca.benchmarks.audit import audited

    result = audited(file, benchmark, language, task=task, reference=reference)
    if as_json:
        display.print_json(result.to_json())
    else:
        print("\n".join(_lines(result)))
    if not result.sound:
        raise typer.Exit(1)


def _lines(result: Audit) -> list[str]:
    """Each check that found something, errors first, with its count, its meaning and a few findings."""
    from crossalpaca.benchmarks.audit import CHECKS

    lines = [f"{result.items} items, {len(result.failing)} with an error; {len(result.asked)} checks asked"]
    found = sorted(result.to_json()["checks"].items(), key=lambda item: item[1]["severity"])
    for check, counted in found:
        count = f"{counted['count']} of {counted['of']}"
        lines += ["", f"{counted['severity']:8} {check:20} {count:>14}   {CHECKS[check].description}"]
        lines += [f"{'':8} {printable(f.item)}: {printable(f.detail)}" for f in result.found(check)[:_EXAMPLES]]
    return lines
