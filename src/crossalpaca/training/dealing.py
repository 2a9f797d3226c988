"""Which process computes which rows of an optimiser step."""

from __future__ import annotations

from collections.abc import Sequence

from crossalpaca.training.packing import Row


def dealt(rows: Sequence[Row], processes: int) -> list[list[Row]]:
    """Rows for each process, of much the same number of tokens; who would have none computes one that counts nothing.

    Every process has to take part in every step, since gradients are summed over all of them.
    """
    shares: list[list[Row]] = [[] for _ in range(processes)]
    load = [0] * processes
    for row in sorted(rows, key=lambda row: -len(row.forest.tokens)):
        least = load.index(min(load))
        shares[least].append(row)
        load[least] += len(row.forest.tokens)
    smallest = min(rows, key=lambda row: len(row.forest.tokens))
    idle = Row(smallest.forest, dict.fromkeys(smallest.targets, 0), smallest.packed)
    return [share or [idle] for share in shares]
