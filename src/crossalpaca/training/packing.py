"""Prefix-shared packing: the demonstrations of an optimiser step as forests, with what is learnt at each node.

Every demonstration opens with the same template, and translations with the same instruction. Each distinct prefix is
computed once, and each demonstration's target tokens still count once each, so loss and gradient stay the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from crossalpaca.prefix_tree import Forest, pack
from crossalpaca.training.encoding import Encoded

LossOn = Literal["completion", "all"]


@dataclass(frozen=True, slots=True)
class Row:
    """One forest of demonstrations.

    Attributes:
        forest: the tokens that are computed.
        targets: (node, next token) to how many demonstrations learn that token there.
        packed: it is a forest, for whose mask a model must ask; else it is one plain sequence.
    """

    forest: Forest
    targets: dict[tuple[int, int], int]
    packed: bool = True


@dataclass(frozen=True, slots=True)
class Packing:
    """How demonstrations become rows.

    Attributes:
        row_tokens: distinct tokens of a row at most.
        loss_on: what is learnt.
        shared: prefixes are shared; a model that cannot be packed computes each demonstration by itself.
    """

    row_tokens: int
    loss_on: LossOn = "completion"
    shared: bool = True

    def learnt(self, demonstration: Encoded) -> range:
        """The places whose tokens are learnt; nothing comes before the first token, so it never is."""
        first = demonstration.completion_start if self.loss_on == "completion" else 1
        return range(max(first, 1), len(demonstration.tokens))

    def computed(self, batch: Sequence[Encoded]) -> int:
        """Tokens that the rows of a batch compute."""
        return sum(len(forest.tokens) for forest, _ in self._forests(batch))

    def rows(self, batch: Sequence[Encoded]) -> Iterator[Row]:
        """Rows that hold each demonstration once."""
        for forest, group in self._forests(batch):
            yield Row(forest, self._targets(forest, group), self.shared)

    def _forests(self, batch: Sequence[Encoded]) -> Iterator[tuple[Forest, Sequence[Encoded]]]:
        """Forests, each with the demonstrations that its members are indices of."""
        for group in [batch] if self.shared else [[demonstration] for demonstration in batch]:
            for forest in pack([demonstration.tokens for demonstration in group], self.row_tokens):
                yield forest, group

    def _targets(self, forest: Forest, group: Sequence[Encoded]) -> dict[tuple[int, int], int]:
        targets: dict[tuple[int, int], int] = {}
        for index, path in forest.members.items():
            for depth in self.learnt(group[index]):
                target = (path[depth - 1], group[index].tokens[depth])
                targets[target] = targets.get(target, 0) + 1
        return targets
