"""Bitext that is sampled on several nodes: its shards are Ray tasks beside that of the step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from crossalpaca.cluster.worker import same_versions
from crossalpaca.demonstrations.bitext import Part
from crossalpaca.demonstrations.shards import SPREAD, Shard, Spread, sample_shard
from crossalpaca.errors import CrossAlpacaError


@contextmanager
def over_nodes(ray: Any, versions: Mapping[str, str]) -> Iterator[None]:
    """Lets steps that run meanwhile share out their bitext, where several nodes have cores.

    One node computes with all its cores anyway, so there is nothing to share out.

    Args:
        ray: connected to the cluster.
        versions: of the packages where the run was started; a node with others refuses.
    """
    cores = [node["Resources"].get("CPU", 0) for node in ray.nodes() if node["Alive"]]
    several = sum(1 for each in cores if each) > 1
    token = SPREAD.set(_spread(ray, versions, int(sum(cores))) if several else None)
    try:
        yield
    finally:
        SPREAD.reset(token)


def _spread(ray: Any, versions: Mapping[str, str], ways: int) -> Spread:
    from ray.exceptions import RayTaskError

    def mapped(shards: Sequence[Shard]) -> Iterator[Part]:
        # A node that is lost is Ray's to bear: the task starts again on another one, three times at most.
        task = ray.remote(num_cpus=1, scheduling_strategy="SPREAD")(_on_node)
        under_way = [
            task.options(name=f"sample {each.corpus} {each.number + 1}/{each.of}").remote(each, versions)
            for each in shards
        ]
        under_way.reverse()
        try:
            while under_way:
                part: Part = ray.get(under_way.pop())  # while it waits, the core of the step is free for a shard
                yield part
        except RayTaskError as error:
            if isinstance(error.cause, CrossAlpacaError):
                raise error.cause from None
            raise
        finally:
            for other in under_way:
                ray.cancel(other)

    return Spread(mapped, max(ways, 1))


def _on_node(shard: Shard, versions: Mapping[str, str]) -> Part:
    """The Ray task."""
    same_versions(versions)
    return sample_shard(shard)
