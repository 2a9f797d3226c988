"""Attention that skips what nobody sees: of forests, prefilled or trained on, and of answers that stand in rows.

To the model's other layers a forest, and the tokens of a decoding step, are one sequence without padding. A block of a
forest's nodes is attended to by itself, over the columns that it sees. In a step each token meets its row of the
cache, whose keys and values, a passage's for example, are read once for all its answers and for all query heads that
share them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

from crossalpaca.errors import BackboneError

if TYPE_CHECKING:
    from transformers import PreTrainedModel

NAME = "crossalpaca_rows"


Band = tuple[int, int, int]
"""Rows from one to another (which is not one of them) that are about as long, and the columns that none of them has."""

_LONGER = 1.25  # times the shortest row of a band: each band is a call of the kernel


def bands(lengths: Sequence[int]) -> list[Band]:
    """Rows in bands of about the same length.

    Args:
        lengths: of the rows, in ascending order; all end at the column that is the last one's length.
    """
    found: list[Band] = []
    first = 0
    for row, following in enumerate([*lengths[1:], None], start=1):
        if following is None or following > _LONGER * lengths[first]:
            found.append((first, row, lengths[-1] - lengths[row - 1]))
            first = row
    return found


@dataclass(frozen=True, slots=True)
class Places:
    """Where a step's tokens stand in the cache.

    Attributes:
        rows: [tokens], the row of each.
        ranks: [tokens], its number among the tokens of its row.
        start: the column of rank 0.
        width: tokens of the fullest row.
        bands: the rows, in bands that are attended to together.
    """

    rows: torch.Tensor
    ranks: torch.Tensor
    start: int
    width: int
    bands: Sequence[Band]

    @property
    def end(self) -> int:
        """The first column after the step's tokens."""
        return self.start + self.width


_BLOCK = 128  # nodes


@dataclass(frozen=True, slots=True)
class Blocks:
    """The nodes of a forest that are computed, in blocks, each with the nodes that it sees.

    Attributes:
        ranges: first computed node of each block, the first after it, and the columns [columns] that it sees.
        masks: of the layers' own masks, by their identity: the mask, which is kept so that no other gets its identity,
            and the part of each block, for all query heads of a group.
    """

    ranges: Sequence[tuple[int, int, torch.Tensor]]
    masks: dict[int, tuple[torch.Tensor, Sequence[torch.Tensor]]] = field(default_factory=dict)

    @classmethod
    def of(cls, mask: torch.Tensor) -> Blocks:
        """The blocks of a forest by its mask [computed nodes, nodes], of which a cache may hold the first ones."""
        starts = range(0, len(mask), _BLOCK)
        return cls([(a, min(a + _BLOCK, len(mask)), mask[a : a + _BLOCK].any(0).nonzero().squeeze(-1)) for a in starts])

    def masks_of(self, mask: torch.Tensor, group: int, dtype: torch.dtype) -> Sequence[torch.Tensor]:
        """The blocks' parts of a layer's mask [1, 1, computed, nodes]: [1, 1, group x block, columns], to be added."""
        if id(mask) not in self.masks:
            parts = (mask[:, :, first:end][..., columns] for first, end, columns in self.ranges)
            self.masks[id(mask)] = mask, [folded(added(part, dtype), group) for part in parts]
        return self.masks[id(mask)][1]


def use_rows(model: PreTrainedModel) -> None:
    """Lets a model attend in rows where it is given `places`, by blocks where `blocks`, and as before without either.

    Raises:
        BackboneError: the model has an attention of its own that sdpa cannot stand for.
    """
    implementation = model.config._attn_implementation
    if implementation not in ("sdpa", NAME):
        raise BackboneError(f"attention {implementation!r} is not supported: the model must work with sdpa")
    AttentionInterface.register(NAME, attend)
    AttentionMaskInterface.register(NAME, sdpa_mask)
    model.set_attn_implementation(NAME)


