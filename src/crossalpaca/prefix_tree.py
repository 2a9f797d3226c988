"""Token sequences as prefix trees: each distinct prefix stands, and is computed, once.

Training packs demonstrations this way and decoding prompts. A token attends to its ancestors only and sits at its own
depth, so a causal model computes for it exactly what it would compute in its sequence alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Tokens = Sequence[int]


@dataclass(slots=True)
class Forest:
    """Prefix trees that are computed in one forward pass.

    Attributes:
        tokens: token id of each node, parents before children.
        parents: index of each node's parent, -1 for roots.
        depths: position of each node in its sequence.
        members: index of each sequence among those packed, to the nodes along it.
    """

    tokens: list[int] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)
    depths: list[int] = field(default_factory=list)
    members: dict[int, list[int]] = field(default_factory=dict)

    def add(self, index: int, sequence: Tokens, path: Sequence[int], shared: int) -> list[int]:
        """Adds a sequence that shares `shared` tokens with the one along `path`; returns its own path."""
        own = list(path[:shared])
        for depth in range(shared, len(sequence)):
            self.parents.append(own[-1] if own else -1)
            own.append(len(self.tokens))
            self.tokens.append(sequence[depth])
            self.depths.append(depth)
        self.members[index] = own
        return own

    def mask(self) -> npt.NDArray[np.bool_]:
        """[nodes, nodes], True where the row's node attends to the column's: itself and its ancestors."""
        mask = np.eye(len(self.tokens), dtype=np.bool_)
        for node, parent in enumerate(self.parents):
            if parent >= 0:
                mask[node] |= mask[parent]
        return mask


def pack(sequences: Sequence[Tokens], capacity: int, *, beyond_first: bool = False) -> Iterator[Forest]:
    """Forests of at most `capacity` nodes that hold every sequence once; a longer sequence has a forest alone.

    Sorted by tokens, neighbours share the longest prefixes, so each sequence only branches off the one before it.

    Args:
        sequences: what to pack.
        capacity: nodes of a forest at most.
        beyond_first: the nodes of a forest's first sequence do not count, so that what shares a long prefix stays
            together.
    """
    forest = Forest()
    path: list[int] = []
    previous: Tokens = ()
    room = capacity
    for index in sorted(range(len(sequences)), key=lambda i: (tuple(sequences[i]), i)):
        sequence = sequences[index]
        shared = common_prefix(previous, sequence)
        if forest.members and len(forest.tokens) + len(sequence) - shared > room:
            yield forest
            forest, path, shared = Forest(), [], 0
        if not forest.members:
            room = capacity + len(sequence) if beyond_first else capacity
        path = forest.add(index, sequence, path, shared)
        previous = sequence
    if forest.members:
        yield forest


def common_prefix(first: Tokens, second: Tokens) -> int:
    """Number of leading tokens that two sequences share."""
    length = 0
    for a, b in zip(first, second, strict=False):
        if a != b:
            break
        length += 1
    return length
