"""YAML with the line of every key and value, so that whatever is found wrong later can be shown at its place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from crossalpaca.errors import ExperimentError

MOST_NODES = 20_000  # keys and values, counted wherever an alias stands for them; the longest experiment has 200
MOST_TEXT = 200_000  # characters of a file
MOST_DIGITS = 1_000  # of a number; Python refuses to write out one of 4300
NO_VALUES = {"set": "a list", "omap": "a mapping", "pairs": "a mapping", "binary": "text"}
"""Kinds of values that only YAML has, to what is to be written instead: sets have no order, bytes are no text."""
Location = tuple[str | int, ...]
"""Keys and list indices on the way to a value."""


class Lines:
    """Line numbers of a YAML document's keys and values, by location."""

    def __init__(self, root: yaml.Node | None) -> None:
        self.root = root

    def of(self, location: Location) -> int:
        """Line of a location, counted from 1; of the deepest part of it that exists."""
        node, line = self.root, 1
        for part in location:
            if isinstance(node, yaml.MappingNode):
                found = next(((k, v) for k, v in node.value if k.value == str(part)), None)
                if found is None:  # a part that pydantic adds, such as the branch of a union
                    continue
                line, node = found[0].start_mark.line + 1, found[1]
            elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
                node = node.value[part]
                line = node.start_mark.line + 1
        return line


def read_yaml(text: str, source: str) -> tuple[dict[str, Any], Lines, list[tuple[int, str]]]:
    """The mapping of a YAML text, its line numbers, and what is wrong with it: keys given twice, odd kinds of values.

    Raises:
        ExperimentError: the text is not YAML, or not a mapping, or made to become something huge.
    """
    if len(text) > MOST_TEXT:
        raise ExperimentError(source, [(0, f"over {MOST_TEXT:,} characters; this is no experiment")])
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        if root is not None and _size(root, {}) > MOST_NODES:
            raise ExperimentError(source, [(0, f"over {MOST_NODES:,} keys and values, aliases written out; use fewer")])
        problems = list(_problems(root, set()))
        raw = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or "cannot be read"
        raise ExperimentError(source, [(mark.line + 1 if mark else 0, f"not YAML: {reason}")]) from None
    except (RecursionError, ValueError) as error:
        raise ExperimentError(source, [(0, f"not YAML that can be used: {error}")]) from None
    except (AttributeError, LookupError):  # what PyYAML says of !!int '' and !!timestamp x
        raise ExperimentError(
            source, [(0, "not YAML that can be used: a value is not of the kind its tag says")]
        ) from None
    if not isinstance(raw, dict) or not all(isinstance(key, str) for key in raw):
        raise ExperimentError(source, [(1, "is not a mapping of settings such as 'name: my-experiment'")])
    return raw, Lines(root), problems


def _size(node: yaml.Node, known: dict[int, int]) -> int:
    """How many nodes a node stands for: an alias counts as all that it stands for, which may double at every level.

    Raises:
        ValueError: a node holds itself, or a number has too many digits.
    """
    if id(node) in known:
        if not known[id(node)]:
            raise ValueError(f"line {node.start_mark.line + 1}: an anchor within what it stands for")
        return known[id(node)]
    known[id(node)] = 0  # until it is known
    if isinstance(node, yaml.ScalarNode):
        inner: list[yaml.Node] = []
        if len(node.value) > MOST_DIGITS and node.tag in ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float"):
            raise ValueError(f"line {node.start_mark.line + 1}: a number of {len(node.value)} digits")
    else:
        inner = [each for pair in node.value for each in (pair if isinstance(pair, tuple) else (pair,))]
    known[id(node)] = 1 + sum(_size(each, known) for each in inner)
    return known[id(node)]


def _problems(node: yaml.Node | None, seen: set[int]) -> Iterator[tuple[int, str]]:
    if node is None or id(node) in seen:
        return
    seen.add(id(node))
    kind = node.tag.rpartition(":")[2]
    if node.tag.startswith("tag:yaml.org,2002:") and kind in NO_VALUES:
        yield node.start_mark.line + 1, f"!!{kind} is no kind of value here; write {NO_VALUES[kind]}"
    if isinstance(node, yaml.MappingNode):
        keys: set[str] = set()
        for key, value in node.value:
            if isinstance(key.value, str) and key.value in keys:
                yield key.start_mark.line + 1, f"key {key.value!r} is given twice"
            if isinstance(key.value, str):
                keys.add(key.value)
            yield from _problems(key, seen)
            yield from _problems(value, seen)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _problems(item, seen)
