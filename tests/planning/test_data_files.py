"""Data files of a plan: what is there is found by any of its names, and what is not is told, whatever the reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from crossalpaca.errors import DataError, InputError
from crossalpaca.grid import Grid
from crossalpaca.planning import draft, plan
from crossalpaca.planning.files import DataFiles
from crossalpaca.sources import hub
from grids import ONE, changed

COMMIT = "0" * 40


class Hub:
    """A hub with some paths, that counts what it is asked."""

    def __init__(self, folder: Path, *paths: str) -> None:
        self.folder, self.paths = folder, paths
        self.asked: list[str] = []

    def fetch(self, file: hub.HubFile, data: Path) -> Path:
        self.asked.append(file.path)
        if file.path not in self.paths:
            raise DataError(f"{file}: cannot be had")
        (self.folder / file.path).write_text("content", encoding="utf-8")
        return self.folder / file.path


@pytest.mark.parametrize("name", ["x" * 300, "a/" * 5000])
def test_a_file_whose_name_is_too_long_is_missing(name: str, tmp_path: Path) -> None:
    grid = Grid.parse(changed(("i.json", name), text=ONE), folder=tmp_path)
    assert any(path.startswith(f"{tmp_path}/{name[:200]}") for path in draft(grid)[1].missing)
    with pytest.raises(DataError, match=r"^missing data: ") as raised:
        plan(grid)
    assert "\n" not in str(raised.value)


def test_a_file_of_the_hub_that_cannot_be_had_is_told_and_the_plan_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = Hub(tmp_path)
    monkeypatch.setattr(hub, "fetch", there.fetch)
    name = f"hub:owner/name@{COMMIT}:i.json"
    for file in ("b.jsonl", "x.de.json", "x.en.json"):
        (tmp_path / file).write_text("content", encoding="utf-8")
    grid = Grid.parse(changed(("i.json", name), text=ONE), folder=tmp_path)
    steps, files = draft(grid)
    assert (list(files.troubles()), there.asked) == ([f"{name}: cannot be had"], ["i.json"])
    assert [step.name for step in steps][-1] == "report"
    with pytest.raises(InputError, match="cannot be had"):
        plan(grid)


def test_a_file_of_the_hub_is_found_by_any_name_of_its_language_and_asked_for_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = Hub(tmp_path, "zh.json")
    monkeypatch.setattr(hub, "fetch", there.fetch)
    files = DataFiles(tmp_path)
    name = f"hub:owner/name@{COMMIT}:{{language}}.json"
    found = [files.for_language(name, "zh-Hans") for _ in range(3)]
    assert {each.path for each in found} == {tmp_path / "zh.json"}
    assert there.asked.count("zh-Hans.json") == 1
    assert list(files.troubles()) == []
