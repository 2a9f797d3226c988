"""A report's texts as they may be shown: nothing in them turns the text around it, moves a cursor or cannot be written.

Names of models are checked where an experiment is read, but examples of dropped demonstrations come from outside, and
so may a whole `report.json`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_UNSEEN = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
"""Controls but tab and line feed, what embeds, overrides or isolates a direction, and halves of pairs, which have no
UTF-8; the explorer's `texts.js` names the same."""


def legible(value: Any) -> Any:
    """A report, or a part of it, with such characters named in all of its texts, as [U+001B]."""
    if isinstance(value, str):
        return _UNSEEN.sub(lambda found: f"[U+{ord(found[0]):04X}]", value)
    if isinstance(value, Mapping):
        return {legible(key): legible(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [legible(each) for each in value]
    return value


def json_text(report: Mapping[str, Any]) -> str:
    """The content of a `report.json`, which reads back as the same report: such characters are escaped."""
    text = json.dumps(report, indent=1, ensure_ascii=False) + "\n"
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
