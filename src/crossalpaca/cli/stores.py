"""Commands on the store: list, verify, prune."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from crossalpaca.cli import display
from crossalpaca.cli.options import DEFAULT_STORE, DataOption, JsonOption, StoreOption

app = typer.Typer(help="Look after the store of finished steps.", no_args_is_help=True)


def _require(store: Path) -> None:
    from crossalpaca.errors import InputError

    if not (store / "artefacts").is_dir():
        raise InputError(f"{store}: there is no store; name its folder with --store")


@app.command("list", epilog="Example: crossalpaca store list --store crossalpaca-store")
def list_artefacts(store: StoreOption = DEFAULT_STORE, as_json: JsonOption = False) -> None:
    """List finished steps with their size and time."""
    from crossalpaca.store import Store

    _require(store)
    rows = [
        {
            "artefact": folder.name,
            "title": manifest["title"],
            "bytes": sum(output["bytes"] for output in manifest["outputs"].values()),
            "seconds": manifest["seconds"],
            "finished": manifest["finished"],
        }
        for folder, manifest in Store(store).manifests()
    ]
    if as_json:
        display.print_json(rows)
        return
    cells = [[*(str(value) for value in row.values())] for row in rows]
    display.print_table("", ["artefact", "title", ">bytes", ">seconds", "finished"], cells)


@app.command(epilog="Example: crossalpaca store verify")
def verify(store: StoreOption = DEFAULT_STORE, as_json: JsonOption = False) -> None:
    """Read every artefact and compare it with what was written; exit code 1 if something differs."""
    from dataclasses import asdict

    from crossalpaca.store import Store

    _require(store)
    damages = Store(store).verify()
    if as_json:
        display.print_json([asdict(damage) for damage in damages])
    else:
        for damage in damages:
            display.say(
                f"{damage.artefact}/{damage.file}: {damage.what}; remove the folder {damage.artefact} and run again"
            )
        if not damages:
            print(f"{store}: every artefact is as it was written")
    raise typer.Exit(1 if damages else 0)


@app.command(epilog="Example: crossalpaca store prune --keep german.yaml --keep quickstart")
def prune(
    keep: Annotated[list[str], typer.Option(help="An experiment whose steps are kept; repeatable.")],
    data: DataOption = None,
    store: StoreOption = DEFAULT_STORE,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Remove what none of the named experiments needs."""
    from crossalpaca.grid import Grid
    from crossalpaca.planning import plan
    from crossalpaca.store import Store, artefact_name

    _require(store)
    wanted = {artefact_name(step) for source in keep for step in plan(Grid.load(source, data))}
    opened = Store(store)
    doomed = [folder.name for folder, _ in opened.manifests() if folder.name not in wanted]
    if not yes and not typer.confirm(f"Remove {len(doomed)} artefacts and all unfinished work of other experiments?"):
        raise typer.Exit(1)
    for name in opened.prune(wanted):
        display.say(f"removed {name}")
