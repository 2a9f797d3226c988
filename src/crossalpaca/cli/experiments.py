"""Commands on experiment files: run, plan, init."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crossalpaca.cli import display
from crossalpaca.cli.options import DEFAULT_STORE, DataOption, ExperimentArgument, JsonOption, StoreOption
from crossalpaca.cli.reporting import show_folder
from crossalpaca.errors import InputError

if TYPE_CHECKING:
    from crossalpaca.grid import Grid
    from crossalpaca.planning.estimates import Estimate, Work
    from crossalpaca.records import Step


def register(app: typer.Typer) -> None:
    """Adds the commands to the application."""
    app.command(epilog="Example: crossalpaca run german-small --data ../data")(run)
    app.command(epilog="Example: crossalpaca plan paper --on rtx-a6000")(plan)
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
    on: Annotated[
        str | None,
        typer.Option(metavar="GPU", help="Also estimate tokens, hours, memory and cost on a GPU, such as rtx-a6000."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show the steps of an experiment with their keys and sizes, and which are done.

    With --on it says what they take on a GPU, which need not be there, and neither need the data.
    """
    from crossalpaca import planning
    from crossalpaca.planning.estimates import estimate
    from crossalpaca.planning.gpus import find_gpu

    gpu = find_gpu(on) if on is not None else None
    steps, needed = planning.draft(_load(experiment, data))
    estimated = estimate(steps, gpu) if gpu is not None else None
    rows = [_row(step, store) for step in steps]
    if as_json:
        display.print_json(rows if estimated is None else {"steps": rows, "estimate": _estimated(estimated, rows)})
        return
    cells = [[row["key"], row["title"], row["size"], "done" if row["done"] else "to do"] for row in rows]
    display.print_table("", ["key", "step", "size", "state"], cells)
    print(f"{sum(row['done'] for row in rows)} of {len(rows)} steps are done in {store}")
    for trouble in needed.troubles():
        display.say(f"Before it can run: {trouble}")
    if estimated is not None:
        _show_estimate(estimated, rows)


def _row(step: Step, store: Path) -> dict[str, Any]:
    from crossalpaca.store import is_done, step_key

    return {
        "key": step_key(step),
        "name": step.name,
        "title": step.title,
        "size": step.size,
        "done": is_done(store, step),
        "inputs": dict(step.inputs),
    }


def _to_do(rows: Sequence[Mapping[str, Any]]) -> set[str]:
    return {row["key"] for row in rows if not row["done"]}


def _estimated(found: Estimate, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """An estimate for machines: sums by kind of step, over all and over what is to do, and each step by its key."""
    from dataclasses import asdict

    def told(work: Work) -> dict[str, Any]:
        return asdict(work) | {"hours": work.hours}

    return {
        "gpu": asdict(found.gpu),
        "factor": found.factor,
        "kinds": {kind: told(found.total(kind)) for kind in found.kinds},
        "total": told(found.total()),
        "to_do": told(found.total(keys=_to_do(rows))),
        "steps": {key: told(work) for key, work in found.works.items()},
        "does_not_fit": list(found.remedies),
        "dominated_by": found.dominating,
        "notes": list(found.notes),
    }


def _show_estimate(found: Estimate, rows: Sequence[Mapping[str, Any]]) -> None:
    gpu = found.gpu
    print(f"\nEstimate for one {gpu.name} ({gpu.memory} GiB, {gpu.half:g} TFLOP/s, {gpu.bandwidth:g} GB/s):")
    sums = [*((kind, found.total(kind)) for kind in found.kinds), ("all", found.total())]
    cells = [[name, *_figures(work)] for name, work in sums]
    heads = ["steps", ">number", ">tokens", ">computed", ">generated", ">characters", ">cost", ">GPU hours", ">memory"]
    display.print_table("", heads, cells)
    left = found.total(keys=_to_do(rows)).hours
    print(f"To do: {left:.1f} GPU hours. An estimate, within a factor of {found.factor:g} if its assumptions hold;")
    print(f"above all {found.dominating}.")
    for line in [*(f"Does not fit: {each}" for each in found.remedies), *(f"Note: {each}" for each in found.notes)]:
        display.say(line)


def _figures(work: Work) -> list[str]:
    """What some steps take, as the cells of a row; those that do not fit are not in the hours."""
    millions = (work.tokens, work.computed, work.generated, work.characters)
    costs = ", ".join(f"{price:,.0f} {currency}" for currency, price in work.costs.items())
    memory = f"{work.memory / 2**30:.1f} GiB" if work.memory else "-"
    return [
        work.title.removesuffix(" steps"),
        *(f"{each / 1e6:,.1f} M" if each else "-" for each in millions),
        costs or "-",
        f"{work.hours:,.1f}" if work.memory else "-",
        memory if work.fits else f"{memory}: too much",
    ]


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
