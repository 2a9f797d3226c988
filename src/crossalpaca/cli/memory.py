"""Commands on the translation memory: stats, export, import."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crossalpaca.cli import display
from crossalpaca.cli.options import JsonOption

if TYPE_CHECKING:
    from crossalpaca.translation.memory import Entry, Memory

app = typer.Typer(help="Look after the translation memory.", no_args_is_help=True)

MemoryOption = Annotated[
    Path | None,
    typer.Option(
        "--memory", envvar="CROSSALPACA_MEMORY", help="File of the translation memory [default: in the user's data]."
    ),
]
FileArgument = Annotated[Path, typer.Argument(metavar="FILE.tmx", help="A file in TMX 1.4.")]
_AT_ONCE = 5_000  # entries kept together


def _open(path: Path | None) -> Memory:
    """A memory that is there: a mistyped name must not make an empty one."""
    from crossalpaca.errors import InputError
    from crossalpaca.translation.memory import Memory, memory_path

    found = path or memory_path()
    if not found.is_file():
        raise InputError(f"{found}: there is no translation memory; name its file with --memory")
    return Memory(found)


@app.command(epilog="Example: crossalpaca memory stats --json")
def stats(memory: MemoryOption = None, as_json: JsonOption = False) -> None:
    """Count what is remembered: segments, characters and cost of each engine and pair of languages."""
    opened = _open(memory)
    rows = opened.statistics()
    if as_json:
        display.print_json({"memory": str(opened.path), "scopes": rows})
        return
    heads = ["engine", "version", "from", "to", "form", ">segments", ">characters", ">cost"]
    display.print_table(str(opened.path), heads, [[str(value) for value in row.values()] for row in rows])


@app.command(epilog="Example: crossalpaca memory export all.tmx")
def export(file: FileArgument, memory: MemoryOption = None, as_json: JsonOption = False) -> None:
    """Write everything that is remembered to a file."""
    from crossalpaca.errors import InputError
    from crossalpaca.translation.memory_tmx import write_tmx

    if file.exists():
        raise InputError(f"{file}: is there already; name another file")
    if not file.resolve().parent.is_dir():
        raise InputError(f"{file.parent}: no such folder; make it first")
    count = write_tmx(file, _open(memory).entries())
    _tell({"file": str(file), "segments": count}, f"{count} segments written to {file}", as_json)


@app.command("import", epilog="Example: crossalpaca memory import all.tmx --memory new.sqlite")
def import_file(file: FileArgument, memory: MemoryOption = None, as_json: JsonOption = False) -> None:
    """Remember what an exported file holds; what is remembered already stays as it is."""
    from crossalpaca.sources.files import require_file
    from crossalpaca.translation.memory import Memory
    from crossalpaca.translation.memory_tmx import read_tmx

    require_file(file)
    opened = Memory(memory)
    read = new = 0
    for some in _portions(read_tmx(file)):
        read += len(some)
        new += opened.keep(some)
    told = f"{new} of {read} segments are new in {opened.path}"
    _tell({"memory": str(opened.path), "segments": read, "new": new}, told, as_json)


def _portions(entries: Iterator[Entry]) -> Iterator[list[Entry]]:
    from itertools import islice

    while some := list(islice(entries, _AT_ONCE)):
        yield some


def _tell(result: dict[str, object], sentence: str, as_json: bool) -> None:
    if as_json:
        display.print_json(result)
    else:
        display.say(sentence)
