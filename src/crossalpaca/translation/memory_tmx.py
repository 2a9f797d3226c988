"""The translation memory as TMX 1.4, read and written entry by entry, so that its size does not matter."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, get_args
from xml.etree.ElementTree import ParseError
from xml.sax.saxutils import escape, quoteattr

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from crossalpaca.errors import DataError
from crossalpaca.sources.files import require_file
from crossalpaca.translation.memory import Entry, Form, Scope
from crossalpaca.version import __version__

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<tmx version="1.4">\n'
    f'<header creationtool="crossalpaca" creationtoolversion="{__version__}" segtype="block" o-tmf="sqlite" '
    'adminlang="en" srclang="*all*" datatype="unknown"/>\n<body>\n'
)
_TAIL = "</body>\n</tmx>\n"
# What XML cannot hold, or what its readers change, goes into TMX's element for codes of a text.
_UNHELD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]")
_CODE = "U+"
_LONGEST = 1 << 20  # bytes read at once, where a line has more
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def write_tmx(path: Path, entries: Iterable[Entry]) -> int:
    """Writes entries; the number of them. The file appears whole or not at all."""
    count = 0
    temporary = path.with_name(path.name + ".tmp")
    with temporary.open("w", encoding="utf-8", newline="\n") as file:
        file.write(_HEAD)
        for entry in entries:
            file.write(_unit(entry))
            count += 1
        file.write(_TAIL)
    temporary.replace(path)
    return count


def _unit(entry: Entry) -> str:
    scope = entry.scope
    properties = {"engine": scope.engine, "version": scope.version, "form": scope.form, "cost": repr(entry.cost)}
    props = "".join(f'<prop type="x-{name}">{_held(value)}</prop>' for name, value in properties.items())
    sides = ((scope.source, entry.text), (scope.target, entry.translation))
    tuvs = "".join(f"<tuv xml:lang={quoteattr(code)}><seg>{_held(text)}</seg></tuv>" for code, text in sides)
    return f"<tu>{props}{tuvs}</tu>\n"


def _held(text: str) -> str:
    return _UNHELD.sub(lambda found: f'<ph type="x-char">{_CODE}{ord(found[0]):04X}</ph>', escape(text))


def read_tmx(path: Path) -> Iterator[Entry]:
    """The entries of a file that `write_tmx` made.

    Raises:
        DataError: it is not TMX, declares entities, or a unit lacks something; the message names the line.
    """
    require_file(path)
    units = _Units()
    parser = DefusedXMLParser(target=units, forbid_entities=True, forbid_external=True)
    line = 0
    try:
        with path.open("rb") as file:
            while part := file.readline(_LONGEST):
                line += 1
                parser.feed(part)
                yield from _taken(units, f"{path}:{line}")
        parser.close()
    except ParseError as error:
        raise DataError(f"{path}:{error.position[0]}: not XML ({error}); was the file cut off?") from None
    except DefusedXmlException:
        raise DataError(f"{path}:{line}: declares entities, which are not read; remove the declaration") from None
    except (LookupError, ValueError) as error:  # of an encoding that the parser does not know
        raise DataError(f"{path}: not XML that can be read ({error}); write it in UTF-8") from None
    if units.root != "tmx":
        raise DataError(f"{path}: not TMX, its root is {units.root!r}; name a file that memory export made")


def _taken(units: _Units, where: str) -> Iterator[Entry]:
    """The entries that have been read since."""
    finished, units.finished = units.finished, []
    for properties, sides in finished:
        missing = {"engine", "version", "form", "cost"} - properties.keys()
        if missing or len(sides) != 2 or properties["form"] not in get_args(Form):
            what = f"has no x-{sorted(missing)[0]}" if missing else "has not two texts in a known form"
            raise DataError(f"{where}: the unit that ends here {what}; import a file that memory export made")
        cost = _cost(properties["cost"], where)
        (source, text), (target, translation) = sides
        form: Any = properties["form"]
        yield Entry(Scope(properties["engine"], properties["version"], source, target, form), text, translation, cost)


def _cost(text: str, where: str) -> float:
    try:
        cost = float(text)
    except ValueError:
        cost = math.nan
    if not math.isfinite(cost):
        raise DataError(f"{where}: the cost {text[:40]!r} is no number; mend it")
    return cost


class _Units:
    """What the parser tells, gathered unit by unit."""

    def __init__(self) -> None:
        self.root: str | None = None
        self.finished: list[tuple[dict[str, str], list[tuple[str, str]]]] = []
        self._properties: dict[str, str] = {}
        self._sides: list[tuple[str, str]] = []
        self._open = ("", "")  # the element whose text is gathered, and its type or language
        self._text: list[str] = []
        self._code: list[str] | None = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        self.root = self.root or tag
        if tag == "tu":
            self._properties, self._sides = {}, []
        elif tag == "prop":
            self._open, self._text = (tag, attributes.get("type", "").removeprefix("x-")), []
        elif tag == "tuv":
            self._open = (tag, attributes.get(_LANG, ""))
        elif tag == "seg":
            self._text = []
        elif tag == "ph":
            self._code = []

    def data(self, text: str) -> None:
        """Text of the element."""
        (self._text if self._code is None else self._code).append(text)

    def end(self, tag: str) -> None:
        """An element ends."""
        if tag == "ph" and self._code is not None:
            code, self._code = "".join(self._code), None
            known = re.fullmatch(r"U\+([0-9A-F]{4})", code)
            character = chr(int(known[1], 16)) if known else ""
            self._text.append(character if _UNHELD.fullmatch(character) else code)  # never half a character
        elif tag == "prop":
            self._properties[self._open[1]] = "".join(self._text)
        elif tag == "seg":
            self._sides.append((self._open[1], "".join(self._text)))
        elif tag == "tu":
            self.finished.append((self._properties, self._sides))

    def close(self) -> None:
        """The document ends."""
