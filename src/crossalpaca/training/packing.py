"""Prefix-shared packing: the demonstrations of an optimiser step as forests, with what is learnt at each node.

Every demonstration opens with the same template, and translations with the same instruction. Each distinct prefix is
computed once, and each demonstration's target tokens still count once each, so loss and gradient stay the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from crossalpaca.prefix_tree import Forest, pack
from crossalpaca.training.encoding import Encoded


@dataclass(frozen=True, slots=True)
class Row:
    """One forest of demonstrations.

    Attributes:
        forest: the tokens that are computed.
        targets: (node, next token) to how many demonstrations learn that token there.
    """

    forest: Forest
    targets: dict[tuple[int, int], int]


def pack_rows(batch: Sequence[Encoded], row_tokens: int) -> Iterator[Row]:
    """Rows of at most `row_tokens` distinct tokens that hold each demonstration once."""
    for forest in pack([demonstration.tokens for demonstration in batch], row_tokens):
        targets: dict[tuple[int, int], int] = {}
        for index, path in forest.members.items():
            demonstration = batch[index]
            for depth in range(demonstration.completion_start, len(demonstration.tokens)):
                target = (path[depth - 1], demonstration.tokens[depth])
                targets[target] = targets.get(target, 0) + 1
        yield Row(forest, targets)
