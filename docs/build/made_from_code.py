"""What the code says of itself: layers, the one place for each kind of thing, and a language file."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from made_schema import meanings

from crossalpaca.interoperability.markdown import Verbatim, cells, fenced
from crossalpaca.languages import Language, languages

PACKAGE = Path("src") / "crossalpaca"
EXAMPLE = "ca"


def layers(root: Path) -> str:
    """The layers of import-linter's contract, from top to bottom, each with what its module says it is."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    layered = next(contract for contract in contracts if contract["type"] == "layers")
    rows = ["| layer | what it is |", "|---|---|"]
    for layer in layered["layers"]:
        names = layer.split(" | ")
        rows += [cells([Verbatim(f"`{name}`"), Verbatim(said(root / PACKAGE, name))]) for name in names]
    return "\n".join(rows)


def said(folder: Path, name: str) -> str:
    """The first line of a module's docstring."""
    path = folder / name / "__init__.py"
    source = path if path.is_file() else folder / f"{name}.py"
    text = ast.get_docstring(ast.parse(source.read_text(encoding="utf-8"))) or ""
    return text.partition("\n\n")[0].replace("\n", " ").replace("|", "\\|")


def adding(contributing: Path) -> str:
    """Where each kind of thing is added, as the guide for contributors has it."""
    text = contributing.read_text(encoding="utf-8")
    return text.partition("## Adding something takes one place\n\n")[2].partition("\n\n")[0]


def language_file() -> str:
    """A language file, and what its keys mean."""
    code = EXAMPLE if EXAMPLE in languages() else "es"
    folder = Path(__file__).resolve().parents[2] / PACKAGE / "languages"
    return "\n".join([*_key_rows(), "", f"`{code}.toml` in full:", "", _whole(folder / f"{code}.toml")])


def _key_rows() -> Iterator[str]:
    yield "| key | meaning |"
    yield "|---|---|"
    for name, meaning in meanings(Language).items():
        yield cells([Verbatim(f"`{_as_written(name)}`"), Verbatim(meaning.replace("|", "\\|"))])


def _as_written(name: str) -> str:
    return re.sub(r"^(articles|article_prefixes)$", r"scoring.\1", name).replace("scoring_source", "scoring.source")


def _whole(path: Path) -> str:
    return fenced(path.read_text(encoding="utf-8").rstrip(), "toml")
