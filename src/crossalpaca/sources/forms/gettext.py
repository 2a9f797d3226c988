"""Gettext catalogues: PO by polib, and MO; msgid is English, msgstr the translation.

Untranslated, fuzzy and obsolete entries are left out, and counted. Of an entry with plurals, the pair is the English
plural and the last form, which every language has for large numbers.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import polib

from crossalpaca.errors import DataError
from crossalpaca.sources.files import read_lines, require_file
from crossalpaca.sources.pairs import PairBatch, Reading, batched

MAX_SIZE = 256 << 20  # bytes of a catalogue, which is read whole; the largest have a tenth of it
_MAGIC = 0x950412DE
_MOST_SHARED = 4  # times its size that an MO file may unpack to, where entries share strings
_STRING = re.compile(r'\s*(#~\s*)?(msg\S+\s*)?"')


def read_po(path: Path, reading: Reading) -> Iterator[PairBatch]:
    """Pairs of a PO file, `line` being that of the entry.

    Raises:
        DataError: it is not PO in UTF-8; the message names the line.
    """
    return batched(path.stem, _po_rows(path, reading))


def read_mo(path: Path, reading: Reading) -> Iterator[PairBatch]:
    """Pairs of an MO file, `line` being the number of the entry.

    Raises:
        DataError: it is not MO in UTF-8, or its strings are not where its tables say.
    """
    return batched(path.stem, _mo_rows(path, reading))


def _po_rows(path: Path, reading: Reading) -> Iterator[tuple[int, str, str]]:
    _check_size(path)
    for number, line in enumerate(read_lines(path), start=1):  # which polib reads too tolerantly
        if "\0" in line or (_STRING.match(line) and not line.rstrip().endswith('"')):
            raise DataError(f"{path}:{number}: a string without its end, or a NUL; get the file again")
    try:
        entries = polib.pofile(str(path), encoding="utf-8")
    except (OSError, ValueError, IndexError) as error:
        raise DataError(f"{path}: not PO that can be read ({error}); check it with msgfmt -c") from None
    for entry in entries:
        reason = "obsolete" if entry.obsolete else "fuzzy" if entry.fuzzy else ""
        forms = [entry.msgstr_plural[key] for key in sorted(entry.msgstr_plural)] or [entry.msgstr]
        ids = [entry.msgid, entry.msgid_plural] if entry.msgid_plural else [entry.msgid]
        yield from _pair(entry.linenum, ids, forms, reason, path.stem, reading)


def _mo_rows(path: Path, reading: Reading) -> Iterator[tuple[int, str, str]]:
    _check_size(path)
    try:
        originals, translations = _mo_strings(path.read_bytes())
    except (struct.error, ValueError) as error:
        raise DataError(f"{path}: not MO that can be read ({error}); get the file again") from None
    for number, (original, translation) in enumerate(zip(originals, translations, strict=True), start=1):
        ids = original.rpartition("\x04")[2].split("\0")  # what stands before U+0004 is the context
        yield from _pair(number, ids, translation.split("\0"), "", path.stem, reading)


def _mo_strings(data: bytes) -> tuple[list[str], list[str]]:
    """The originals and the translations; each ends in a NUL and begins after one, and the originals are in order.

    Raises:
        ValueError, struct.error: they are not, or not in UTF-8, or the file is cut off.
    """
    order = "<" if data[:4] == struct.pack("<I", _MAGIC) else ">"
    magic, revision, count, *tables = struct.unpack_from(f"{order}5I", data)
    if magic != _MAGIC or revision >> 16 > 1:
        raise ValueError("its first bytes are not those of MO")
    spans = [list(struct.iter_unpack(f"{order}2I", data[at : at + 8 * count])) for at in tables]
    if any(len(table) != count for table in spans):
        raise ValueError("it is cut off")
    if sum(length for table in spans for length, _ in table) > _MOST_SHARED * len(data):
        raise ValueError("its entries name the same strings again and again")
    first = min((at for table in spans for _, at in table), default=0)
    for length, at in (span for table in spans for span in table):
        if data[at + length : at + length + 1] != b"\0" or (at != first and data[at - 1 : at] != b"\0"):
            raise ValueError(f"no string is at byte {at}, where its tables say")
    raw = [[data[at : at + length] for length, at in table] for table in spans]
    if any(one >= next for one, next in pairwise(raw[0])):
        raise ValueError("its originals are not in order")
    return [text.decode("utf-8") for text in raw[0]], [text.decode("utf-8") for text in raw[1]]


def _pair(
    line: int, ids: Sequence[str], forms: Sequence[str], reason: str, corpus: str, reading: Reading
) -> Iterator[tuple[int, str, str]]:
    """The pair of an entry; none for the header, whose id is empty."""
    if not ids[0]:
        return
    if reason or not forms[-1]:
        reading.drops(reason or "untranslated", f"{corpus}:{line}")
    else:
        yield line, ids[-1], forms[-1]


def _check_size(path: Path) -> None:
    require_file(path)
    if path.stat().st_size > MAX_SIZE:
        raise DataError(f"{path}: over {MAX_SIZE >> 20} MiB; this is no gettext catalogue")
