"""A key-value cache with room for the tokens to come: a decoding step writes in place instead of copying everything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from transformers.cache_utils import Cache, DynamicLayer

from crossalpaca.prefix_tree import Forest


class RoomyLayer(DynamicLayer):
    """Keys and values [rows, heads, length, size] of one layer, as views of larger buffers."""

    def __init__(self, keys: torch.Tensor, values: torch.Tensor, length: int) -> None:
        """`keys` and `values` are the buffers, of which the first `length` positions are in use."""
        super().__init__()  # type: ignore[no-untyped-call]
        self.device = keys.device
        self.is_initialized = True
        self.buffers = (keys, values)
        self._show(length)

    def _show(self, length: int) -> None:
        self.keys, self.values = (buffer[:, :, :length] for buffer in self.buffers)

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Appends keys and values [rows, heads, new, size]; returns all that are in use."""
        start = self.get_seq_length()
        end = start + key_states.shape[-2]
        for buffer, states in zip(self.buffers, (key_states, value_states), strict=True):
            buffer[:, :, start:end] = states
        self._show(end)
        assert self.keys is not None
        assert self.values is not None
        return self.keys, self.values

    def crop(self, tokens_to_remove: int) -> None:
        """Forgets the last positions; their number is given as a negative one, as elsewhere in transformers."""
        self._show(self.get_seq_length() - abs(tokens_to_remove))

    def batch_select_indices(self, indices: torch.Tensor) -> None:
        """Keeps only these rows."""
        length = self.get_seq_length()
        self.buffers = (self.buffers[0][indices], self.buffers[1][indices])
        self._show(length)


class PromptCache:
    """Collects the keys and values of prompts from the forests that were computed, a row for each prompt.

    Args:
        rows: prompts.
        width: tokens of the longest; shorter ones are padded on the left.
        room: positions for what follows the prompts.
    """

    def __init__(self, rows: int, width: int, room: int) -> None:
        self.rows, self.width, self.room = rows, width, room
        self.buffers: list[tuple[torch.Tensor, torch.Tensor]] = []

    def lay_out(self, computed: Any, forest: Forest) -> None:
        """Copies keys and values [1, heads, nodes, size] along each member's path into its row."""
        paths = {row: torch.tensor(path) for row, path in forest.members.items()}
        for number, layer in enumerate(computed.layers):
            if number == len(self.buffers):
                self.buffers.append((self._empty(layer.keys), self._empty(layer.values)))
            for buffer, states in zip(self.buffers[number], (layer.keys, layer.values), strict=True):
                for row, path in paths.items():
                    buffer[row, :, self.width - len(path) : self.width] = states[0][:, path.to(states.device)]

    def _empty(self, like: torch.Tensor) -> torch.Tensor:
        return like.new_zeros(self.rows, like.shape[1], self.width + self.room, like.shape[3])

    def cache(self) -> Any:
        """The cache of all prompts, for the model to go on from."""
        return Cache(layers=[RoomyLayer(keys, values, self.width) for keys, values in self.buffers])


def keep_rows(cache: Any, rows: Sequence[int], device: torch.device) -> None:
    """Keeps only these rows of a cache of `RoomyLayer`s."""
    indices = torch.tensor(list(rows), device=device)
    for layer in cache.layers:
        layer.batch_select_indices(indices)
