"""MLQA (Lewis et al. 2020): extractive questions in seven languages, with context and question in any pair of them."""

from __future__ import annotations

from pathlib import Path

from crossalpaca.benchmarks import squad
from crossalpaca.languages import Language
from crossalpaca.records import Example


def read(path: Path, language: Language, name: str) -> list[Example]:
    """The questions of one file.

    Raises:
        DataError: as for `squad.read`.
    """
    return squad.read(path, language, name)
