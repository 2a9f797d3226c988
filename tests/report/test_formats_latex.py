"""Tables for a paper: what is set is what the tables hold, whatever a cell says."""

from __future__ import annotations

import re
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import reports
from crossalpaca.report.compact import CompactTable, compact_tables
from crossalpaca.report.formats.latex import escaped, latex
from crossalpaca.report.ladder import ladder_table

HOSTILE = (
    r"""\input{x} {a}} _b_ $c$ #1 50% & ~ ^ <d> | "e" `f` [g] *h* -- ''i'' ,,j ?`k – — … × − \\* \end{tabular} %"""
)
PAIR = ("de-CrossAlpaca", "de-Alpaca")
DOCUMENT = r"\documentclass{article}\usepackage{booktabs,adjustbox}\begin{document}\input{tables}\end{document}"


@pytest.fixture
def made() -> dict[str, Any]:
    return reports.report(reports.alpacas(["de", "es"]), languages=["de", "es"], compare=[PAIR])


def well_formed(source: str) -> None:
    """Braces and environments close in turn, and no cell leaves its row."""
    bare = re.sub(r"\\[\\{}$&#_%]", "", re.sub(r"^%.*$", "", source, flags=re.M))  # escaped signs are text
    assert not set(bare) & set('#_~^<>|"`')
    assert "%" not in bare
    depth = 0
    for sign in bare:
        depth += {"{": 1, "}": -1}.get(sign, 0)
        assert depth >= 0
    assert depth == 0
    opened: list[str] = []
    for kind, name in re.findall(r"\\(begin|end)\{(\w+)\}", source):
        opened.append(name) if kind == "begin" else None
        assert kind == "begin" or opened.pop() == name
    assert opened == []


def cells_of(source: str) -> list[list[str]]:
    """The rows between the rules."""
    bodies = re.findall(r"\\midrule\n(.*?)\\bottomrule", source, flags=re.S)
    rows = [row for body in bodies for row in body.splitlines()]
    assert all(row.endswith(r" \\") for row in rows)
    return [re.split(r"(?<!\\) ?& ?", row.removesuffix(r" \\")) for row in rows]


def test_the_tables_of_a_report_are_well_formed(made: dict[str, Any]) -> None:
    tables = [*compact_tables(made), *ladder_table(made)]
    source = latex(made, tables)
    well_formed(source)
    assert len(cells_of(source)) == sum(len(table.rows) for table in tables)
    assert [len(row) for row in cells_of(source)] == [len(row) for table in tables for row in table.rows]
    labels = re.findall(r"\\label\{(.*?)\}", source)
    assert labels == [f"tab:made-up-{i + 1}" for i in range(len(re.findall(r"\\begin\{table\}", source)))]
    assert latex(made, tables) == source


texts = st.text() | st.text(st.sampled_from("\\{}$&#_%~^<>|\"`[]*-',.–—…×−\n\0 ab"))


@given(texts, st.lists(st.tuples(texts, texts), max_size=3))
def test_whatever_texts_say_a_table_stays_a_table(text: str, rows: list[tuple[str, str]]) -> None:
    made = {"experiment": {"name": text}, "differences": []}
    source = latex(made, [CompactTable(text, (text, f">{text}"), rows)])
    well_formed(source)
    assert len(source.encode()) > 0
    assert [len(row) for row in cells_of(source)] == [2] * len(rows)


SET_AS = {
    r"\textbackslash{}": "\\",
    r"\textasciitilde{}": "~",
    r"\textasciicircum{}": "^",
    r"\textless{}": "<",
    r"\textgreater{}": ">",
    r"\textbar{}": "|",
    r"\textasciigrave{}": "`",
    r"\ldots{}": "…",
    r"\texttimes{}": "×",
    r"{\char34}": '"',
    "{--}": "–",
    "{---}": "—",
    "$-$": "−",
    "{}": "",
} | {rf"\{sign}": sign for sign in "{}$&#_%"}
SET_AS |= {f"{{{sign}}}": sign for sign in "[]*"}
TOKEN = re.compile("|".join(map(re.escape, sorted(SET_AS, key=len, reverse=True))) + "|.", flags=re.S)


def set_text(source: str) -> str:
    """The text that LaTeX sets for an escaped one."""
    tokens = TOKEN.findall(source)
    assert not [pair for pair in pairwise(tokens) if pair in (("-",) * 2, ("'",) * 2, (",",) * 2)]
    return "".join(SET_AS.get(token, token) for token in tokens)


@given(texts)
def test_an_escaped_text_is_set_as_it_reads(text: str) -> None:
    shown = "".join(" " if re.match(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]", sign) else sign for sign in text)
    assert set_text(escaped(text)) == " ".join(shown.split())


def test_letters_of_every_script_stay() -> None:
    name = "Übersetzer-中文-العربية-ελ-हिन्दी"
    assert escaped(name) == name


def test_intervals_are_small_and_marked_differences_have_a_star_and_a_note(made: dict[str, Any]) -> None:
    for difference in made["differences"]:
        difference |= {"p_holm": 0.2}
    quiet = latex(made, compact_tables(made))
    assert "textsuperscript" not in quiet
    entry = next(
        d for d in made["differences"] if (d["metric"], d["items"], d["language"]) == ("contains", "all", "de")
    )
    entry |= {"value": -0.0312, "interval": [-0.051, -0.012], "p_holm": 0.049}
    source = latex(made, compact_tables(made))
    starred = [cell for row in cells_of(source) for cell in row if "textsuperscript" in cell]
    assert starred == [r"$-$3.1\textsuperscript{{*}} {\scriptsize {[}$-$5.1, $-$1.2{]}}"]
    assert source.count("adjusted by Holm's method") == 1
    entry["p_holm"] = 0.05
    assert "textsuperscript" not in latex(made, compact_tables(made))
    entry["p_holm"] = None  # as single tasks have it
    assert "textsuperscript" not in latex(made, compact_tables(made))


def test_a_long_table_is_several_with_all_rows_in_order(made: dict[str, Any]) -> None:
    rows = [[f"model {i}", "x " * (i % 60)] for i in range(130)]
    source = latex(made, [CompactTable("Long", ("model", "words"), rows)])
    well_formed(source)
    assert [row[0] for row in cells_of(source)] == [row[0] for row in rows]
    captions = re.findall(r"\\caption\{Long \((\d+) of (\d+)\)\.\}", source)
    assert captions == [(str(i + 1), str(len(captions))) for i in range(len(captions))]
    assert len(captions) > 2


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex on the path")
def test_the_source_compiles(made: dict[str, Any], tmp_path: Path) -> None:
    if subprocess.run(["kpsewhich", "adjustbox.sty"], capture_output=True, check=False).returncode:
        pytest.skip("this LaTeX has no adjustbox")
    hostile = CompactTable(HOSTILE, ("a", ">b"), [[HOSTILE, "[x"], ["[y", "*"], ["*z", "−1.0 [−2.0, +0.5]"]])
    source = latex(made, [*compact_tables(made), *ladder_table(made), hostile])
    (tmp_path / "tables.tex").write_text(source, encoding="utf-8")
    (tmp_path / "paper.tex").write_text(DOCUMENT, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "paper.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout[-2000:].decode(errors="replace")
    assert (tmp_path / "paper.pdf").is_file()
