"""Backbones in a folder: known by what is in it, which is read once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from crossalpaca import backbones
from crossalpaca.backbones import load_tokenizer, resolve
from crossalpaca.errors import BackboneError
from crossalpaca.grid import Grid
from crossalpaca.planning import draft
from grids import BACKBONE, TEXT, changed


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "model"
    made.mkdir()
    (made / "config.json").write_text("{}", encoding="utf-8")
    for number in (1, 2):
        (made / f"model-{number}.safetensors").write_bytes(b"weights %d" % number)
    return made


def rewritten(path: Path, content: bytes) -> None:
    """Writes a file as if some time had passed since."""
    later = path.stat().st_mtime_ns + 10**9
    path.write_bytes(content)
    os.utime(path, ns=(later, later))


def test_the_weights_of_a_folder_are_read_once_for_a_whole_plan(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Path] = []

    def counting(path: Path) -> str:
        read.append(path)
        return path.name

    monkeypatch.setattr(backbones, "file_sha256", counting)
    steps, _ = draft(Grid.parse(changed((BACKBONE, f"backbone: {folder}"), text=TEXT)))
    assert sum("backbone" in step.arguments for step in steps) > 5
    assert [path.name for path in read] == ["model-1.safetensors", "model-2.safetensors"]


def test_a_change_of_anything_in_it_is_another_revision(folder: Path) -> None:
    revisions = [resolve(str(folder)).revision]
    rewritten(folder / "model-1.safetensors", b"weights 3")
    revisions.append(resolve(str(folder)).revision)
    rewritten(folder / "config.json", b"{ }")
    revisions.append(resolve(str(folder)).revision)
    (folder / "model-3.safetensors").write_bytes(b"")
    revisions.append(resolve(str(folder)).revision)
    assert len(set(revisions)) == 4
    rewritten(folder / "model-1.safetensors", b"weights 1")
    rewritten(folder / "config.json", b"{}")
    (folder / "model-3.safetensors").unlink()
    assert resolve(str(folder)).revision == revisions[0]


def test_a_folder_has_its_revision_by_whatever_path(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.parent)
    (folder.parent / "link").symlink_to(folder)
    assert resolve("./model") == resolve(str(folder)) == resolve("link")


def test_a_tokenizer_that_needs_what_is_not_installed_is_told_in_one_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import transformers

    def lacking(*arguments: object, **settings: object) -> None:
        raise ImportError("\nThis tokenizer requires the pieces library\nbut it was not found")

    monkeypatch.setattr(transformers.AutoTokenizer, "from_pretrained", lacking)
    with pytest.raises(BackboneError, match=r"^backbone model: cannot be loaded: .*requires the pieces library but"):
        load_tokenizer(resolve(str(folder)))
