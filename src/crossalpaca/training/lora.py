"""LoRA layers that are computed in one go, with gradients written out: peft's own layers, in fewer passes.

peft computes a 16-bit model's adapters in float32, copies what goes in and out of them, and draws a random number of 64
bits for each value that may be dropped. Here adapters are computed in the model's precision, as mixed precision does
(what is trained stays in float32), and a dropout takes 16 bits.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from peft.tuners.lora import Linear

if TYPE_CHECKING:
    from peft import PeftModel

_LANES = 4  # numbers of 16 bits in one of 64
_VALUES = 1 << 16


def dropped(shape: torch.Size, rate: float, dtype: torch.dtype) -> tuple[torch.Tensor, float]:
    """Where a dropout keeps a value, 1, or drops it, 0, at random [shape]; and the share that it keeps, of 2^16.

    Args:
        shape: of what is dropped from.
        rate: probability of a drop.
        dtype: of the result.
    """
    least = round(rate * _VALUES)  # a number of 0 to 2^16 - 1 is kept from here on
    count = shape.numel()
    drawn = torch.empty(-(-count // _LANES), dtype=torch.int64).random_(-(1 << 63), None)
    first = least - _VALUES // 2  # of numbers with a sign
    lanes = drawn.view(torch.int16)[:count].view(shape)
    kept = lanes.clamp_(first - 1, first).sub_(first - 1) if least else torch.ones_like(lanes)
    if dtype.itemsize == 2:  # the bits of a one: several times as fast as a conversion
        kept = kept.mul_(int(torch.ones((), dtype=dtype).view(torch.int16))).view(dtype)
    return kept.to(dtype), 1 - least / _VALUES


class _Adapted(torch.autograd.Function):
    """x W' + bias + (d x A') B' s, where d drops values and W and the bias are frozen."""

    @staticmethod
    def forward(
        ctx: Any,
        x: torch.Tensor,
        weight: torch.Tensor,
        bias: torch.Tensor | None,
        first: torch.Tensor,
        second: torch.Tensor,
        scaling: float,
        rate: float,
    ) -> torch.Tensor:
        rows = x.reshape(-1, x.shape[-1])
        kept = None
        if rate:
            kept, share = dropped(rows.shape, rate, rows.dtype)
            scaling /= share
        down, up = first.to(x.dtype), second.to(x.dtype) * scaling
        entering = rows if kept is None else rows * kept
        narrow = entering @ down.T
        found = torch.nn.functional.linear(rows, weight, bias).addmm_(narrow, up.T)
        ctx.save_for_backward(weight, down, up, entering, narrow, kept)
        ctx.scaling, ctx.shape, ctx.trained = scaling, x.shape, first.dtype
        return found.view(*x.shape[:-1], -1)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        weight, down, up, entering, narrow, kept = ctx.saved_tensors
        rows = gradient.reshape(-1, gradient.shape[-1])
        inner = rows @ up
        of_first = (inner.T @ entering).to(ctx.trained)
        of_second = (rows.T @ narrow).to(ctx.trained) * ctx.scaling
        of_x = None
        if ctx.needs_input_grad[0]:
            of_x = rows @ weight
            if kept is None:
                of_x.addmm_(inner, down)
            else:
                of_x.addcmul_(inner @ down, kept)
            of_x = of_x.view(ctx.shape)
        return of_x, None, None, of_first, of_second, None, None


@contextmanager
def fused_adapters(model: PeftModel) -> Iterator[None]:
    """Within it LoRA layers over plain linear ones are computed as above; others, and other devices, as peft does."""
    fused = [layer for layer in model.modules() if isinstance(layer, Linear) and _plain(layer)]
    try:
        for layer in fused:
            layer.forward = partial(_forward, layer)  # type: ignore[method-assign]
        yield
    finally:
        for layer in fused:
            del layer.forward  # that of its class comes to light again


def _plain(layer: Linear) -> bool:
    """Whether it is one adapter over weights that are neither quantised nor anywhere but in memory."""
    base = layer.get_base_layer()
    several = len(layer.active_adapters) != 1 or layer.lora_variant or layer.lora_bias.get(layer.active_adapters[0])
    return type(base) is torch.nn.Linear and base.weight.device.type == "cpu" and not several


def _forward(layer: Linear, x: torch.Tensor, *rest: Any, **settings: Any) -> torch.Tensor:
    if layer.disable_adapters or layer.merged or rest or settings:
        found: torch.Tensor = Linear.forward(layer, x, *rest, **settings)
        return found
    (name,), base = layer.active_adapters, layer.get_base_layer()
    dropout = layer.lora_dropout[name]
    rate = dropout.p if isinstance(dropout, torch.nn.Dropout) and dropout.training else 0.0
    first, second = layer.lora_A[name].weight, layer.lora_B[name].weight
    found = _Adapted.apply(x, base.weight, base.bias, first, second, layer.scaling[name], rate)  # type: ignore[no-untyped-call]
    return found
