"""Every command of the command line with its help, from the application itself."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

import typer

from crossalpaca.cli import app
from crossalpaca.interoperability.markdown import Verbatim, cells, fenced, text

NAME = "crossalpaca"


def commands() -> str:
    """All commands in Markdown: usage, what it does, arguments and options, an example."""
    return "\n\n".join("\n".join(_section(context)) for context in leaves(_root()))


def _root() -> Any:
    command: Any = typer.main.get_command(app)
    return command.make_context(NAME, [], resilient_parsing=True)


def leaves(context: Any) -> Iterator[Any]:
    """The context of every command that does something, groups walked in the order of `--help`."""
    group = context.command
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        inner = type(context)(command, info_name=name, parent=context)
        yield from leaves(inner) if hasattr(command, "list_commands") else [inner]


def _section(context: Any) -> Iterator[str]:
    command = context.command
    yield f"## {context.command_path.removeprefix(NAME).strip()}"
    yield ""
    # Blank lines part the paragraphs of a docstring; within one the line ends mean nothing.
    yield "\n\n".join(prose(part) for part in (command.help or "").split("\n\n"))
    yield ""
    yield fenced(" ".join([context.command_path, *command.collect_usage_pieces(context)]), "text")
    yield ""
    yield from _parameters(context)
    if command.epilog:
        yield fenced(command.epilog.removeprefix("Example:").strip(), "sh")


def _parameters(context: Any) -> Iterator[str]:
    records = [record for each in context.command.get_params(context) if (record := each.get_help_record(context))]
    shown = [record for record in records if "--help" not in record[0]]
    if not shown:
        return
    yield "| argument or option | meaning |"
    yield "|---|---|"
    for names, meaning in shown:
        yield cells([Verbatim(f"<code>{_in_html(names)}</code>"), prose(meaning)])
    yield ""


def prose(said: str) -> Verbatim:
    """A text in which only what stands between backticks is markup."""
    return Verbatim("".join(part if part == " " or part.startswith("`") else text(part) for part in _spans(said)))


def _spans(said: str) -> Iterator[str]:
    # `text` strips the blanks at both ends, which a part of a sentence needs.
    for part in re.split(r"(`[^`]+`|\s+)", said):
        yield " " if part.isspace() else part


def _in_html(names: str) -> str:
    """For code in a cell, where Markdown has no way to write a bar."""
    return html.escape(names).replace("|", "&#124;")
