"""Griffe extension: where a docstring describes several attributes in one line, each gets the line for itself."""

from __future__ import annotations

import re
from typing import Any

import griffe

_SHARED = re.compile(r"^( +)(\w+(?:, \w+)+): (.*)$", re.MULTILINE)


class SharedNames(griffe.Extension):
    """`rank, alpha: of LoRA.` is read as `rank: of LoRA.` and `alpha: of LoRA.`."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Rewrites the docstring of whatever has one."""
        if obj.docstring is not None:
            obj.docstring.value = _SHARED.sub(_each_alone, obj.docstring.value)


def _each_alone(line: re.Match[str]) -> str:
    return "\n".join(f"{line[1]}{name}: {line[3]}" for name in line[2].split(", "))
