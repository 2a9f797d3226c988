"""The tiny models of the integration tests, and a cluster of small nodes on this machine."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from ray.cluster_utils import Cluster

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"  # loopback only

_spec = importlib.util.spec_from_file_location(
    "integration_fixtures", Path(__file__).parents[1] / "integration" / "conftest.py"
)
assert _spec is not None and _spec.loader is not None
_integration = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_integration)
tiny_tokenizer = _integration.tiny_tokenizer
make_model = _integration.make_model
make_folder = _integration.make_folder
tiny_backbone = _integration.tiny_backbone
experiment_text = _integration.experiment_text
tiny_experiment = _integration.tiny_experiment

NODE = {"num_cpus": 1, "object_store_memory": 80 << 20}


@contextmanager
def nodes(count: int) -> Iterator[Cluster]:
    """A head without cores, where this process is, and nodes of one core each; the process is connected."""
    import ray
    from ray.cluster_utils import Cluster

    head = {"num_cpus": 0, "object_store_memory": 80 << 20, "include_dashboard": False}
    made = Cluster(initialize_head=True, head_node_args=head)
    try:
        for _ in range(count):
            made.add_node(**NODE)
        ray.init(made.address, log_to_driver=False, logging_level="ERROR")
        yield made
    finally:
        ray.shutdown()
        made.shutdown()


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A cluster that can lose two nodes."""
    with nodes(3) as made:
        yield made


@pytest.fixture(scope="module")
def large_cluster() -> Iterator[Cluster]:
    """A cluster that can lose six nodes."""
    with nodes(7) as made:
        yield made
