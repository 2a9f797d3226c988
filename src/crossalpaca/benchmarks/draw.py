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
    by_task: dict[str, list[Example]] = {}
    for example in examples:
        by_task.setdefault(example.task, []).append(example)
    chosen: set[str] = set()
    # Small tasks first: what one cannot give, the larger ones share.
    for left, task in zip(range(len(by_task), 0, -1), sorted(by_task, key=lambda t: (len(by_task[t]), t)), strict=True):
        share = (items - len(chosen)) // left
        ranked = sorted(by_task[task], key=lambda e: priority(seed, e.task, e.cluster))  # stable: passages stay whole
        chosen.update(example.id for example in ranked[:share])
    return [example for example in examples if example.id in chosen]
