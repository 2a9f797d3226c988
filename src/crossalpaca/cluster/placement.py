"""What a step asks of a machine, and whether there is a machine that has it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from crossalpaca.backbones import Backbone
from crossalpaca.records import Step
from crossalpaca.resources import Resources

GIB = 2**30


def asked(step: Step, resources: Mapping[str, Resources], *, gpus: bool) -> dict[str, float]:
    """What a step asks for, in Ray's names: `CPU`, `GPU`, `memory` (bytes); `gpus` says that the cluster has some."""
    given = resources.get(step.name, Resources())
    computes = gpus and isinstance(step.arguments.get("backbone"), Backbone) and not step.arguments.get("served")
    wanted = {
        "CPU": given.cpus,
        "GPU": float(computes) if given.gpus is None else given.gpus,
        "memory": float(int((given.memory or 0) * GIB)),
    }
    return {name: amount for name, amount in wanted.items() if amount}


def fits(wanted: Mapping[str, float], nodes: Iterable[Mapping[str, float]]) -> bool:
    """True if one of the nodes, each given by all that it has, can ever run what asks for `wanted`."""
    return any(all(node.get(name, 0.0) >= amount for name, amount in wanted.items()) for node in nodes)


def described(amounts: Mapping[str, float]) -> str:
    """Resources for people: `2 CPUs, 1 GPU, 8 GiB`."""
    shown = [
        f"{amount:g} {kind}{'' if amount == 1 else 's'}" for kind in ("CPU", "GPU") if (amount := amounts.get(kind, 0))
    ]
    if memory := amounts.get("memory"):
        shown.append(f"{memory / GIB:.1f} GiB")
    return ", ".join(shown) or "nothing"
