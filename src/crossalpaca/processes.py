"""Several processes that run one experiment together, as `accelerate launch` or torchrun starts them.

The first process walks the plan; the others wait until it calls them to a step that all compute together. The group for
these calls is one of its own, on gloo and without a time-out: an evaluation before a training may take hours.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from typing import Any

_PATIENCE = timedelta(days=365)


def leads() -> bool:
    """This is the only process, or the first of several."""
    return int(os.environ.get("RANK", "0")) == 0


def alone() -> bool:
    """This is the only process."""
    return int(os.environ.get("WORLD_SIZE", "1")) == 1


@cache
def _calls() -> Any:
    from accelerate import PartialState
    from torch import distributed

    PartialState()  # joins the processes
    return distributed.new_group(backend="gloo", timeout=_PATIENCE)


def call(step: str | None) -> None:
    """Calls the other processes to the step of a key; None sends them home. Only for the first process."""
    if not alone():
        from torch import distributed

        distributed.broadcast_object_list([step], src=0, group=_calls())


def calls() -> Iterator[str]:
    """Keys of the steps that the first process calls to, until it sends this process home."""
    from torch import distributed

    while True:
        heard: list[str | None] = [None]
        distributed.broadcast_object_list(heard, src=0, group=_calls())
        if heard[0] is None:
            return
        yield heard[0]
