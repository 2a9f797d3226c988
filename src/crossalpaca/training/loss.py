"""The loss of a row, with its gradient made in the same pass: a chunk of logits becomes both while it is near."""

from __future__ import annotations

from typing import Any

import torch

_CHUNK = 16  # nodes; their logits in float32 are a few megabytes


class _CrossEntropy(torch.autograd.Function):
    """Summed cross-entropy of targets with weights."""

    @staticmethod
    def forward(
        ctx: Any, logits: torch.Tensor, places: torch.Tensor, targets: torch.Tensor, weights: torch.Tensor
    ) -> torch.Tensor:
        gradient = torch.empty_like(logits) if ctx.needs_input_grad[0] else None
        places, order = places.sort(stable=True)
        targets, weights = targets[order], weights[order]
        starts = range(0, len(logits), _CHUNK)
        bounds = torch.searchsorted(places, torch.tensor([*starts, len(logits)], device=places.device)).tolist()
        total = torch.zeros((), device=logits.device)
        for start, a, b in zip(starts, bounds, bounds[1:], strict=False):
            learnt = places[a:b] - start, targets[a:b]
            near = torch.log_softmax(logits[start : start + _CHUNK].float(), dim=-1)
            total -= near[learnt] @ weights[a:b]
            if gradient is not None:
                of_node = torch.zeros(len(near), device=near.device).index_add_(0, learnt[0], weights[a:b])
                near.exp_().mul_(of_node[:, None]).index_put_(learnt, -weights[a:b], accumulate=True)
                gradient[start : start + _CHUNK] = near
        ctx.save_for_backward(gradient)
        return total

    @staticmethod
    def backward(ctx: Any, above: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        (gradient,) = ctx.saved_tensors
        return gradient * above.to(gradient.dtype), None, None, None


def cross_entropy(
    logits: torch.Tensor, places: torch.Tensor, targets: torch.Tensor, weights: torch.Tensor
) -> torch.Tensor:
    """Summed cross-entropy (nats) in float32, each target as often as its weight says.

    Args:
        logits: [nodes, vocabulary].
        places: [targets], the node that each target comes after.
        targets: [targets], tokens.
        weights: [targets], float32.
    """
    found: torch.Tensor = _CrossEntropy.apply(logits, places, targets, weights)  # type: ignore[no-untyped-call]
    return found
