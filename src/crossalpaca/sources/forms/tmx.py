"""TMX, the exchange form of translation memories: XML, read as a stream, without entities."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.parsers import expat

from crossalpaca.errors import DataError
from crossalpaca.sources.codes import closeness
from crossalpaca.sources.files import beginning
from crossalpaca.sources.forms.lines import LONGEST
from crossalpaca.sources.pairs import PairBatch, Reading, batched
from crossalpaca.sources.streams import BrokenStream, plain_name, read_chunks

_MARKUP = frozenset(("bpt", "ept", "it", "ph", "ut", "sub"))  # elements of a text that hold codes, not text
_MAX_DEPTH = 100


def read(path: Path, reading: Reading) -> Iterator[PairBatch]:
    """Pairs of the translation units, `line` being the unit; units without both languages are left out, and counted.

    Raises:
        DataError: it is not TMX, declares entities, is cut off, or has no unit in both languages.
    """
    corpus = plain_name(path).removesuffix(".tmx")
    return batched(corpus, _rows(path, corpus, reading))


def _rows(path: Path, corpus: str, reading: Reading) -> Iterator[tuple[int, str, str]]:
    units = _Units(path, reading)
    pairs = number = 0
    for number, (english, other) in enumerate(_parsed(path, units), start=1):
        if english is None or other is None:
            reading.drops("one-language", f"{corpus}:{number}")
        else:
            pairs += 1
            yield number, english, other
    if number and not pairs:
        held = ", ".join(name for name, _ in units.seen.most_common(8))
        raise DataError(f"{path}: no unit in {reading.names}; its languages are {beginning(held) or 'not named'}")


def _parsed(path: Path, units: _Units) -> Iterator[tuple[str | None, str | None]]:
    """The two texts of each unit, None where there is none."""
    parser = units.parser
    try:
        for chunk in read_chunks(path):
            parser.Parse(chunk, False)
            yield from units.taken()
        parser.Parse(b"", True)
    except BrokenStream as error:
        raise error.after(parser.CurrentLineNumber, str(path)) from None
    except (expat.ExpatError, LookupError, ValueError) as error:
        at = parser.CurrentLineNumber
        raise DataError(f"{path}:{at}: not TMX that can be read ({error}); get the file again") from None
    yield from units.taken()


class _Units:
    """Handlers of the parser: they gather the texts of units in the two languages."""

    def __init__(self, path: Path, reading: Reading) -> None:
        self.path = path
        self.reading = reading
        self.seen: Counter[str] = Counter()
        self.sides: dict[str, tuple[int, int] | None] = {}  # code to side (0 English, 1 x) and closeness
        self.ready: list[tuple[str | None, str | None]] = []
        self.unit: dict[int, tuple[int, str]] = {}
        self.side: tuple[int, int] | None = None
        self.text: list[str] = []
        self.size = self.depth = self.markup = 0
        self.inside = False
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.characters
        self.parser.EntityDeclHandler = self.refuse_entity
        self.parser.SkippedEntityHandler = self.refuse_entity

    def taken(self) -> list[tuple[str | None, str | None]]:
        """The units since the last call."""
        ready, self.ready = self.ready, []
        return ready

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        self.depth += 1
        if self.depth == 1 and name != "tmx":
            raise self.error(f"its root is <{beginning(name, 40)}>, not <tmx>; get the file again")
        if self.depth > _MAX_DEPTH:
            raise self.error("elements nested too deeply for TMX")
        if name == "tu":
            self.unit = {}
        elif name == "tuv":
            self.side = self.side_of(attributes.get("xml:lang") or attributes.get("lang") or "")
        elif name == "seg":
            if self.inside:
                raise self.error("a <seg> within another, which TMX has not; mend the unit")
            self.inside, self.text, self.size = True, [], 0
        elif self.inside and name in _MARKUP:
            self.markup += 1

    def end(self, name: str) -> None:
        """An element ends."""
        self.depth -= 1
        if name == "tu":
            texts = [self.unit[side][1] if side in self.unit else None for side in (0, 1)]
            self.ready.append((texts[0], texts[1]))
        elif name == "seg":
            self.inside = False
            if self.side and (self.side[0] not in self.unit or self.side[1] < self.unit[self.side[0]][0]):
                self.unit[self.side[0]] = (self.side[1], "".join(self.text))
        elif name == "tuv":
            self.side = None
        elif self.inside and name in _MARKUP:
            self.markup -= 1

    def characters(self, data: str) -> None:
        """Text, in one piece or several."""
        if self.inside and not self.markup:
            self.text.append(data)
            self.size += len(data)
            if self.size > LONGEST:
                raise self.error(f"a text of over {LONGEST >> 20} million characters; this is no sentence")

    def side_of(self, code: str) -> tuple[int, int] | None:
        """Which side a language code stands for, and how closely."""
        self.seen[code] += 1
        if code not in self.sides:
            ranks = [closeness(code, language) for language in self.reading.languages]
            self.sides[code] = next(((side, rank) for side, rank in enumerate(ranks) if rank is not None), None)
        return self.sides[code]

    def refuse_entity(self, name: str, *_: object) -> None:
        """An entity is declared, or used without being declared."""
        raise self.error(f"entity {name[:40]!r}; TMX with entities of its own is not read: write the characters out")

    def error(self, what: str) -> DataError:
        """An error at the line that the parser has come to."""
        return DataError(f"{self.path}:{self.parser.CurrentLineNumber}: {what}")
