"""Seconds and bytes that training and answering take on a GPU, about: sums over matrices, bandwidth and kernels."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from crossalpaca.planning.amounts import Asked
from crossalpaca.planning.gpus import GIB, Gpu, reached
from crossalpaca.planning.sizes import Sizes
from crossalpaca.training import cost
from crossalpaca.training.preflight import Load
from crossalpaca.training.recipe import BaseWeights, Recipe

_FOREST = 512  # nodes that prefill computes at a time, about


def training_memory(of: Sizes, recipe: Recipe, load: Load) -> float:
    """Bytes at the peak."""
    return cost.estimate(of.shape, recipe, load, 1.0).memory


def training_seconds(of: Sizes, recipe: Recipe, load: Load, gpu: Gpu) -> dict[str, float]:
    """Seconds by the assumption that they rest on: of matrix products, or of starting kernels where that is longer."""
    rate = gpu.rate(recipe.precision) * reached("training") * _unpacking(recipe)
    computing = cost.estimate(of.shape, recipe, load, rate).seconds
    passes = load.computed_tokens / recipe.row_tokens
    starting = passes * of.shape.layers * reached("kernels") * reached("backward")
    return summed([_longer("training", computing, starting), {"disk": _loading(of, recipe.precision)}])


def _longer(name: str, seconds: float, starting: float) -> dict[str, float]:
    """What takes longer: the work itself, or starting its kernels."""
    return {name: seconds} if seconds >= starting else {"kernels": starting}


def summed(parts: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """Sums name by name."""
    sums: dict[str, float] = {}
    for part in parts:
        for name, value in part.items():
            sums[name] = sums.get(name, 0.0) + value
    return sums


def _unpacking(recipe: Recipe) -> float:
    """What quantised weights leave of the rate."""
    return 1.0 if recipe.base_weights == "full" else reached(recipe.base_weights)


def _loading(of: Sizes, precision: str) -> float:
    return of.shape.weights * _bytes(precision) / (reached("disk") * 1e9)


def _bytes(precision: str) -> int:
    return 4 if precision == "fp32" else 2


def remedy(of: Sizes, recipe: Recipe, load: Load, gpu: Gpu) -> str:
    """The least change of a recipe with which a training fits, as an experiment file says it; empty where none does."""
    for changed in _changes(recipe):
        if training_memory(of, changed, load) <= gpu.room:
            names = ("base_weights", "row_tokens", "cutoff")
            differ = [name for name in names if getattr(changed, name) != getattr(recipe, name)]
            return ", ".join(f"{name}: {getattr(changed, name)}" for name in differ)
    return ""


def _changes(recipe: Recipe) -> Iterator[Recipe]:
    """From the one that changes least; a demonstration stands in one row, so that smaller rows need a cutoff."""
    half = recipe.row_tokens // 2
    rows = replace(recipe, row_tokens=half, cutoff=min(recipe.cutoff, half))
    if half:
        yield rows
    fewer: tuple[BaseWeights, ...] = ("8bit", "4bit")
    for weights in fewer:
        yield replace(recipe, base_weights=weights)
    if half:
        yield replace(rows, base_weights="4bit")


@dataclass(frozen=True, slots=True)
class Answering:
    """A model that is asked on a GPU.

    Attributes:
        of: the model's sizes.
        gpu: the GPU.
        precision, batch: of `Decoding`.
    """

    of: Sizes
    gpu: Gpu
    precision: str
    batch: int

    @property
    def weights(self) -> float:
        """Bytes of the weights, which are whole here."""
        return self.of.shape.weights * _bytes(self.precision)

    @property
    def free(self) -> float:
        """Bytes beside the weights."""
        return self.gpu.room - self.weights - reached("process") * GIB

    def context(self, asked: Asked) -> float:
        """Bytes that a prompt and its answer keep."""
        return (asked.prompt + asked.limit) * self.of.column * _bytes(self.precision)

    def least(self, asked: Asked) -> float:
        """Bytes without which the longest prompt cannot be answered."""
        longest = 2 * reached("longest") * self.context(asked)
        return self.weights + reached("process") * GIB + longest

    def fits(self, asked: Asked) -> bool:
        """The GPU has them."""
        return self.least(asked) <= self.gpu.room

    def together(self, asked: Asked) -> int:
        """Answers that are decoded at a time."""
        held = int(reached("cache") * max(self.free, 0.0) / self.context(asked))
        return max(min(self.batch, asked.items, held), 1)

    def memory(self, asked: Asked) -> float:
        """Bytes at the peak: the cache stands twice for a moment."""
        batch = 2 * self.together(asked) * self.context(asked)
        return max(self.least(asked), self.gpu.room - self.free + batch)

    def seconds(self, asked: Asked) -> dict[str, float]:
        """Of prompts and answers, and of loading the weights, by the assumption that they rest on."""
        return summed([self._prefill(asked), self._decode(asked), {"disk": _loading(self.of, self.precision)}])

    def _prefill(self, asked: Asked) -> dict[str, float]:
        """Two operations for each weight and token."""
        shape = self.of.shape
        tokens = asked.items * asked.computed
        rate = self.gpu.rate(self.precision) * reached("prefill")
        starting = tokens / _FOREST * shape.layers * reached("kernels")
        return _longer("prefill", 2 * shape.layers * shape.layer_weights * tokens / rate, starting)

    def _decode(self, asked: Asked) -> dict[str, float]:
        """Every step reads the weights, and the cache of the answers that go on.

        A batch goes on until its longest answer ends, and one of them nearly always meets the limit.
        """
        turns = math.ceil(min(self.batch, asked.items) / self.together(asked))
        steps = math.ceil(asked.items / self.batch) * turns * asked.limit
        read = steps * self.weights + asked.items * asked.answer * self.context(asked)
        starting = steps * self.of.shape.layers * reached("kernels")
        return _longer("decoding", read / (self.gpu.bandwidth * 1e9 * reached("decoding")), starting)
