"""Tables of the report for a paper, in LaTeX with booktabs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from math import ceil

from crossalpaca.report.compact import HEADS, CompactTable
from crossalpaca.report.table import MINUS, Report

LEVEL = 0.05
"""A difference is marked where its p-value, adjusted by Holm, is below this."""

_COMMANDS: Mapping[str, str] = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "_": r"\_",
    "%": r"\%",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"{\char34}",  # babel makes it a command in some languages
    "`": r"\textasciigrave{}",
    "[": "{[}",  # after the end of a row it would begin an option
    "]": "{]}",
    "*": "{*}",  # likewise
    MINUS: "$-$",
    "–": "{--}",
    "—": "{---}",
    "…": r"\ldots{}",
    "×": r"\texttimes{}",
}
_LIGATURES = re.compile(r"([-',])(?=\1)")  # two of a kind would be set as another sign
_NUMBER = re.compile(rf"([+{MINUS}]?[\d.]+) (\[.*\])")

_SENTENCE = 45  # characters; a longer text is broken into lines
_LINES = 50  # of a table on one page

_HEAD = r"""% Needs \usepackage{booktabs} and \usepackage{adjustbox}.
% Names in scripts that your fonts lack: compile with XeLaTeX or LuaLaTeX, and a font that has them.
"""
_NOTE = (
    rf"\textsuperscript{{{{*}}}} $p$ below {LEVEL}, adjusted by Holm's method over all pairs, benchmarks and "
    "languages of the report, one metric at a time."
)

Marked = frozenset[tuple[str, str, str, str]]


def latex(report: Report, tables: Sequence[CompactTable]) -> str:
    """Tables as LaTeX source, a float each, for `\\input`; equal reports give equal source.

    Labels are `tab:NAME-NUMBER`, by the experiment's name. Intervals are set small behind their values. Differences
    whose p-value, adjusted by Holm, is below `LEVEL` have a star, which a note below the table explains. A table that
    is too long for a page is several.

    Args:
        report: the names of its pairs and the p-values of its differences are read.
        tables: made from the same report.
    """
    marked = _marked(report)
    name = re.sub(r"[^a-z0-9]+", "-", report["experiment"]["name"].lower()).strip("-") or "report"
    parts = [part for table in tables for part in _parts(table)]
    floats = (_float(part, f"tab:{name}-{number}", marked) for number, part in enumerate(parts, 1))
    return _HEAD + "".join(f"\n{each}\n" for each in floats)


def escaped(text: str) -> str:
    """A text that LaTeX sets as it reads, on one line; letters of every script stay as they are."""
    parted = _LIGATURES.sub("\\1\0", " ".join(_printable(text).split()))
    return "".join("{}" if sign == "\0" else _COMMANDS.get(sign, sign) for sign in parted)


def _printable(text: str) -> str:
    """The text with a blank for each control character and half of a pair, which no engine reads."""
    return "".join(" " if unicodedata.category(sign) in ("Cc", "Cs") else sign for sign in text)


def _marked(report: Report) -> Marked:
    """Which cells get a star: pair, title, language and head, as the compact tables write them."""
    return frozenset(
        (
            f"{entry['model']} {MINUS} {entry['baseline']}",
            entry["benchmark"],
            entry["language"],
            HEADS[entry["metric"]],
        )
        for entry in report["differences"]
        if entry["items"] == "all"
        and entry["metric"] in HEADS
        and entry.get("p_holm") is not None  # single tasks have none
        and entry["p_holm"] < LEVEL
    )


def _parts(table: CompactTable) -> Iterator[CompactTable]:
    """The table in parts that each fit a page."""
    parts: list[list[Sequence[str]]] = [[]]
    height = 0
    for row in table.rows:
        lines = max(1, *(ceil(len(cell) / _SENTENCE) for cell in row))
        if parts[-1] and height + lines > _LINES:
            parts.append([])
            height = 0
        parts[-1].append(row)
        height += lines
    for number, rows in enumerate(parts, 1):
        which = f" ({number} of {len(parts)})" if len(parts) > 1 else ""
        yield CompactTable(table.caption + which, table.heads, rows)


def _float(table: CompactTable, label: str, marked: Marked) -> str:
    heads = [head.removeprefix(">") for head in table.heads]
    rows = list(_rows(table, heads, marked))
    starred = any(r"\textsuperscript" in row for row in rows)
    lines = [
        r"\begin{table}",
        r"\centering",
        r"\small",
        r"\setlength{\tabcolsep}{4pt}",
        rf"\caption{{{escaped(table.caption)}.}}",
        rf"\label{{{label}}}",
        r"\par\smallskip",
        r"\begin{adjustbox}{max width=\linewidth, max totalheight=0.85\textheight}",
        rf"\begin{{tabular}}{{{_columns(table)}}}",
        r"\toprule",
        " & ".join(map(escaped, heads)) + r" \\",
        r"\midrule",
        *rows,
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{adjustbox}",
        *([rf"\par\smallskip{{\raggedright\footnotesize {_NOTE}\par}}"] if starred else []),
        r"\end{table}",
    ]
    return "\n".join(lines)


def _columns(table: CompactTable) -> str:
    """Numbers to the right, texts to the left, sentences in lines of their own column."""
    longest = [max((len(row[i]) for row in table.rows), default=0) for i in range(len(table.heads))]
    return "".join(
        "r" if head.startswith(">") else r"p{0.5\linewidth}" if length > _SENTENCE else "l"
        for head, length in zip(table.heads, longest, strict=True)
    )


def _rows(table: CompactTable, heads: Sequence[str], marked: Marked) -> Iterator[str]:
    for row in table.rows:
        place = dict(zip(heads, row, strict=True))
        where = (row[0], place.get("benchmark", ""), place.get("language", ""))
        cells = (_cell(cell, (*where, head) in marked) for head, cell in zip(heads, row, strict=True))
        yield " & ".join(cells) + r" \\"


def _cell(cell: str, starred: bool) -> str:
    star = r"\textsuperscript{{*}}" if starred else ""
    number = _NUMBER.fullmatch(cell)
    if number is None:
        return escaped(cell) + star
    value, interval = map(escaped, number.groups())
    return rf"{value}{star} {{\scriptsize {interval}}}"
