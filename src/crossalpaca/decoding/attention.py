"""Attention of answers that stand in rows: a step's tokens are one sequence to the model, and here each meets its row.

The model's layers thus compute no padding, and the keys and values of a row, a passage's for example, are read once for
all its answers and for all query heads that share them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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


def use_rows(model: PreTrainedModel) -> None:
    """Lets a model attend in rows where it is given `places`, and as before where it is not.

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
    **settings: Any,
) -> tuple[torch.Tensor, None]:
    """sdpa; with `places`, of one sequence of tokens over the rows of a cache.

    Args:
        module: the layer.
        query: [1, heads, tokens, size] with places.
        key, value: [rows, key heads, columns, size] with places.
        attention_mask: [rows, 1, group x width, columns] with places (see `folded`).
        places: where the tokens stand.
        settings: of sdpa in transformers.

    Returns:
        [1, tokens, heads, size], and None for the weights.
    """
    if places is None:
        return sdpa_attention_forward(module, query, key, value, attention_mask, **settings)
    rows, heads, width = key.shape[0], key.shape[1], places.width
    tokens, size = query.shape[2], query.shape[3]
    group = query.shape[1] // heads
    spread = query.new_zeros(rows, heads, group, width, size)
    spread[places.rows, :, :, places.ranks] = query[0].view(heads, group, tokens, size).permute(2, 0, 1, 3)
    spread = spread.view(rows, heads, group * width, size)
    assert attention_mask is not None
    found = [
        torch.nn.functional.scaled_dot_product_attention(
            spread[first:end],
            key[first:end, :, unused:],
            value[first:end, :, unused:],
            attn_mask=attention_mask[first:end, :, :, unused:],
            scale=settings["scaling"],
        )
        for first, end, unused in places.bands
    ]
    gathered = torch.cat(found).view(rows, heads, group, width, -1)[places.rows, :, :, places.ranks]
    return gathered.reshape(1, tokens, heads * group, -1), None


def folded(mask: torch.Tensor, config: Any) -> torch.Tensor:
    """A mask [rows, 1, width, columns] for each query head of a group: [rows, 1, group x width, columns]."""
    heads = config.num_attention_heads
    group = heads // (getattr(config, "num_key_value_heads", None) or heads)
    return mask.repeat(1, 1, group, 1)
