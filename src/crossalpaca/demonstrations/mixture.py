"""What a model is trained on: how many demonstrations of each kind, and the two controls of the same number.

A gain of translation demonstrations may come from more training or from more text in the language alone. The control
`repeated` is as large without translations; the control `mis-paired` has the same texts, but no translation is right.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Literal, get_args

from crossalpaca.demonstrations.ngrams import tokens
from crossalpaca.errors import DataError, InputError
from crossalpaca.hashing import priority
from crossalpaca.records import Demonstration, Direction

Control = Literal["mis-paired", "repeated"]
CONTROLS: tuple[Control, ...] = get_args(Control)
DIRECTIONS: tuple[Direction, Direction] = ("en-x", "x-en")
_SHARE = re.compile(r"\d{1,6}(\.\d{1,6})?%")
_BLOCK = 16  # targets of about one length that change places


def counts(asked: Mapping[Direction, int | str], instructions: int) -> dict[Direction, int]:
    """Translation demonstrations of each direction of which there are any.

    Args:
        asked: direction to a count, or to a share of the instruction demonstrations such as "40%", rounded down.
        instructions: how many instruction demonstrations there are.

    Raises:
        InputError: a share is not one.
    """
    found = {direction: count(asked[direction], instructions) for direction in DIRECTIONS if direction in asked}
    return {direction: n for direction, n in found.items() if n}


def count(asked: int | str, instructions: int) -> int:
    """A count as it is, or the count that a share such as "40%" of the instruction demonstrations is.

    Raises:
        InputError: it is neither.
    """
    asked = checked(asked)
    return asked if isinstance(asked, int) else int(Decimal(asked[:-1]) * instructions // 100)


def checked(asked: int | str) -> int | str:
    """What is asked of translation demonstrations, if it is a count or a share.

    Raises:
        InputError: it is neither.
    """
    if isinstance(asked, int) or _SHARE.fullmatch(asked):
        return asked
    raise InputError(f"{asked!r} is no count of translations: write a number, or a share of the instructions as 40%")


def repeated(instructions: Sequence[Demonstration], total: int) -> list[Demonstration]:
    """Instruction demonstrations in whole passes and the first part of another until there are `total`.

    They come by priority, so that the part is a sample too; ids of later passes end in `#2`, `#3` and so on.

    Raises:
        DataError: there is nothing to repeat.
    """
    if total and not instructions:
        raise DataError("no instruction demonstrations to repeat; the control 'repeated' needs some")
    made = []
    for number in range(total):
        passes, place = divmod(number, len(instructions))
        each = instructions[place]
        made.append(replace(each, id=f"{each.id}#{passes + 1}") if passes else each)
    return made


def mis_paired(translations: Sequence[Demonstration], seed: int) -> list[Demonstration]:
    """Translation demonstrations of one direction, each with the target of another, of about the same length.

    The targets are the same as before, each as often. None goes to a source that it is known to translate: neither its
    own, nor any that shares a source or a target with it, by words alone. Ids end in `:mis-paired`.

    Raises:
        DataError: too many have the same source or target for that.
    """
    groups = _groups(translations)
    targets: dict[str, str] = {}
    for block in _blocks(translations, groups):
        ordered = sorted(block, key=lambda i: (priority(seed, "mis-paired", str(groups[i])), translations[i].id))
        # Equal groups stand side by side, so a turn by the largest moves every target out of its own.
        turn = _largest(block, groups)
        for here, there in zip(ordered, ordered[turn:] + ordered[:turn], strict=True):
            targets[translations[here].id] = translations[there].output
    return [replace(each, id=f"{each.id}:mis-paired", output=targets[each.id]) for each in translations]


def _blocks(translations: Sequence[Demonstration], groups: Sequence[int]) -> list[list[int]]:
    """Indices by length of the target, in blocks of which no group is more than half."""
    blocks: list[list[int]] = [[]]
    for index in sorted(range(len(translations)), key=lambda i: (len(translations[i].output), translations[i].id)):
        blocks[-1].append(index)
        if len(blocks[-1]) >= _BLOCK and _mixed(blocks[-1], groups):
            blocks.append([])
    while len(blocks) > 1 and not (blocks[-1] and _mixed(blocks[-1], groups)):
        last = blocks.pop()
        blocks[-1] += last
    if not _mixed(blocks[-1], groups):
        raise DataError(
            f"{len(translations)} translation demonstrations cannot be mis-paired: more than half of them have one "
            "source or target; ask for more of them"
        )
    return blocks


def _mixed(block: Sequence[int], groups: Sequence[int]) -> bool:
    return 2 * _largest(block, groups) <= len(block)


def _largest(block: Sequence[int], groups: Sequence[int]) -> int:
    return max(Counter(groups[i] for i in block).values(), default=0)


def _groups(translations: Sequence[Demonstration]) -> list[int]:
    """A number for each demonstration, equal for those that share a source or a target, also through others."""
    parents = list(range(len(translations)))

    def root(index: int) -> int:
        while parents[index] != index:
            parents[index] = parents[parents[index]]
            index = parents[index]
        return index

    first: dict[Hashable, int] = {}
    for index, each in enumerate(translations):
        for side, text in (("source", each.input), ("target", each.output)):
            other = first.setdefault((side, *(tokens(text) or (text,))), index)
            low, high = sorted((root(index), root(other)))
            parents[high] = low
    return [root(index) for index in range(len(translations))]
