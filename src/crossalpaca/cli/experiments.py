"""Commands on experiment files: run, plan, init, report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crossalpaca.cli import display

if TYPE_CHECKING:
    from crossalpaca.experiment import Experiment

ExperimentArgument = Annotated[
    str,
    typer.Argument(
        metavar="EXPERIMENT", help="An experiment file, or the name of one that ships: quickstart, german-small."
    ),
]
DataOption = Annotated[
    Path | None,
    typer.Option("--data", help="Folder that the file's data paths are relative to [default: the file's own]."),
]
StoreOption = Annotated[
    Path, typer.Option("--store", envvar="CROSSALPACA_STORE", help="Folder where finished steps are kept.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as JSON on stdout, for machines.")]
DEFAULT_STORE = Path("crossalpaca-store")


def register(app: typer.Typer) -> None:
    """Adds the commands to the application."""
    app.command(epilog="Example: crossalpaca run german-small --data ../data")(run)
    app.command(epilog="Example: crossalpaca plan quickstart")(plan)
    app.command(epilog="Example: crossalpaca init --language el --out greek.yaml")(init)
    app.command(epilog="Example: crossalpaca report quickstart --json")(report)


def _load(source: str, data: Path | None) -> Experiment:
    from crossalpaca.experiment import Experiment

    return Experiment.load(source, data)


def run(
    experiment: ExperimentArgument,
    data: DataOption = None,
    store: StoreOption = DEFAULT_STORE,
    step: Annotated[str | None, typer.Option(help="Run only the step with this key (see `crossalpaca plan`).")] = None,
    as_json: JsonOption = False,
) -> None:
    """Run an experiment: build demonstrations, fine-tune, evaluate, report.

    Stop it at any moment; the same command goes on from where it was. What is finished is never computed again.
    """
    from crossalpaca import planning, processes, runner
    from crossalpaca.store import Store

    loaded = _load(experiment, data)
    if not processes.leads():
        runner.follow(planning.plan(loaded), Store(store))
        return
    shown = display.observer()
    try:
        if step is not None:
            opened = Store(store)
            done = runner.run_step(planning.plan(loaded), step, opened, shown)
            result = {"title": done.title, "artefact": str(opened.path(done))}
            display.print_json(result) if as_json else print(f"{done.title}: {opened.path(done)}")
            return
        folder = runner.run(loaded, store, shown)
    finally:
        if isinstance(shown, display.Bars):
            shown.close()
    _show_report(folder, as_json)


def plan(
    experiment: ExperimentArgument,
    data: DataOption = None,
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """Show the steps of an experiment with their keys and sizes, and which are done."""
    from crossalpaca import planning
    from crossalpaca.store import is_done, step_key

    steps = planning.plan(_load(experiment, data))
    rows: list[dict[str, Any]] = [
        {
            "key": step_key(step),
            "name": step.name,
            "title": step.title,
            "size": step.size,
            "done": is_done(store, step),
            "inputs": dict(step.inputs),
        }
        for step in steps
    ]
    if as_json:
        display.print_json(rows)
        return
    cells = [[row["key"], row["title"], row["size"], "done" if row["done"] else "to do"] for row in rows]
    display.print_table("", ["key", "step", "size", "state"], cells)
    print(f"{sum(row['done'] for row in rows)} of {len(rows)} steps are done in {store}")


def init(
    language: Annotated[
        str, typer.Option("--language", "-l", help="BCP-47 code, such as el; see `crossalpaca languages`.")
    ],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="File to write [default: LANGUAGE.yaml].")] = None,
    backbone: Annotated[str, typer.Option(help="Registered id, hub id or folder.")] = "smollm2-135m-instruct",
) -> None:
    """Write a commented experiment file for a language, to be filled in."""
    from crossalpaca.errors import InputError
    from crossalpaca.experiment import commented_template
    from crossalpaca.store import writable

    path = out or Path(f"{language}.yaml")
    text = commented_template(language, backbone)
    if path.exists():
        raise InputError(f"{path}: is there already; name another file with --out")
    with writable(path.parent):
        path.write_text(text, encoding="utf-8")
    print(f"{path}: fill in the data paths, then: crossalpaca run {path}")


def report(
    experiment: ExperimentArgument,
    data: DataOption = None,
    store: StoreOption = DEFAULT_STORE,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the tables as Markdown.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show the report of a finished experiment; makes the page again if it is gone."""
    from crossalpaca import planning, runner
    from crossalpaca.errors import InputError
    from crossalpaca.store import Store

    loaded = _load(experiment, data)
    steps = planning.plan(loaded)
    opened = Store(store)
    undone = [step.title for step in steps[:-1] if not opened.has(step)]
    if undone:
        raise InputError(
            f"{loaded.name}: {len(undone)} steps are not done in {store}, the first is: {undone[0]}; "
            f"run `crossalpaca run {experiment}`"
        )
    runner.walk(steps, opened, display.observer())
    _show_report(runner.publish_report(opened, loaded.name, steps[-1]), as_json, markdown)


def _show_report(folder: Path, as_json: bool, as_markdown: bool = False) -> None:
    import json

    from crossalpaca.report.compact import compact_tables, markdown

    content = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    if as_json:
        display.print_json({"report": str(folder / "report.html")} | content)
        return
    if as_markdown:
        print(markdown(content), end="")
        return
    for table in compact_tables(content):
        display.print_table(table.caption, table.heads, table.rows)
    print(f"Report: {folder / 'report.html'}")
