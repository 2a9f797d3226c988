"""Attention of a forest's blocks: of 16 bits with gradients it is as near to the exact one as torch's kernel is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch

from crossalpaca.decoding.attention import Blocks, attend

HEADS, KEY_HEADS, NODES, SIZE = 6, 2, 300, 16


def states(dtype: torch.dtype) -> list[torch.Tensor]:
    """Queries, keys and values that 16 bits hold exactly."""
    generator = torch.Generator().manual_seed(4)
    shapes = [(1, heads, NODES, SIZE) for heads in (HEADS, KEY_HEADS, KEY_HEADS)]
    return [torch.randn(shape, generator=generator).bfloat16().to(dtype).requires_grad_() for shape in shapes]


def outcomes(mask: torch.Tensor, given: list[torch.Tensor], blocks: Blocks | None) -> Iterator[torch.Tensor]:
    """The output, and the gradients of queries, keys and values, as float64."""
    settings: dict[str, Any] = {"scaling": 0.3, "dropout": 0.0, "is_causal": False}
    module = torch.nn.Module()
    module.num_key_value_groups = HEADS // KEY_HEADS  # type: ignore[assignment]
    query, key, value = given
    found, _ = attend(module, query, key, value, mask, blocks=blocks, **settings)
    yield found.detach().double()
    towards = torch.randn(found.shape, generator=torch.Generator().manual_seed(5)).to(found.dtype)
    yield from (each.double() for each in torch.autograd.grad(found, given, towards))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_16_bit_blocks_are_as_exact_as_the_kernel(dtype: torch.dtype) -> None:
    visible = torch.ones(NODES, NODES, dtype=torch.bool).tril()
    visible[200:, 50:150] = False  # another branch
    mask = visible[None, None]
    exact = list(outcomes(mask, states(torch.float64), None))
    kernel = list(outcomes(mask, states(dtype), None))
    blocks = list(outcomes(mask, states(dtype), Blocks.of(visible)))
    for found, usual, right in zip(blocks, kernel, exact, strict=True):
        off, usually_off = (float((each - right).norm() / right.norm()) for each in (found, usual))
        assert 0 < off < max(2 * usually_off, 0.01)
