"""Folders made by hand, with the manifest that the step which makes such folders would leave in them."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from crossalpaca.records import Step, StepRun
from crossalpaca.store import MANIFEST, Store


def sealed(folder: Path, name: str, arguments: Mapping[str, Any] | None = None, title: str = "") -> Path:
    """Writes the manifest of a step into a folder that has its outputs; returns the folder."""
    step = Step(name, 1, _nothing, arguments or {}, {}, title or name)
    with TemporaryDirectory() as apart:
        store = Store(Path(apart))
        work = store.work(step)
        shutil.copytree(folder, work.output, dirs_exist_ok=True)
        made = store.commit(step, work, seed=step.arguments.get("seed"), seconds=0.0, device="cpu")
        shutil.copyfile(made / MANIFEST, folder / MANIFEST)
    return folder


def _nothing(run: StepRun) -> None:
    """Stands for a step's function."""


def flipped(path: Path, place: int = -1) -> Path:
    """Changes one bit of a file; returns its path."""
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)
    return path
