"""Instruction demonstrations through an engine: code, URLs, placeholders and numbers come back as they went in.

Tasks about the English language itself are left out, each with a reason, and so is what the engine lost.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from crossalpaca.records import Demonstration
from crossalpaca.translation.english_tasks import about_english
from crossalpaca.translation.items import Translate, Unit, render
from crossalpaca.translation.protection import is_code

_FIELDS = ("instruction", "input", "output")


@dataclass(frozen=True, slots=True)
class Instructions:
    """Translated demonstrations.

    Attributes:
        kept: in their order, with the ids of the originals.
        left_out: id to reason.
        methods: how those kept were made, by way.
    """

    kept: tuple[Demonstration, ...]
    left_out: Mapping[str, str]
    methods: Mapping[str, int]

    def report(self) -> dict[str, Any]:
        """Counts, and every row left out."""
        return {
            "read": len(self.kept) + len(self.left_out),
            "kept": len(self.kept),
            "left_out": dict(Counter(self.left_out.values()).most_common()),
            "methods": dict(self.methods),
            "rows_left_out": dict(self.left_out),
        }


def translated(rows: Sequence[Demonstration], translate: Translate, keeps_markup: bool, target: str) -> Instructions:
    """Translates demonstrations.

    Args:
        rows: in English.
        translate: the engine, of many texts at once.
        keeps_markup: it is given HTML and keeps its tags; else plain text.
        target: code of the language to translate into.
    """
    left_out: dict[str, str] = {}
    for row in rows:
        reason = "empty" if not row.instruction.strip() or not row.output.strip() else about_english(row.instruction)
        if reason is not None:
            left_out[row.id] = reason
    asked = [row for row in rows if row.id not in left_out]
    rendered = render([_unit(row) for row in asked], translate, keeps_markup)
    kept: list[Demonstration] = []
    methods: Counter[str] = Counter()
    for row, made in zip(asked, rendered, strict=True):
        if made is None:
            left_out[row.id] = "lost by the engine"
            continue
        values = iter(made.texts)
        fields = {name: value if is_code(value) else next(values) for name, value in _values(row).items()}
        kept.append(replace(row, **fields, language=target))  # type: ignore[arg-type]
        methods[made.method] += 1
    return Instructions(tuple(kept), left_out, methods)


def joined(parts: Sequence[Instructions]) -> Instructions:
    """The parts of a set as one."""
    left_out = {id: reason for part in parts for id, reason in part.left_out.items()}
    methods: Counter[str] = Counter()
    for part in parts:
        methods.update(part.methods)
    return Instructions(tuple(row for part in parts for row in part.kept), left_out, methods)


def _values(row: Demonstration) -> dict[str, str]:
    return {name: getattr(row, name) for name in _FIELDS}


def _unit(row: Demonstration) -> Unit:
    return Unit(tuple(value for value in _values(row).values() if not is_code(value)))
