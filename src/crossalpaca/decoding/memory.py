"""How much is decoded at once: a budget of cache columns that follows the memory at hand and shrinks when it must."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from crossalpaca.errors import RunError

if TYPE_CHECKING:
    from transformers import PreTrainedModel

    from crossalpaca.decoding.rows import Arrival, Rows

_SHARE = 0.4  # of the free memory; laying the cache out anew needs it twice for a moment
_MEMINFO = Path("/proc/meminfo")


@dataclass(slots=True)
class Budget:
    """Columns of the key-value cache, over all rows, that may be in use at a time."""

    columns: int

    @classmethod
    def of(cls, model: PreTrainedModel) -> Budget:
        """The budget for a model and the memory that is free now."""
        config = model.config.get_text_config()
        heads = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
        size = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
        column = 2 * config.num_hidden_layers * heads * size * model.dtype.itemsize  # bytes
        return cls(max(int(_SHARE * free_memory(model.device)) // column, 1))

    def allows(self, rows: Rows, entering: Sequence[Arrival], next_one: Arrival) -> bool:
        """Whether another row may enter; a first one always may."""
        if not rows.answers and not entering:
            return True
        asked = [*entering, next_one]
        width = max(len(arrival.nodes) for arrival in asked)
        return rows.columns + len(asked) * width <= self.columns

    def shrink(self) -> None:
        """Halves the budget after an allocation failed.

        Raises:
            RunError: there is nothing left to halve.
        """
        if self.columns < 2:
            raise RunError("the memory does not hold even one prompt; free some, or use a smaller model")
        self.columns //= 2


def free_memory(device: torch.device) -> int:
    """Bytes that can still be had on a device."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    for line in _MEMINFO.read_text().splitlines() if _MEMINFO.exists() else ():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return 4 * 2**30  # where the system does not say


def allocation_failed(error: BaseException) -> bool:
    """Whether an error says that there was not enough memory."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and "allocate memory" in str(error)
