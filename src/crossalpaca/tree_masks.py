"""Attention masks for prefix trees, for the kinds of attention that models have: full, and sliding windows."""

from __future__ import annotations

from typing import Any

import torch

from crossalpaca.errors import BackboneError
from crossalpaca.prefix_tree import Forest

Masks = torch.Tensor | dict[str, torch.Tensor]
_KNOWN = {"full_attention", "sliding_attention"}


def tree_masks(forest: Forest, config: Any) -> Masks:
    """What a model takes as `attention_mask` for a forest: [1, 1, nodes, nodes] of bool, or such masks by layer type.

    A window is measured in positions: a token sees those of its ancestors that are less than `sliding_window` before
    it in its own sequence, wherever they stand in the forest.

    Args:
        forest: the trees.
        config: the model's configuration.

    Raises:
        BackboneError: the model has another kind of attention, which trees cannot be computed with.
    """
    config = config.get_text_config()
    layer_types = set(getattr(config, "layer_types", None) or [])
    if not layer_types <= _KNOWN:
        raise BackboneError(f"attention of type {', '.join(sorted(layer_types - _KNOWN))} is not supported")
    ancestors = torch.from_numpy(forest.mask())
    window = getattr(config, "sliding_window", None)
    if window is None or layer_types == {"full_attention"}:
        return ancestors[None, None]
    depths = torch.tensor(forest.depths)
    near: torch.Tensor = ancestors & (depths[:, None] - depths[None, :] < window)
    if "full_attention" not in layer_types:
        return near[None, None]
    return {"full_attention": ancestors[None, None], "sliding_attention": near[None, None]}


def to_device(masks: Masks, device: torch.device) -> Masks:
    """The masks on a device."""
    if isinstance(masks, dict):
        return {kind: mask.to(device) for kind, mask in masks.items()}
    return masks.to(device)
