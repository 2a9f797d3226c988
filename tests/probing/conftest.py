"""A tiny backbone with an adapter, and parallel sentences in files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tiny_models

from crossalpaca.backbones import Backbone
from crossalpaca.decoding.requests import Decoding
from crossalpaca.prompts import ALPACA
from crossalpaca.records import SourceFile
from crossalpaca.sources.files import source_file


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Backbone:
    """A random Llama by path."""
    return tiny_models.backbone_in(tmp_path_factory.mktemp("backbone") / "tiny")


@pytest.fixture(scope="session")
def tiny_adapter(tmp_path_factory: pytest.TempPathFactory, tiny: Backbone) -> Path:
    """An adapter of the tiny backbone."""
    return tiny_models.adapter_in(tmp_path_factory.mktemp("adapter"), tiny)


@pytest.fixture(scope="session")
def sentence_files(tmp_path_factory: pytest.TempPathFactory) -> list[SourceFile]:
    """English and German, line by line."""
    folder = tmp_path_factory.mktemp("parallel")
    for code, lines in (("en", tiny_models.ENGLISH), ("de", tiny_models.GERMAN)):
        (folder / f"small.{code}").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return [source_file(folder / f"small.{code}") for code in ("en", "de")]


@pytest.fixture
def probed(tiny: Backbone, sentence_files: list[SourceFile]) -> dict[str, Any]:
    """The arguments that both steps have in common."""
    return {
        "backbone": tiny,
        "template": ALPACA,
        "files": sentence_files,
        "language": "de",
        "sentences": None,
        "decoding": Decoding(precision="fp32", batch=4),
    }


@pytest.fixture
def asked(probed: dict[str, Any]) -> dict[str, Any]:
    """The same, with those of translating."""
    return probed | {"model": "tiny", "wording": "english", "seed": 42, "max_new_tokens": 6, "sentences": 5}
