"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ExperimentArgument = Annotated[
    str,
    typer.Argument(metavar="EXPERIMENT", help="An experiment file, or the name of one that ships, such as quickstart."),
]
DataOption = Annotated[
    Path | None,
    typer.Option("--data", help="Folder that the file's data paths are relative to [default: the file's own]."),
]
StoreOption = Annotated[
    Path, typer.Option("--store", envvar="CROSSALPACA_STORE", help="Folder where finished steps are kept.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as JSON on stdout, for machines.")]
GoldsOption = Annotated[
    list[Path] | None, typer.Option(help="English original of each file, to take golds from by row; repeatable.")
]
ItemsOption = Annotated[int | None, typer.Option(min=1, help="How many items, drawn by passage [default: all].")]
LimitOption = Annotated[int | None, typer.Option(min=1, help="Limit of an answer [default: the benchmark's].")]
DEFAULT_STORE = Path("crossalpaca-store")
