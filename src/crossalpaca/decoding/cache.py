"""A key-value cache with room for the tokens to come: a decoding step writes in place instead of copying everything."""

from __future__ import annotations

from typing import Any

import torch
from transformers.cache_utils import DynamicLayer

from crossalpaca.decoding.attention import Places


class RowLayer(DynamicLayer):
    """Keys and values of one layer, as buffers [rows, heads, columns, size] that are filled from the left."""

    def __init__(self, keys: torch.Tensor, values: torch.Tensor, length: int) -> None:
        """`keys` and `values` are the buffers, of which the first `length` columns are in use."""
        super().__init__()  # type: ignore[no-untyped-call]
        self.device = keys.device
        self.is_initialized = True
        self.buffers = (keys, values)
        self.places: Places | None = None
        self._show(length)

    def _show(self, length: int) -> None:
        self.keys, self.values = (buffer[:, :, :length] for buffer in self.buffers)

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Writes keys and values [1, heads, tokens, size] at `places`; returns all columns that are in use."""
        places = self.places
        assert places is not None
        for buffer, states in zip(self.buffers, (key_states, value_states), strict=True):
            buffer[places.rows, :, places.start + places.ranks] = states[0].transpose(0, 1)
        self._show(places.end)
        assert self.keys is not None
        assert self.values is not None
        return self.keys, self.values
