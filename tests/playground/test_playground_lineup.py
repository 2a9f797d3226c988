"""Which models stand side by side: all of a run, single fine-tunes with their backbone, each once."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crossalpaca.errors import CrossAlpacaError, DataError, InputError, StoreError
from crossalpaca.playground.lineup import lineup
from sealing import flipped, sealed

Change = Callable[[dict[str, Any]], object]


def changed(run: Path, target: Path, change: Change) -> Path:
    """The run's report changed, in a copy of its store."""
    shutil.copytree(run.parents[1], target)
    path = target / "reports" / "tiny" / "report.json"
    report = json.loads(path.read_text())
    change(report)
    path.write_text(json.dumps(report))
    return path.parent


def test_a_run_brings_all_its_models(run: Path) -> None:
    found = lineup([run])
    assert [each.name for each in found.candidates] == ["base", "it-Alpaca", "it-CrossAlpaca"]
    assert [each.adapter is None for each in found.candidates] == [True, False, False]
    assert len({each.backbone for each in found.candidates}) == 1
    assert (found.languages, found.wording) == (("it",), "english")


def test_a_fine_tune_brings_its_backbone(run: Path) -> None:
    folder = run.parents[1] / "artefacts" / "train-1"
    found = lineup([folder])
    assert [(each.name, each.adapter) for each in found.candidates] == [("base", None), ("train-1", folder)]


def test_a_model_that_is_named_twice_stands_once(run: Path) -> None:
    folders = [run.parents[1] / "artefacts" / f"train-{number}" for number in (0, 1)]
    assert lineup([run, *folders, run]).candidates == lineup([run]).candidates


def test_fine_tunes_of_one_name_are_told_apart(run: Path, tmp_path: Path) -> None:
    for place in ("first", "second"):
        shutil.copytree(run.parents[1] / "artefacts" / "train-0", tmp_path / place / "italian")
    first, second = tmp_path / "first" / "italian", tmp_path / "second" / "italian"
    names = [each.name for each in lineup([first, second]).candidates]
    assert names == ["base", f"{first}: italian", f"{second}: italian"]


def test_backbones_of_one_name_are_told_apart(run: Path, tmp_path: Path) -> None:
    def other_prompt(report: dict[str, Any]) -> None:
        report["experiment"]["prompt"] = "chat"

    folders = [run, changed(run, tmp_path / "store", other_prompt)]
    names = [each.name for each in lineup(folders).candidates if each.adapter is None]
    assert names == [f"{folder}: backbone: base" for folder in folders]


def test_a_run_without_an_untrained_model_gets_its_backbone(run: Path, tmp_path: Path) -> None:
    folder = changed(run, tmp_path / "store", lambda report: report["models"].pop("base"))
    assert [each.name for each in lineup([folder]).candidates] == ["base", "it-Alpaca", "it-CrossAlpaca"]


def test_the_wording_is_that_of_the_translation_demonstrations(run: Path, tmp_path: Path) -> None:
    def change(report: dict[str, Any]) -> None:
        report["models"]["it-CrossAlpaca"]["settings"]["wording"] = "target"

    assert lineup([changed(run, tmp_path / "store", change)]).wording == "target"


def removed(report: dict[str, Any]) -> None:
    report["provenance"][0]["artefact"] = "train-9"


def outside(report: dict[str, Any]) -> None:
    report["provenance"][0]["artefact"] = "../artefacts/train-0"


def older(report: dict[str, Any]) -> None:
    del report["experiment"]["languages"]


def other_shape(report: dict[str, Any]) -> None:
    report["models"] = []


def other_steps(report: dict[str, Any]) -> None:
    report["provenance"] = [{"role": 1}]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (removed, "train-9: is not there; name the report in its store"),
        (outside, "'../artefacts/train-0' is not the name of an artefact"),
        (older, "is of an older version; run the experiment again"),
        (other_shape, "is not the report of a run"),
        (other_steps, "is not the report of a run"),
    ],
)
def test_a_report_that_leads_nowhere_is_refused(change: Change, message: str, run: Path, tmp_path: Path) -> None:
    with pytest.raises(CrossAlpacaError, match=message):
        lineup([changed(run, tmp_path / "store", change)])


@pytest.mark.parametrize(
    "file",
    [
        *("artefacts/train-0/adapter.json", "artefacts/train-0/adapter/adapter_config.json"),
        *("artefacts/train-0/adapter/adapter_model.safetensors", "reports/tiny/report.json"),
    ],
)
def test_a_flipped_bit_in_a_store_is_refused_with_the_name_of_its_file(file: str, run: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    folder = changed(run, store, lambda report: report)
    sealed(store / "artefacts/train-0", "train")
    sealed(Path(shutil.copytree(folder, store / "artefacts/report-0")), "report", title="report tiny")
    assert lineup([folder]).candidates
    path = store / file
    flipped(path, path.read_bytes().index(b"a"))
    with pytest.raises(StoreError) as said:
        lineup([folder])
    assert str(said.value).startswith(f"{path}: differs from what was written")
    assert "\n" not in str(said.value)


def test_a_folder_of_neither_kind_is_refused(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(DataError, match="is neither a run's report nor a fine-tune"):
            lineup([folder])


def test_a_backbone_that_moved_is_asked_for_and_taken(run: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    folder = changed(run, store, lambda report: report)
    for config in store.glob("artefacts/*/adapter/adapter_config.json"):
        content = json.loads(config.read_text()) | {"base_model_name_or_path": str(tmp_path / "gone")}
        config.write_text(json.dumps(content))
    with pytest.raises(InputError, match="name its folder by --backbone"):
        lineup([folder])
    moved = lineup([folder], str(store / "backbone"))
    assert {each.backbone.location for each in moved.candidates} == {str(store / "backbone")}


def test_an_untrained_backbone_alone_must_be_found(run: Path, tmp_path: Path) -> None:
    def change(report: dict[str, Any]) -> None:
        report["provenance"] = []

    folder = changed(run, tmp_path / "store", change)
    with pytest.raises(InputError, match="backbone is not known by its name; name its folder by --backbone"):
        lineup([folder])
    found = lineup([folder], str(tmp_path / "store" / "backbone"))
    assert [each.name for each in found.candidates] == ["base"]
