"""Markdown from templates: whatever a value holds, it reads as text and never as markup."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment

_SPECIAL = re.compile(r"([\\`*\[\]<>|~$&#]|(?<![^\W_])_|_(?![^\W_]))")  # _ within a word is only itself
_OPENING = re.compile(r"^(\d+(?=[.)](?:\s|$))|(?=[-+=](?:[-=\s]|$)))")  # begins a list, underlines a heading
_RUNS = re.compile(r"`+")


class Verbatim(str):
    """Markdown already, which is not escaped again."""

    __slots__ = ()


def text(value: object) -> str:
    """A value within a line, a cell or an item of a list; its line ends become blanks."""
    if isinstance(value, Verbatim):
        return value
    line = _SPECIAL.sub(r"\\\1", " ".join(str(value).split()))
    return _OPENING.sub(r"\1\\", line)


def code(value: object) -> Verbatim:
    """A value in a code span, between more backticks than it holds in a row; not for the cells of tables."""
    line = " ".join(str(value).split())
    ticks = _ticks(line, 1)
    blank = " " if line.startswith("`") or line.endswith("`") else ""
    return Verbatim(f"{ticks}{blank}{line}{blank}{ticks}")


def fenced(value: object, language: str = "") -> Verbatim:
    """A value as a block of code, line by line."""
    ticks = _ticks(str(value), 3)
    return Verbatim(f"{ticks}{language}\n{value}\n{ticks}")


def cells(values: Iterable[object]) -> Verbatim:
    """The cells of a table's row."""
    return Verbatim("| " + " | ".join(map(text, values)) + " |")


def _ticks(value: str, least: int) -> str:
    return "`" * max(least, 1 + max((len(run) for run in _RUNS.findall(value)), default=0))


@cache
def environment() -> Environment:
    """Jinja's, for the templates beside this module; every value in them goes through `text`."""
    # Imported late: the command line must not wait for it.
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(  # noqa: S701 (autoescape is HTML's; `finalize` is ours)
        loader=PackageLoader("crossalpaca", "interoperability"),
        finalize=text,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters |= {"code": code, "fenced": fenced, "cells": cells}
    return made
