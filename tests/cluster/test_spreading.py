"""Bitext that is sampled on several nodes gives the demonstrations of one machine, to the byte."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from crossalpaca.cluster.spreading import over_nodes
from crossalpaca.demonstrations import shards
from crossalpaca.demonstrations.build import build
from crossalpaca.demonstrations.shards import SPREAD
from crossalpaca.errors import CrossAlpacaError, DataError, InputError
from crossalpaca.records import Shown, SourceFile, StepRun
from crossalpaca.sources.files import source_file
from crossalpaca.version import package_versions

if TYPE_CHECKING:
    from ray.cluster_utils import Cluster


def bitext(path: Path, numbers: range, more: str = "") -> tuple[SourceFile]:
    rows = [{"en": f"Train number {n} leaves at noon.", "de": f"Zug Nummer {n} fährt am Mittag."} for n in numbers]
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    path.write_text(text + more, encoding="utf-8")
    return (source_file(path),)


def made(folder: Path, entries: tuple[tuple[SourceFile], ...]) -> tuple[dict[str, bytes], set[str]]:
    """The files of the artefact, and the units in which progress was told."""
    units: set[str] = set()
    folder.mkdir()

    def progress(done: int, total: int, unit: str, shown: Shown) -> None:
        units.add(unit)

    arguments = {"language": "de", "seed": 42, "instructions": None, "instruction_count": None}
    asked = arguments | {"bitext": entries, "translations": {"en-x": 50, "x-en": 40}}
    build(StepRun(asked, {}, folder, folder, progress, logging.getLogger("test")))
    return {path.name: path.read_bytes() for path in folder.iterdir()}, units


def on_node(folder: Path, entries: tuple[tuple[SourceFile], ...], versions: Mapping[str, str]) -> Any:
    """What the task of a step does, with bitext of any size."""
    import ray

    shards.LARGE = 0
    try:
        with over_nodes(ray, versions):
            return made(folder, entries)
    except CrossAlpacaError as error:
        return type(error), str(error)


@pytest.mark.integration
def test_a_step_on_a_node_shares_its_bitext_out_and_makes_what_one_machine_makes(
    cluster: Cluster, tmp_path: Path
) -> None:
    import ray

    entries = (bitext(tmp_path / "a.jsonl", range(120_000)), bitext(tmp_path / "b.jsonl", range(100_000, 130_000)))
    whole, units = made(tmp_path / "whole", entries)
    assert units == {"file", "set"}
    ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])  # nodes do not find this file
    step = ray.remote(on_node).options(num_cpus=1)
    shared, units = ray.get(step.remote(tmp_path / "shared", entries, package_versions()))
    assert shared == whole
    assert units == {"shard", "set"}

    bad = (entries[0], bitext(tmp_path / "bad.jsonl", range(9), "not JSON\n"))
    kind, message = ray.get(step.remote(tmp_path / "bad", bad, package_versions()))
    assert kind is DataError
    assert message.startswith(f"{tmp_path / 'bad.jsonl'}:10: not JSON")
    assert "\n" not in message

    kind, message = ray.get(step.remote(tmp_path / "other", entries, {"numpy": "0.1"}))
    assert (kind, message.partition(" ")[0]) == (InputError, "numpy")


@pytest.mark.parametrize(
    ("nodes", "ways"),
    [
        ([(True, {"CPU": 16.0})], None),
        ([(True, {"CPU": 16.0}), (False, {"CPU": 16.0}), (True, {"memory": 1.0})], None),
        ([(True, {"CPU": 16.0}), (True, {"CPU": 4.0}), (True, {})], 20),
        ([(True, {"CPU": 0.5}), (True, {"CPU": 0.25})], 1),
    ],
)
def test_bitext_is_shared_out_where_several_nodes_have_cores(
    nodes: list[tuple[bool, dict[str, float]]], ways: int | None
) -> None:
    ray = SimpleNamespace(nodes=lambda: [{"Alive": alive, "Resources": held} for alive, held in nodes])
    with over_nodes(ray, {}):
        spread = SPREAD.get()
        assert (spread and spread.ways) == ways
    assert SPREAD.get() is None
