"""YAML with the line of every key and value, so that whatever is found wrong later can be shown at its place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from crossalpaca.errors import ExperimentError

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
    """The mapping of a YAML text, its line numbers, and what is wrong with it: keys that are given twice.

    Raises:
        ExperimentError: the text is not YAML, or not a mapping.
    """
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        problems = list(_repeated_keys(root, set()))
        raw = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or "cannot be read"
        raise ExperimentError(source, [(mark.line + 1 if mark else 0, f"not YAML: {reason}")]) from None
    except (RecursionError, ValueError) as error:
        raise ExperimentError(source, [(0, f"not YAML that can be used: {error}")]) from None
    if not isinstance(raw, dict) or not all(isinstance(key, str) for key in raw):
        raise ExperimentError(source, [(1, "is not a mapping of settings such as 'name: my-experiment'")])
    return raw, Lines(root), problems


def _repeated_keys(node: yaml.Node | None, seen: set[int]) -> Iterator[tuple[int, str]]:
    if node is None or id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        keys: set[str] = set()
        for key, value in node.value:
            if isinstance(key.value, str) and key.value in keys:
                yield key.start_mark.line + 1, f"key {key.value!r} is given twice"
            if isinstance(key.value, str):
                keys.add(key.value)
            yield from _repeated_keys(value, seen)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _repeated_keys(item, seen)
