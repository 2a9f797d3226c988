"""Whether a model computes a packed row as it computes its sequences: asked of the model itself, not of its name."""

from __future__ import annotations

from typing import Any

import torch

from crossalpaca.errors import BackboneError
from crossalpaca.prefix_tree import Forest, pack
from crossalpaca.tree_masks import to_device, tree_masks

_TOLERANCE = {torch.float32: 1e-3}
_COARSE = 0.1  # 16-bit numbers; a wrong mask or position is off by far more
_SHARED, _OWN = 12, 6  # tokens that the two sequences of the probe share, and have by themselves


def why_not_packable(model: Any) -> str | None:
    """Why the model must be trained unpacked, in words; None where it can be packed.

    Two sequences that share a prefix are computed as one row and by themselves. An architecture that takes no tree
    masks, or knows no positions but by place, gives other logits, or none.
    """
    vocabulary = model.config.get_text_config().vocab_size
    tokens = [(7 * place + 3) % vocabulary for place in range(_SHARED + 2 * _OWN)]
    sequences = [tokens[: _SHARED + _OWN], tokens[:_SHARED] + tokens[_SHARED + _OWN :]]
    (forest,) = pack(sequences, len(tokens))
    was_training = model.training
    model.eval()
    try:
        with torch.no_grad():
            packed = _packed(model, forest)
            apart = torch.cat([_alone(model, sequence) for sequence in sequences])
    except (BackboneError, TypeError, ValueError, RuntimeError, IndexError, AttributeError) as error:
        # Whatever an architecture says to a mask of four dimensions or to positions that are not in order.
        return " ".join(str(error).split())[:200] or type(error).__name__
    finally:
        model.train(was_training)
    # Against how far logits differ from place to place: all of them are alike where a model is fresh.
    off = float((packed - apart).norm() / (apart - apart.mean(0)).norm())
    tolerance = _TOLERANCE.get(model.dtype, _COARSE)
    return None if off <= tolerance else f"packed sequences have other logits than single ones, by {off:.1%}"


def _packed(model: Any, forest: Forest) -> torch.Tensor:
    """Logits of both sequences in one row, one below the other."""
    device = next(model.parameters()).device
    nodes = torch.tensor([node for index in sorted(forest.members) for node in forest.members[index]], device=device)
    logits = model(
        input_ids=torch.tensor([forest.tokens], device=device),
        attention_mask=to_device(tree_masks(forest, model.config), device),
        position_ids=torch.tensor([forest.depths], device=device),
        logits_to_keep=nodes,
        use_cache=False,
    ).logits[0]
    found: torch.Tensor = logits.float()
    return found


def _alone(model: Any, sequence: list[int]) -> torch.Tensor:
    ids = torch.tensor([sequence], device=next(model.parameters()).device)
    found: torch.Tensor = model(input_ids=ids, use_cache=False).logits[0].float()
    return found
