"""Commands on experiment files: run, plan, init."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crossalpaca.cli import display
from crossalpaca.cli.options import DEFAULT_STORE, DataOption, ExperimentArgument, JsonOption, StoreOption
from crossalpaca.cli.reporting import show_folder
from crossalpaca.errors import InputError

if TYPE_CHECKING:
    from crossalpaca.grid import Grid


def register(app: typer.Typer) -> None:
    """Adds the commands to the application."""
    app.command(epilog="Example: crossalpaca run german-small --data ../data")(run)
    app.command(epilog="Example: crossalpaca plan quickstart")(plan)
    app.command(epilog="Example: crossalpaca init --language el --out greek.yaml")(init)


def _load(source: str, data: Path | None) -> Grid:
    from crossalpaca.grid import Grid

    return Grid.load(source, data)


def run(
    experiment: ExperimentArgument,
    data: DataOption = None,
    store: StoreOption = DEFAULT_STORE,
    step: Annotated[str | None, typer.Option(help="Run only the step with this key (see `crossalpaca plan`).")] = None,
    ray: Annotated[
        str | None,
        typer.Option("--ray", metavar="ADDRESS", help="Run the steps on a Ray cluster: local, auto, or HOST:PORT."),
    ] = None,
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
    if ray is not None and step is not None:
        raise InputError("--ray and --step: give one of them; a step by itself runs here")
    with display.observing(together=ray is not None) as shown:
        if step is not None:
            opened = Store(store)
            done = runner.run_step(planning.plan(loaded), step, opened, shown)
            result = {"title": done.title, "artefact": str(opened.path(done))}
            display.print_json(result) if as_json else print(f"{done.title}: {opened.path(done)}")
            return
        folder = _reported(loaded, store, shown, ray)
    show_folder(folder, as_json=as_json)


def _reported(grid: Grid, store: Path, shown: display.Lines, ray: str | None) -> Path:
    """Runs the whole grid, here or on a cluster, and returns the folder of its report."""
    from crossalpaca import runner

    if ray is None:
        return runner.run(grid, store, shown)
    from crossalpaca.cluster import driver

    return driver.run(grid, store, shown, address=ray, resources=grid.cells[0].resources)


def plan(
    experiment: ExperimentArgument,
    data: DataOption = None,
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """Show the steps of an experiment with their keys and sizes, and which are done."""
    from crossalpaca import planning
    from crossalpaca.store import is_done, step_key

    steps, needed = planning.draft(_load(experiment, data))
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
    for trouble in needed.troubles():
        print(f"Before it can run: {trouble}")


def init(
    language: Annotated[
        str, typer.Option("--language", "-l", help="BCP-47 code, such as el; see `crossalpaca languages`.")
    ],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="File to write [default: LANGUAGE.yaml].")] = None,
    backbone: Annotated[str, typer.Option(help="Registered id, hub id or folder.")] = "smollm2-135m-instruct",
) -> None:
    """Write a commented experiment file for a language, to be filled in."""
    from crossalpaca.experiment_files import commented_template
    from crossalpaca.store import writable

    path = out or Path(f"{language}.yaml")
    text = commented_template(language, backbone)
    if path.exists():
        raise InputError(f"{path}: is there already; name another file with --out")
    with writable(path.parent):
        path.write_text(text, encoding="utf-8")
    print(f"{path}: fill in the data paths, then: crossalpaca run {path}")
