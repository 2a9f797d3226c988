"""What commands read outside of a run is what was written, or it is refused with the file's name."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import reports
from crossalpaca.artefacts import artefact_of_run, manifest_of, require_report, require_written
from crossalpaca.cli.reporting import read_report
from crossalpaca.errors import DataError, StoreError
from crossalpaca.store import MANIFEST
from sealing import flipped, sealed

FILES = {"answers.jsonl": "one\ntwo\n", "adapter/weights.bin": "0123456789", "empty.txt": ""}


@pytest.fixture(scope="module")
def artefact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "made"
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return sealed(folder, "evaluate", {"seed": 7, "rate": 0.1, "model": "m"})


def test_what_was_written_is_taken(artefact: Path) -> None:
    require_written(artefact, *FILES)
    assert manifest_of(artefact)["arguments"] == {"seed": 7, "rate": 0.1, "model": "m"}


@given(data=st.data())
def test_a_flipped_bit_is_found_wherever_it_is(
    artefact: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from([name for name, text in FILES.items() if text]))
    copy = Path(shutil.copytree(artefact, tmp_path_factory.mktemp("copy") / "made"))
    flipped(copy / name, data.draw(st.integers(0, len(FILES[name]) - 1)))
    require_written(copy, *(other for other in FILES if other != name))
    with pytest.raises(StoreError, match=r"differs from what was written; remove the folder made and run") as said:
        require_written(copy, *FILES)
    assert str(said.value).startswith(f"{copy / name}: ")
    assert "\n" not in str(said.value)


def test_a_file_that_is_gone_or_was_never_written_is_refused(artefact: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(artefact, tmp_path / "made"))
    (copy / "empty.txt").unlink()
    (copy / "later.txt").write_text("", encoding="utf-8")
    for name in ("empty.txt", "later.txt"):
        with pytest.raises(StoreError, match=name):
            require_written(copy, name)


@pytest.mark.parametrize("change", [{"seed": 8}, {"version": 2}, {"arguments": {"seed": 7}}, {"inputs": {"a": "b"}}])
def test_a_manifest_that_was_changed_is_refused(artefact: Path, tmp_path: Path, change: dict[str, Any]) -> None:
    copy = Path(shutil.copytree(artefact, tmp_path / "made"))
    manifest = json.loads((copy / MANIFEST).read_text(encoding="utf-8"))
    (copy / MANIFEST).write_text(json.dumps(manifest | change), encoding="utf-8")
    with pytest.raises(StoreError, match=r"manifest\.json: differs from what was written"):
        manifest_of(copy)


def test_without_a_manifest_files_are_taken_as_they_are(artefact: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(artefact, tmp_path / "made"))
    (copy / MANIFEST).unlink()
    require_written(copy, "answers.jsonl", "nowhere")
    assert manifest_of(copy) == {}


# Reports


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store with the artefact of a report and its copy for people."""
    made = tmp_path / "store" / "artefacts" / "report-1"
    made.mkdir(parents=True)
    content = reports.report({"base": reports.model([])}, languages=["de"], benchmarks={}, probed=False)
    (made / "report.json").write_text(json.dumps(content), encoding="utf-8")
    sealed(made, "report", title="report small")
    place = tmp_path / "store" / "reports" / "small"
    place.mkdir(parents=True)
    shutil.copyfile(made / "report.json", place / "report.json")
    return tmp_path / "store"


PLACES = ("artefacts/report-1/report.json", "reports/small/report.json")


@pytest.mark.parametrize("place", PLACES)
def test_a_report_is_shown_as_it_was_written_or_not_at_all(store: Path, place: str) -> None:
    path = store / place
    assert read_report(path)["experiment"]["languages"] == ["de"]
    flipped(path, path.read_bytes().index(b"made-up"))
    with pytest.raises(StoreError, match=r"report\.json: differs from what was written") as said:
        read_report(path)
    assert "\n" not in str(said.value)


def test_a_report_whose_artefact_is_gone_or_that_was_taken_elsewhere_is_shown(store: Path, tmp_path: Path) -> None:
    path = store / PLACES[1]
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    (tmp_path / "taken").mkdir()
    taken = Path(shutil.copyfile(path, tmp_path / "taken" / "report.json"))
    require_report(taken)
    other = sealed(Path(shutil.copytree(store / "artefacts/report-1", store / "artefacts/report-2")), "report")
    shutil.rmtree(store / "artefacts/report-1")
    require_report(path)
    assert manifest_of(other)["title"] != "report small"


@pytest.mark.parametrize("name", ["../reports", "", "..", "/etc", 7, None])
def test_what_is_no_name_of_an_artefact_is_refused(store: Path, name: object) -> None:
    with pytest.raises(StoreError, match="is not the name of an artefact"):
        artefact_of_run(store / "reports" / "small", name)


def test_an_artefact_is_found_from_both_places_of_a_report(store: Path) -> None:
    for place in PLACES:
        assert artefact_of_run((store / place).parent, "report-1") == (store / "artefacts/report-1").resolve()
    for report in (store / "reports" / "small", Path("/")):
        with pytest.raises(DataError, match="train-9: is not there; name the report in its store"):
            artefact_of_run(report, "train-9")
