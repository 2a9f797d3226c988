"""An adapter gives its answers the name of its folder, from wherever the folder is named."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from crossalpaca.cli import main, stages
from crossalpaca.sources.files import starter_folder


@pytest.mark.parametrize("named", ["tuned", "./tuned", "."])
def test_a_model_is_called_as_the_folder_of_its_adapter(
    named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def evaluated(arguments: Mapping[str, Any], adapter: Path | None, out: Path) -> None:
        asked.append(arguments["model"])
        sys.exit(0)

    (tmp_path / "tuned").mkdir()
    monkeypatch.chdir(tmp_path / "tuned" if named == "." else tmp_path)
    monkeypatch.setattr(stages, "_evaluate", evaluated)
    words = ["evaluate", "--adapter", named, "--benchmark", "squad", "--language", "it", "--out", "out"]
    monkeypatch.setattr(sys, "argv", ["crossalpaca", *words, "--file", str(starter_folder() / "qa.it.json")])
    with pytest.raises(SystemExit):
        main()
    assert asked == ["tuned"]
