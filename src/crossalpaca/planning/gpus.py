"""GPUs by their data sheets, and what of it a run is assumed to get; `gpus.toml` holds all of it."""

from __future__ import annotations

from dataclasses import dataclass

from crossalpaca.errors import InputError, nearest
from crossalpaca.planning.sizes import stated

GIB = 2**30


@dataclass(frozen=True, slots=True)
class Gpu:
    """A GPU by its data sheet.

    Attributes:
        name: the vendor's.
        memory: GiB.
        half, single: dense TFLOP/s of matrix products in 16 and in 32 bits.
        bandwidth: of the memory, GB/s.
        bf16: it computes in bf16; else 16 bits are fp16.
        sheet: where the figures are from.
    """

    name: str
    memory: float
    half: float
    single: float
    bandwidth: float
    bf16: bool
    sheet: str

    @property
    def room(self) -> float:
        """Bytes that a process can have."""
        return self.memory * GIB * reached("memory")

    def rate(self, precision: str) -> float:
        """Floating-point operations a second in a precision."""
        return (self.single if precision == "fp32" else self.half) * 1e12


def gpus() -> dict[str, Gpu]:
    """Known GPUs by id."""
    return {id: Gpu(**facts) for id, facts in stated("gpus.toml")["gpus"].items()}


def find_gpu(id: str) -> Gpu:
    """The GPU of an id.

    Raises:
        InputError: it is not known.
    """
    known = gpus()
    if id.lower() not in known:
        raise InputError(f"unknown GPU {id!r}{nearest(id, known)}: known are {', '.join(known)}")
    return known[id.lower()]


def reached(name: str) -> float:
    """An assumption by its name."""
    return float(stated("gpus.toml")["reached"][name])
