"""A run that loses six nodes, and one that finds no cluster."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import losing
import pytest

from crossalpaca.cluster import driver
from crossalpaca.errors import RunError
from crossalpaca.grid import Grid

if TYPE_CHECKING:
    from ray.cluster_utils import Cluster

CHECKPOINT = "train-*/scratch/checkpoint-*/complete*"
ANSWERS = "evaluate-*/scratch/predictions.jsonl"


@pytest.mark.parametrize("address", ["127.0.0.1:1", "no-address"])
def test_where_no_cluster_answers_it_says_so_in_one_line(address: str) -> None:
    with pytest.raises(RunError, match=f"--ray {address}: no cluster answers") as raised, driver.connected(address):
        pass
    assert "\n" not in str(raised.value)


@pytest.mark.full
@pytest.mark.integration
def test_with_six_nodes_lost_the_artefacts_are_those_of_a_local_run(
    large_cluster: Cluster, experiment_text: str, tmp_path: Path
) -> None:
    text = experiment_text.replace("steps: 10", "steps: 300").replace("fp32, batch: 8", "fp32, batch: 1")
    experiment = Grid.parse(text)
    store = tmp_path / "there"
    moments = [ANSWERS, "train-*/scratch/checkpoint-*/optimizer.pt", CHECKPOINT, CHECKPOINT, ANSWERS, ANSWERS]
    losses = losing.Losses(large_cluster, store, moments)
    losses.start()
    driver.run(experiment, store)
    losses.over.set()
    losses.join()
    assert len(losses.lost) == 6
    for name, times in Counter(losses.lost).items():
        begun = (store / "logs" / f"{name}.log").read_text(encoding="utf-8").count("begins: ")
        assert 2 <= begun <= 1 + times  # some die before they say that they begin
    losing.assert_as_one_machine_makes_it(experiment, store, tmp_path / "here")
