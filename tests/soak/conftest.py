"""A random backbone, and the process whose forks are the runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from soak.forks import Forks
from tiny_run import tiny_run


@pytest.fixture(scope="session")
def random_backbone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("backbone")
    tiny_run(folder, initializer_range=0.02, max_position_embeddings=1024)
    return folder / "backbone"


@pytest.fixture(scope="module")
def forks() -> Iterator[Forks]:
    with Forks() as process:
        yield process
