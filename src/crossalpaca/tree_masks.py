"""Attention masks for prefix trees, for the kinds of attention that models have: full, and sliding windows."""

from __future__ import annotations

from typing import Any

import torch

from crossalpaca.errors import BackboneError
from crossalpaca.prefix_tree import Forest

Masks = torch.Tensor | dict[str, torch.Tensor]
_KNOWN = {"full_attention", "sliding_attention"}


def tree_masks(forest: Forest, config: Any) -> Masks:
    """What a model takes as `attention_mask` for a forest: `layer_masks` of [1, 1, nodes, nodes].

    Raises:
        BackboneError: as for `layer_masks`.
    """
    depths = torch.tensor([forest.depths])
    return layer_masks(torch.from_numpy(forest.mask())[None], depths, depths, config)


def layer_masks(visible: torch.Tensor, queries: torch.Tensor, keys: torch.Tensor, config: Any) -> Masks:
    """What a model takes as `attention_mask`: [rows, 1, queries, keys] of bool, or such masks by layer type.

    A window is measured in positions: a token sees those of its ancestors that are less than `sliding_window` before
    it in its own sequence, wherever they stand.

    Args:
        visible: [rows, queries, keys] of bool, True where a query's token has the key's token among its ancestors, or
            is that token.
        queries, keys: [rows, queries] and [rows, keys], the position of each token in its sequence.
        config: the model's configuration.

    Raises:
        BackboneError: the model has another kind of attention, which trees cannot be computed with.
    """
    config = config.get_text_config()
    layer_types = set(getattr(config, "layer_types", None) or [])
    if not layer_types <= _KNOWN:
        raise BackboneError(f"attention of type {', '.join(sorted(layer_types - _KNOWN))} is not supported")
    full = visible[:, None]
    window = getattr(config, "sliding_window", None)
    if window is None or layer_types == {"full_attention"}:
        return full
    near: torch.Tensor = full & (queries[:, None, :, None] - keys[:, None, None, :] < window)
    if "full_attention" not in layer_types:
        return near
    return {"full_attention": full, "sliding_attention": near}


def to_device(masks: Masks, device: torch.device) -> Masks:
    """The masks on a device."""
    if isinstance(masks, dict):
        return {kind: mask.to(device) for kind, mask in masks.items()}
    return masks.to(device)
