"""The fine-tune to pass on: its folder, what it was made from, and what a run measured of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from crossalpaca.artefacts import artefact_of_run, require_report, require_written
from crossalpaca.backbones import BACKBONES, Backbone, resolve
from crossalpaca.decoding.models import require_backbone
from crossalpaca.demonstrations.build import DEMONSTRATIONS
from crossalpaca.errors import DataError, InputError, nearest
from crossalpaca.records import Adapter
from crossalpaca.sources.files import read_json
from crossalpaca.store import MANIFEST, artefact_named, file_sha256
from crossalpaca.training.finetune import ADAPTER, ADAPTER_RECORD, REPORT

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
"""The two files of an adapter in peft's format."""

Report = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FineTune:
    """A finished fine-tune.

    Attributes:
        name: of the model in its run, or of its folder.
        folder: where `adapter/`, `adapter.json` and `report.json` are.
        record: what `adapter.json` says.
        training: the training's report.
        demonstrations: the report of the demonstrations; empty where they are not at hand.
        run: the report of the run that evaluated it; empty where none was named.
    """

    name: str
    folder: Path
    record: Adapter
    training: Report
    demonstrations: Report
    run: Report

    @property
    def parts(self) -> list[Report]:
        """The report of the demonstrations of each language, where they are known."""
        together = self.demonstrations.get("languages")
        alone = [self.demonstrations] if self.demonstrations else []
        return alone if together is None else list(together.values())

    @property
    def config(self) -> dict[str, Any]:
        """What peft saved beside the weights."""
        return _document(self.folder / ADAPTER / CONFIG)


def find_finetune(name: str, demonstrations: Path | None = None) -> FineTune:
    """The fine-tune of a folder, or of a model of a run.

    Args:
        name: folder that `crossalpaca train` or a step of a run wrote, or `REPORT:MODEL` with that of a run's report.
        demonstrations: folder of its demonstrations, where it is not beside it in a store.

    Raises:
        DataError: there is no such fine-tune, report or model, or the adapter is incomplete.
        InputError: the demonstrations are not those that it was trained on.
        StoreError: a file is not what a run or `crossalpaca train` wrote.
    """
    folder, run, model = Path(name), {}, ""
    report, colon, last = name.rpartition(":")
    if colon and not folder.exists():
        model, run = last, run_report(Path(report))
        folder = _trained(Path(report), run, model)
    require_adapter(folder)
    record = _record(folder)
    made = _told(run, model) if run else _made_from(folder, record, demonstrations)
    name = model.partition("@")[0] or folder.resolve().name
    return FineTune(name, folder, record, _document(folder / REPORT), made, run)


def require_adapter(folder: Path) -> None:
    """Checks that a folder of a fine-tune has its adapter, as training wrote it.

    Raises:
        DataError: a file of it is not there.
        StoreError: one is not what was written.
    """
    files = (ADAPTER_RECORD, f"{ADAPTER}/{CONFIG}", f"{ADAPTER}/{WEIGHTS}")
    for file in files:
        if not (folder / file).is_file():
            raise DataError(f"{folder / file}: is not there; name the folder of a finished fine-tune")
    require_written(folder, *files)


def _told(run: Report, model: str) -> Report:
    """What a run's report says of the demonstrations of a model, at the seed that is named."""
    name, _, seed = model.partition("@")
    runs = run["models"][name].get("runs", [])
    found = [each["demonstrations"] for each in runs if not seed or str(each["seed"]) == seed]
    return dict(found[0]) if found else {}


def backbone_of(tune: FineTune, named: str | None = None) -> Backbone:
    """The backbone that a fine-tune belongs to.

    Args:
        tune: the fine-tune.
        named: its id or folder, where it is a folder that has moved since.

    Raises:
        InputError: it is not where it was, or another one is named.
    """
    recorded = tune.record.backbone
    if named is None and recorded not in BACKBONES and "/" not in recorded:
        named = str(tune.config.get("base_model_name_or_path"))
        if not Path(named).is_dir():
            raise InputError(f"{tune.folder}: its backbone {recorded} is not at {named}; name its folder by --backbone")
    backbone = resolve(named or recorded, tune.record.revision)
    require_backbone(tune.folder, backbone)
    return backbone


def run_report(folder: Path) -> dict[str, Any]:
    """The report of a run, from its folder.

    Raises:
        DataError: there is none.
        StoreError: it is not what the run wrote.
    """
    require_report(folder / REPORT)
    report = _document(folder / REPORT)
    kinds = {"models": dict, "metrics": dict, "experiment": dict, "scores": list, "provenance": list}
    if not all(isinstance(report.get(key), kind) for key, kind in kinds.items()) or not all(
        isinstance(step, dict) and isinstance(step.get("role"), str) and "artefact" in step
        for step in report["provenance"]
    ):
        raise DataError(
            f"{folder / REPORT}: is not the report of a run; name the folder that `crossalpaca run` ends with"
        )
    return report


def _trained(report: Path, run: Report, model: str) -> Path:
    """The artefact of a model's training, in the store that the report lies in."""
    if model.partition("@")[0] not in run["models"]:
        known = ", ".join(run["models"])
        raise DataError(f"{report}: has no model {model!r}{nearest(model, run['models'])}: there are {known}")
    found = [entry["artefact"] for entry in run["provenance"] if entry["role"] == f"train/{model}"]
    seeds = run["models"][model.partition("@")[0]].get("seeds", [])
    if not found and len(seeds) > 1 and "@" not in model:
        raise InputError(f"{report}: {model} was trained with several seeds; name one, such as {model}@{seeds[0]}")
    if not found:
        raise InputError(f"{report}: {model} is the backbone itself, which was not trained; name another model")
    return artefact_of_run(report, found[0])


def _made_from(folder: Path, record: Adapter, demonstrations: Path | None) -> Report:
    """The report of the demonstrations in the folder given, or of those beside the fine-tune in its store."""
    source = demonstrations
    if source is None and (folder / MANIFEST).is_file():
        key = _document(folder / MANIFEST).get("inputs", {}).get("demonstrations", "")
        source = artefact_named(folder.resolve().parents[1], f"demonstrations-{key}")
    if demonstrations is None and not (source and (source / DEMONSTRATIONS).is_file()):
        return {}
    assert source is not None
    path = source / DEMONSTRATIONS
    if not path.is_file():
        raise DataError(f"{path}: is not there; name the folder of the demonstrations")
    if file_sha256(path) != record.demonstrations:
        raise InputError(f"{path}: is not what {folder} was trained on; name the folder of its demonstrations")
    require_written(source, REPORT)
    return _document(source / REPORT)


def _record(folder: Path) -> Adapter:
    path = folder / ADAPTER_RECORD
    document = _document(path)
    names = {field.name for field in fields(Adapter)}
    if not names <= document.keys():
        raise DataError(f"{path}: is not the record of an adapter; name the output folder of a fine-tune")
    return Adapter(**{name: document[name] for name in names})


def _document(path: Path) -> dict[str, Any]:
    """A JSON object of a file."""
    if not path.is_file():
        raise DataError(f"{path}: is not there; name the folder of a fine-tune, or REPORT:MODEL")
    document = read_json(path)
    if not isinstance(document, dict):
        raise DataError(f"{path}: is not a JSON object; get the file again")
    return document
