"""The command that shows a report, makes its page again, or writes it in another form."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from crossalpaca.cli import display
from crossalpaca.cli.options import DEFAULT_STORE, DataOption, JsonOption, StoreOption

REPORT = "report.json"


def register(app: typer.Typer) -> None:
    """Adds the command to the application."""
    app.command(epilog="Example: crossalpaca report quickstart --format csv --out tables")(report)


def report(
    source: Annotated[
        str,
        typer.Argument(
            metavar="EXPERIMENT|REPORT", help="An experiment that was run, or a report.json, or the folder of one."
        ),
    ],
    data: DataOption = None,
    store: StoreOption = DEFAULT_STORE,
    form: Annotated[
        str | None,
        typer.Option("--format", help="Write it to --out as csv, figures, html, json, latex or markdown."),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder to write to.")] = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the tables as Markdown.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show the report of a finished experiment, or write it in another form.

    Of an experiment, the page is made again if it is gone. A report.json by itself has all numbers, but no answers: the
    page made from it has no explorer of items.
    """
    from crossalpaca.errors import InputError
    from crossalpaca.report.formats import write

    if (form is None) != (out is None):
        raise InputError("--format and --out go together: the form, and the folder to write it to")
    path = _kept(source) or _finished(source, data, store) / REPORT
    content = read_report(path)
    if form is not None and out is not None:
        written = [str(each) for each in write(content, form, out)]
        display.print_json({"written": written}) if as_json else print("\n".join(written))
        return
    show(path, content, as_json=as_json, as_markdown=markdown)


def _kept(source: str) -> Path | None:
    """The report.json of a path; None where it is none."""
    path = Path(source)
    if path.is_dir() and (path / REPORT).is_file():
        return path / REPORT
    return path if path.suffix == ".json" else None


def _finished(source: str, data: Path | None, store: Path) -> Path:
    """The folder of the report of an experiment whose steps are all done."""
    from crossalpaca import planning, runner
    from crossalpaca.errors import InputError
    from crossalpaca.grid import Grid
    from crossalpaca.store import Store

    grid = Grid.load(source, data)
    steps = planning.plan(grid)
    opened = Store(store)
    undone = [step.title for step in steps[:-1] if not opened.has(step)]
    if undone:
        raise InputError(
            f"{grid.name}: {len(undone)} steps are not done in {store}, the first is: {undone[0]}; "
            f"run `crossalpaca run {source}`"
        )
    with display.observing() as shown:
        runner.walk(steps, opened, shown)
    return runner.publish_report(opened, grid.name, steps[-1])


def read_report(path: Path) -> dict[str, Any]:
    """The content of a report.json.

    Raises:
        DataError: it is not there, or not a report.
        StoreError: it is not what the run wrote.
    """
    from crossalpaca.artefacts import require_report
    from crossalpaca.errors import DataError
    from crossalpaca.sources.files import read_json, require_file

    require_file(path)
    require_report(path)
    content: dict[str, Any] = read_json(path)
    wanted = {"experiment", "models", "scores", "differences", "metrics"}
    experiment = content.get("experiment") if isinstance(content, dict) else None
    if not isinstance(experiment, dict) or not wanted <= content.keys() or "languages" not in experiment:
        raise DataError(f"{path}: is not a report of this version; run the experiment again")
    return content


def show(path: Path, content: dict[str, Any], *, as_json: bool, as_markdown: bool = False) -> None:
    """Prints a report: its tables and where the page is, or its content."""
    from crossalpaca.report.compact import compact_tables, markdown

    page = path.with_name("report.html")
    if as_json:
        display.print_json({"report": str(page)} | content)
        return
    if as_markdown:
        display.say(markdown(content).rstrip("\n"))
        return
    for table in compact_tables(content):
        display.print_table(table.caption, table.heads, table.rows)
    print(f"Report: {page if page.is_file() else path}")


def show_folder(folder: Path, *, as_json: bool) -> None:
    """Prints the report that a run ended with."""
    content = json.loads((folder / REPORT).read_text(encoding="utf-8"))
    show(folder / REPORT, content, as_json=as_json)
