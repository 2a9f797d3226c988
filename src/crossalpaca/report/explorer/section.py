"""The explorer as a part of a page: HTML with the items packed into it, and the script and style that it needs."""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from crossalpaca.report.explorer.payload import Payload

if TYPE_CHECKING:
    from jinja2 import Template

_FOLDER = "crossalpaca.report.explorer"
_SCRIPTS = ("items.js", "texts.js", "explorer.js")  # the last uses the others
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a page.

    Attributes:
        html: goes into the page's `main`; it holds no script that runs and no style.
        scripts, styles: are put inline by the page, which names their hashes in its Content-Security-Policy.
    """

    html: str
    scripts: Sequence[str]
    styles: Sequence[str]


def section(payload: Payload) -> Section:
    """The explorer of these items; equal payloads give equal sections."""
    html = _template().render(data=_packed(payload), items=payload.items, answers=payload.answers)
    return Section(html, scripts=[_file(name) for name in _SCRIPTS], styles=[_file("explorer.css")])


def _packed(payload: Payload) -> str:
    """JSON in UTF-8, by gzip, in base64: nothing that a model answered can end the element that holds it."""
    text = json.dumps(payload.content, ensure_ascii=False, separators=(",", ":"))
    # Half a surrogate pair, which a decoder may leave behind, has no UTF-8; JSON can name it.
    whole = _SURROGATE.sub(lambda half: f"\\u{ord(half[0]):04x}", text)
    return base64.b64encode(gzip.compress(whole.encode(), mtime=0)).decode("ascii")


def _file(name: str) -> str:
    return (resources.files(_FOLDER) / name).read_text(encoding="utf-8")


@cache
def _template() -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined  # late: the command line must not wait for it

    loader = PackageLoader("crossalpaca", "report/explorer")
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["count"] = lambda value: f"{value:,}"
    return environment.get_template("explorer.html.j2")
