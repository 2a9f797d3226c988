"""Gold answers of extractive questions, in the shapes in which files write them."""

from __future__ import annotations

import ast
import json
import warnings
from contextlib import suppress
from typing import Any

from crossalpaca.benchmarks.forms.rows import Answer

KEYS = ("text", "answer_start")
MAX_CELL = 20_000  # characters of an answers cell; the longest published one has 500
MAX_OFFSET = 10**100  # more is no place in any text; beyond 4300 digits Python does not even write numbers out

Read = tuple[tuple[Answer, ...], tuple[str, ...]]
"""Answers, and the keys that they were found under."""


class _Unread(Exception):
    """The cell is no literal; the message says why."""


def _literal(cell: str) -> Any:
    if len(cell) > MAX_CELL:
        raise _Unread(f"answers cell of {len(cell)} characters")
    try:
        with warnings.catch_warnings(action="ignore"):  # of the compiler, about escapes such as \d
            return ast.literal_eval(cell.strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError) as error:
        raise _Unread(f"answers cell does not read: {type(error).__name__} in {cell[:60]!r}") from None


def cell_answers(cell: str) -> Read | str:
    """The answers of a cell that holds a Python literal, or why it does not read."""
    try:
        return listed_answers(_literal(cell), cell[:60])
    except _Unread as error:
        return str(error)


def listed_answers(value: object, shown: str) -> Read | str:
    """The answers of one dictionary of texts and offsets or a list of such, or why they do not read.

    The first value is the text and the second the offset, whatever their keys; of lists, element by element. What
    cannot be read is told by `shown`, its beginning.
    """
    values: list[Any] = value if isinstance(value, list) else [value]
    if not all(isinstance(each, dict) and len(each) >= 2 for each in values):
        return f"answers cell is no dictionary of text and offset: {shown!r}"
    answers: list[Answer] = []
    for each in values:
        text, start = list(each.values())[:2]
        texts, starts = (text, start) if isinstance(text, list | tuple) else ([text], [start])
        if not isinstance(starts, list | tuple) or len(texts) != len(starts):
            return f"not as many texts as offsets: {shown!r}"
        for pair in zip(texts, starts, strict=True):
            if (answer := read_answer(*pair)) is None:
                return f"an answer is not a text and a whole number: {shown!r}"
            answers.append(answer)
    keys = tuple(_shown(key) for each in values[:1] for key in list(each)[:2])
    return tuple(answers), keys or KEYS


def _shown(value: object) -> str:
    """The beginning of a value as text."""
    try:
        return str(value)[:60]
    except (ValueError, RecursionError):  # a number of thousands of digits, which hexadecimal allows; lists in lists
        return f"a {type(value).__name__} that cannot be shown"


def read_answer(text: object, start: object) -> Answer | None:
    """A text and where it begins, if they are a text and a whole number."""
    if not isinstance(text, str) or not isinstance(start, int) or isinstance(start, bool):
        return None
    return Answer(text, start) if _whole(text) and abs(start) < MAX_OFFSET else None


def _whole(text: str) -> bool:
    """Without half characters (lone surrogates), which no UTF-8 file can hold."""
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)


def own_cell_answers(cell: str) -> Read | str:
    """The answers of a cell of a user's own file: a JSON or Python literal, or the answer itself."""
    if cell.strip()[:1] not in ("{", "["):
        return own_answers(cell)
    with suppress(ValueError, RecursionError):  # no JSON, so it may be Python
        return own_answers(json.loads(cell))
    try:
        return own_answers(_literal(cell))
    except _Unread as error:
        return str(error)


def own_answers(value: Any) -> Read | str:
    """The answers of a user's own file: a text, a list of texts, or as `listed_answers` takes them."""
    texts = value if isinstance(value, list) else [value]
    if all(isinstance(text, str) and _whole(text) for text in texts):
        return tuple(Answer(text, None) for text in texts), KEYS
    return listed_answers(value, _shown(value))
