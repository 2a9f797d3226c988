"""Drawing a part of a benchmark by whole clusters, the same passages in every language."""

from __future__ import annotations

from collections.abc import Sequence

from crossalpaca.hashing import priority
from crossalpaca.records import Example


def draw(examples: Sequence[Example], items: int | None, seed: int) -> list[Example]:
    """At most `items` examples, in their original order; None means all.

    Tasks are drawn from evenly. Within a task passages are taken whole, lowest hash of seed and cluster first, until
    `items` are reached; the last passage may be cut. Parallel benchmarks give the same items in each language.
    """
    if items is None or items >= len(examples):
        return list(examples)
    tasks = sorted({example.task for example in examples})
    chosen: set[str] = set()
    for index, task in enumerate(tasks):
        share = items // len(tasks) + (index < items % len(tasks))
        own = [example for example in examples if example.task == task]
        ranked = sorted(own, key=lambda example: priority(seed, task, example.cluster))  # stable: passages stay whole
        chosen.update(example.id for example in ranked[:share])
    return [example for example in examples if example.id in chosen]