def attend(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    places: Places | None = None,
    blocks: Blocks | None = None,
    **settings: Any,
) -> tuple[torch.Tensor, None]:
    """sdpa; with `places`, of one sequence of tokens over the rows of a cache; with `blocks`, of a forest.

    Args:
        module: the layer.
        query: [1, heads, tokens, size] with places.
        key, value: [rows, key heads, columns, size] with places.
        attention_mask: [rows, 1, group x width, columns] with places (see `folded`).
        places: where the tokens stand.
        blocks: the forest's, where keys are its nodes, and queries those of them that are computed.
        settings: of sdpa in transformers.

    Returns:
        [1, tokens, heads, size], and None for the weights.
    """
    if attention_mask is not None and blocks is not None:
        return _forest(query, key, value, blocks, attention_mask, settings["scaling"], settings["dropout"]), None
    if attention_mask is not None and places is not None:
        return _rows(query, key, value, places, attention_mask, settings["scaling"]), None
    return sdpa_attention_forward(module, query, key, value, attention_mask, **settings)


def _rows(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, places: Places, mask: torch.Tensor, scaling: float
) -> torch.Tensor:
    """[1, tokens, heads, size], band by band."""
    rows, heads, width = key.shape[0], key.shape[1], places.width
    tokens, size = query.shape[2], query.shape[3]
    group = query.shape[1] // heads
    spread = query.new_zeros(rows, heads, group, width, size)
    spread[places.rows, :, :, places.ranks] = query[0].view(heads, group, tokens, size).permute(2, 0, 1, 3)
    spread = spread.view(rows, heads, group * width, size)
    found = [
        torch.nn.functional.scaled_dot_product_attention(
            spread[first:end],
            key[first:end, :, unused:],
            value[first:end, :, unused:],
            attn_mask=mask[first:end, :, :, unused:],
            scale=scaling,
        )
        for first, end, unused in places.bands
    ]
    gathered = torch.cat(found).view(rows, heads, group, width, -1)[places.rows, :, :, places.ranks]
    return gathered.reshape(1, tokens, heads * group, -1)


def _forest(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    blocks: Blocks,
    mask: torch.Tensor,
    scaling: float,
    dropout: float,
) -> torch.Tensor:
    """[1, nodes, heads, size], block by block."""
    heads, size = key.shape[1], query.shape[3]
    group = query.shape[1] // heads
    found = []
    for (first, end, columns), own in zip(blocks.ranges, blocks.masks_of(mask, group, query.dtype), strict=True):
        asked = query[:, :, first:end].reshape(1, heads, group * (end - first), size)
        states = _block(asked, key[:, :, columns], value[:, :, columns], own, scaling, dropout)
        found.append(states.view(1, heads * group, end - first, -1))
    return torch.cat(found, dim=2).transpose(1, 2).contiguous()


def _block(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, mask: torch.Tensor, scaling: float, dropout: float
) -> torch.Tensor:
    """sdpa; for gradients of 16 bits, on a CPU, plain products, which take half as long as its kernel."""
    if dropout or not query.requires_grad or query.device.type != "cpu" or query.dtype.itemsize != 2:
        return torch.nn.functional.scaled_dot_product_attention(
            query, key, value, attn_mask=mask, scale=scaling, dropout_p=dropout
        )
    scores = torch.baddbmm(mask[0], query[0], key[0].transpose(1, 2), alpha=scaling)
    return (torch.softmax(scores, dim=-1) @ value[0])[None]


def added(mask: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """A mask of bool as what is added to scores: sdpa would make it so in every layer again."""
    return torch.zeros(mask.shape, dtype=dtype, device=mask.device).masked_fill(~mask, -torch.inf)


def folded(mask: torch.Tensor, group: int) -> torch.Tensor:
    """A mask [rows, 1, width, columns] for each query head of a group: [rows, 1, group x width, columns]."""
    return mask.repeat(1, 1, group, 1)
