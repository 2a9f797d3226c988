"""Finished artefacts as commands read them, outside of a run: to the byte what a step wrote, or not at all.

A run knows the steps that it rests on and looks at them itself (`Store.require_whole`). A command is given a folder;
what its files were is in the manifest beside them. Files that were passed on without a manifest are taken as they are.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from crossalpaca.errors import DataError, StoreError
from crossalpaca.records import Step, StepRun
from crossalpaca.store import MANIFEST, artefact_named, file_sha256, read_manifest, step_key


def manifest_of(folder: Path) -> dict[str, Any]:
    """The manifest of a folder that a step wrote; empty where there is none.

    Raises:
        StoreError: it is not what was written.
    """
    path = folder / MANIFEST
    if not path.is_file():
        return {}
    manifest = read_manifest(folder)
    try:
        made = Step(manifest["name"], manifest["version"], _unknown, manifest["arguments"], manifest["inputs"], "")
        whole = step_key(made) == manifest["key"] and manifest["seed"] == made.arguments.get("seed")
    except KeyError:
        whole = False
    if not whole:
        raise StoreError(f"{path}: {_remedy(folder)}")
    return manifest


def _unknown(run: StepRun) -> None:
    """Stands for the function of a step, which its key says nothing of."""


def _remedy(folder: Path) -> str:
    return f"differs from what was written; remove the folder {folder.name} and run again"


def require_written(folder: Path, *files: str) -> None:
    """Checks that files of a folder are what the step wrote whose manifest is there.

    Raises:
        StoreError: one differs or is missing, or the manifest differs.
    """
    manifest = manifest_of(folder)
    if not manifest:
        return
    for name in files:
        path, recorded = folder / name, manifest["outputs"].get(name, {})
        if not path.is_file() or file_sha256(path) != recorded.get("sha256"):
            raise StoreError(f"{path}: {_remedy(folder)}")


def require_report(path: Path) -> None:
    """Checks that a file of a run's report is what the run wrote, where it is an artefact or lies in `reports/NAME/` of
    the run's store; one that was taken elsewhere, or whose artefact was pruned, is taken as it is.

    Raises:
        StoreError: it differs.
    """
    folder = path.parent.resolve()
    require_written(folder, path.name)
    if folder.parent.name != "reports" or not path.is_file():
        return
    manifests = map(manifest_of, sorted(folder.parent.parent.glob("artefacts/report-*")))
    own = [each["outputs"] for each in manifests if each.get("title") == f"report {folder.name}"]
    if own and file_sha256(path) not in {outputs.get(path.name, {}).get("sha256") for outputs in own}:
        raise StoreError(f"{path}: differs from what was written; run the experiment again, which puts it right")


def artefact_of_run(report: Path, name: object) -> Path:
    """The folder of an artefact that a run's report names, in the store that the report lies in.

    Args:
        report: folder of the report: ROOT/reports/NAME or ROOT/artefacts/report-KEY.
        name: of the artefact.

    Raises:
        DataError: it is not there.
        StoreError: it is no name of an artefact.
    """
    folder = artefact_named(report.resolve().parent.parent, name)
    if not folder.is_dir():
        raise DataError(f"{folder}: is not there; name the report in its store, or run the experiment again")
    return folder
