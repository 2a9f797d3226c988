"""What a step asks of the machine that it runs on, where there are several."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from annotated_types import Gt, Interval

STEP_NAMES = (
    "align",
    "audit",
    "demonstrations",
    "evaluate",
    "report",
    "train",
    "translate",
    "translate-benchmark",
    "translate-instructions",
    "unite",
)
"""What steps are called."""


@dataclass(frozen=True, slots=True)
class Resources:
    """What the steps of one name ask of the machine that they run on.

    Attributes:
        cpus: cores; as many threads compute.
        gpus: a GPU or a share of one, for a step is one process; left out, it is one for steps that load the backbone
            where the cluster has any, and none for the others.
        memory: GiB that must be free for the step; if left out, nothing is asked.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    cpus: Annotated[float, Gt(0)] = 1
    gpus: Annotated[float, Interval(ge=0, le=1)] | None = None
    memory: Annotated[float, Gt(0)] | None = None
