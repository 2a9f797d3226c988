"""Packed rows with torch's flex_attention, whose kernels skip the blocks of a mask that nobody sees.

With nodes in depth-first order (see `pack`) a node's subtree is the nodes from itself to some end, so that a row's mask
is a function of two integers a node: where its subtree ends and its position.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from logging import Logger
from typing import TYPE_CHECKING, Any

import torch
from torch.nn.attention.flex_attention import BlockMask, create_block_mask

from crossalpaca.errors import BackboneError
from crossalpaca.training.encoding import Encoded
from crossalpaca.training.packing import Packing
from crossalpaca.training.trainer import Tensors, row_loss, row_tensors
from crossalpaca.tree_masks import layer_masks, to_device

if TYPE_CHECKING:
    from peft import PeftModel

FLEX = "flex_attention"
"""What transformers calls it."""

BLOCK = 128
"""Nodes of a block of the mask, flex_attention's own default; rows are filled up to whole blocks."""

MaskMod = Callable[[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]
BlockMasks = BlockMask | dict[str, BlockMask]
Windows = dict[str, int | None]

_TOLERANCE = {torch.float32: 1e-3}
_COARSE = 0.1  # 16-bit numbers; a wrong mask is off by far more
_SHARED, _OWN, _SEQUENCES = 40, (100, 60, 20), 3  # tokens of the probe's rows, which are three blocks, two and one


def subtree_ends(depths: torch.Tensor) -> torch.Tensor:
    """The first node after each node's subtree [nodes]: the next one that is no deeper, or as many as there are nodes.

    Args:
        depths: [nodes], positions of a forest's nodes in depth-first order.
    """
    place = torch.arange(len(depths), device=depths.device)
    closes = (place > place[:, None]) & (depths <= depths[:, None])
    # The first of those that close is the largest value's first place.
    return torch.nn.functional.pad(closes, (0, 1), value=True).int().argmax(1)


def sees(ends: torch.Tensor, depths: torch.Tensor, window: int | None) -> MaskMod:
    """Whether a node attends to another, as flex_attention asks it: to itself and its ancestors.

    Args:
        ends: [nodes], of `subtree_ends`.
        depths: [nodes], positions.
        window: only to those that are fewer positions before it.
    """
    # A tensor for either kind: kernels are compiled for a function's code and numbers, and past a few torch gives up.
    earliest = torch.zeros_like(depths) if window is None else depths - window + 1

    def descends(batch: torch.Tensor, head: torch.Tensor, query: torch.Tensor, key: torch.Tensor) -> torch.Tensor:
        return (key <= query) & (query < ends[key]) & (depths[key] >= earliest[query])

    return descends


def windows_of(config: Any) -> Windows:
    """The sliding window of each layer type, None where there is none; the type is '' where all layers are alike.

    Raises:
        BackboneError: as for `layer_masks`, which is asked what a token sees of one that is far before it.
    """
    far = torch.tensor([[torch.iinfo(torch.int64).max]])
    seen = layer_masks(torch.ones(1, 1, 1, dtype=torch.bool), far, torch.zeros_like(far), config)
    kinds = seen if isinstance(seen, dict) else {"": seen}
    window: int | None = getattr(config.get_text_config(), "sliding_window", None)
    return {kind: None if bool(mask) else window for kind, mask in kinds.items()}


def block_masks(depths: torch.Tensor, windows: Windows) -> BlockMasks:
    """What a model that attends with flex_attention takes as `attention_mask` for a forest.

    Args:
        depths: [nodes], positions of the nodes in depth-first order.
        windows: of the layer types.
    """
    ends, nodes = subtree_ends(depths), len(depths)
    made = {
        kind: create_block_mask(sees(ends, depths, window), 1, None, nodes, nodes, depths.device, BLOCK)
        for kind, window in windows.items()
    }
    return made.get("", made)


def filled(inputs: dict[str, Any], windows: Windows) -> dict[str, Any]:
    """A forward pass over a forest, as `row_loss` asks it, with whole blocks and their masks.

    What fills a row up is roots without children, to which no other node attends, and no logits are computed for it.
    """
    nodes = inputs["input_ids"].shape[1]
    room = (0, -nodes % BLOCK)
    depths = torch.nn.functional.pad(inputs["position_ids"], room)
    kept = {"logits_to_keep": torch.arange(nodes, device=depths.device)}
    return (
        kept
        | inputs
        | {
            "input_ids": torch.nn.functional.pad(inputs["input_ids"], room),
            "position_ids": depths,
            "attention_mask": block_masks(depths[0], windows),
        }
    )


def rows_attention(model: PeftModel, packing: Packing, log: Logger) -> AbstractContextManager[None]:
    """What a model is trained within: flex_attention on CUDA, where it learns the same with it, else what it has."""
    if not packing.shared or model.device.type != "cuda":
        return nullcontext()
    reason = why_not_flex(model)
    log.info("attention of packed rows: %s", f"sdpa, since {reason}" if reason else FLEX)
    return nullcontext() if reason else flex_rows(model)


@contextmanager
def flex_rows(model: Any) -> Iterator[None]:
    """Within it the model computes forests, given as `tree_masks` has them, with flex_attention.

    Raises:
        BackboneError: the model has an attention of its own, or one that trees cannot be computed with.
        ValueError: transformers has no flex_attention for the model.
    """
    before, windows = model.config._attn_implementation, windows_of(model.config)

    def prepared(_: Any, positional: tuple[Any, ...], inputs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        mask = inputs.get("attention_mask")
        is_forest = isinstance(mask, dict) or (mask is not None and mask.dim() == 4)
        return positional, filled(inputs, windows) if is_forest else inputs

    hook = model.register_forward_pre_hook(prepared, with_kwargs=True)
    try:
        model.set_attn_implementation(FLEX)
        if model.config.get_text_config()._attn_implementation != FLEX:  # transformers only logs it
            raise BackboneError("its attention cannot be replaced by flex_attention")
        yield
    finally:
        hook.remove()
        model.set_attn_implementation(before)


def why_not_flex(model: PeftModel) -> str | None:
    """Why the model must learn without flex_attention, in words; None where it learns the same with it.

    Made-up rows are computed both ways, since kernels are compiled for a model's sizes, a device and one block, some
    blocks and any number of them: whether there are any, and whether they are right, shows only there.
    """
    was_training = model.training
    try:
        _settle(model)
        rows = [_probe(model, own) for own in _OWN]
        expected = list(_outcomes(model, rows))
        with flex_rows(model):
            found = list(_outcomes(model, rows))
    except (BackboneError, ImportError, TypeError, ValueError, RuntimeError, AttributeError) as error:
        # Whatever transformers, the compiler or the device says to it.
        return " ".join(str(error).split())[:200] or type(error).__name__
    finally:
        model.train(was_training)
    off = max(float((a - b).norm() / b.norm()) for a, b in zip(found, expected, strict=True))
    tolerance = _TOLERANCE.get(model.dtype, _COARSE)
    return None if off <= tolerance else f"flex_attention has other gradients than sdpa, by {off:.1%}"


def _probe(model: PeftModel, own: int) -> Tensors:
    """A row of sequences that share a prefix and have so many tokens by themselves."""
    vocabulary = model.config.get_text_config().vocab_size
    sequences = []
    for number in range(_SEQUENCES):
        places = (*range(_SHARED), *range(_SHARED + number, _SHARED + number + own))
        tokens = tuple((7 * place + 3) % vocabulary for place in places)
        sequences.append(Encoded(str(number), tokens, _SHARED))
    (row,) = Packing(_SHARED + _SEQUENCES * own).rows(sequences)
    device = next(model.parameters()).device
    return {name: to_device(value, device) for name, value in row_tensors(row, model.config).items()}


def _settle(model: PeftModel) -> None:
    """As in training, where a dropout within attention would be refused, but without the other dropouts."""
    model.train()
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.eval()


def _outcomes(model: PeftModel, rows: Sequence[Tensors]) -> Iterator[torch.Tensor]:
    """For each row what it changes in all that is trained, and its loss as validation computes it [numbers]."""
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    for row in rows:
        gradients = torch.autograd.grad(row_loss(model, row), trained)
        yield torch.cat([gradient.float().flatten() for gradient in gradients])
        with torch.no_grad():
            yield row_loss(model, row)[None]
