"""What goes wrong in a run, from within it: each function here is called before the command line begins.

The product has no such hooks: a moment is the COUNT-th call of a function of it, or of a library below it, that is
wrapped here. It is named `module:name` or `module:Class.name`.
"""

from __future__ import annotations

import ctypes
import importlib
import itertools
import resource
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

BALLAST = "ballast"
_PAGE = 2**16


def at(moment: str, count: int, happen: Callable[[], None]) -> None:
    """Lets something happen just before the COUNT-th call of what the moment names."""
    module, _, names = moment.partition(":")
    *owners, name = names.split(".")
    owner: Any = importlib.import_module(module)
    for each in owners:
        owner = getattr(owner, each)
    original, calls = getattr(owner, name), itertools.count(1)

    def wrapped(*arguments: Any, **options: Any) -> Any:
        if next(calls) == count:
            happen()
        return original(*arguments, **options)

    setattr(owner, name, wrapped)


def full(moment: str, count: int, disk: str, left: int) -> None:
    """At the moment, all of the disk but `left` bytes is taken by a file called ballast."""

    def fill() -> None:
        with (Path(disk) / BALLAST).open("wb", buffering=0) as file:
            while (free := shutil.disk_usage(disk).free) > left:
                file.write(bytes(min(free - left, _PAGE)))

    at(moment, count, fill)


def short_files(size: int) -> None:
    """No file may become longer, as on a disk that knows no long files."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def read_only(moment: str, count: int, folder: str) -> None:
    """At the moment, nothing can be made or removed in the folder and those in it any more, by root neither."""
    _without_privileges()

    def close() -> None:
        for path in (Path(folder), *Path(folder).rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)

    at(moment, count, close)


def _without_privileges() -> None:
    """Gives up all capabilities (capset of Linux): root then may do what the owner of a file may, and no more."""
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # version 3 of the call, this process
    if ctypes.CDLL(None, use_errno=True).capset(header, (ctypes.c_uint32 * 6)()):
        raise OSError(ctypes.get_errno(), "capset")


def removed(moment: str, count: int, folder: str) -> None:
    """At the moment, the folder is gone."""
    at(moment, count, lambda: shutil.rmtree(folder))


def jumping_clock(jump: float, every: int) -> None:
    """Each of the clocks jumps by so many seconds at every `every`-th reading, forward and backward in turn."""
    for name in ("time", "monotonic", "perf_counter"):
        setattr(time, name, _jumping(getattr(time, name), jump, every))


def _jumping(clock: Callable[[], float], jump: float, every: int) -> Callable[[], float]:
    readings = itertools.count(1)
    return lambda: clock() + jump * (next(readings) // every % 3 - 1)
