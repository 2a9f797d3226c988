"""The command line: one thin command a stage, each a few lines above the library.

Command modules import nothing heavy at their top, so that `crossalpaca --help` answers at once.
"""

from __future__ import annotations

import os
import sys

import typer

from crossalpaca.cli import (
    auditing,
    catalogue,
    demonstrations,
    experiments,
    exporting,
    linting,
    memory,
    playing,
    preflight,
    reporting,
    scoring,
    stages,
    stores,
    translating,
)
from crossalpaca.errors import CrossAlpacaError, InputError, printable

app = typer.Typer(
    name="crossalpaca",
    help="Fine-tune a language model across languages, evaluate it, and report what changed.",
    epilog="Begin with: crossalpaca run quickstart",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # brackets in help texts are brackets
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
_MODULES = (
    experiments,
    reporting,
    stages,
    demonstrations,
    preflight,
    scoring,
    auditing,
    linting,
    exporting,
    playing,
    catalogue,
)
for module in _MODULES:
    module.register(app)
app.add_typer(stores.app, name="store")
app.add_typer(translating.app, name="translate")
app.add_typer(memory.app, name="memory")


def main() -> None:
    """Entry point: errors become one line on stderr, with exit code 2 for bad input and 1 for a failed run."""
    try:
        app(demonstrations.join_pairs(sys.argv[1:]), prog_name="crossalpaca")
    except CrossAlpacaError as error:
        print(f"crossalpaca: {error}" if "\n" not in str(error) else str(error), file=sys.stderr)
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, SystemExit) as end:  # typer makes 130 of the one that reaches it
        if isinstance(end, SystemExit) and end.code != 130:
            raise
        print("crossalpaca: stopped; the same command goes on from here", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:  # the reader of our output left, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:  # a name too long for any file, a folder that may not be read
        if error.filename is None:
            raise
        print(f"crossalpaca: {printable(str(error.filename))}: {error.strerror}; name another path", file=sys.stderr)
        sys.exit(InputError.exit_code)
