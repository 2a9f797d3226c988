"""OPUS zips: a Moses pair inside a zip, NAME.en-x.en and NAME.en-x.x, read in place and never extracted."""

from __future__ import annotations

import lzma
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from crossalpaca.errors import DataError
from crossalpaca.sources.codes import closeness
from crossalpaca.sources.files import beginning, require_file
from crossalpaca.sources.forms.lines import columns
from crossalpaca.sources.forms.moses import aligned
from crossalpaca.sources.pairs import PairBatch, Reading
from crossalpaca.sources.streams import FREE, MAX_RATIO, BrokenStream, limited

_TROUBLE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, OSError, ValueError)
MAX_MEMBERS = 1000
MAX_SIZE = 200 << 30  # bytes of a side, unpacked; the largest corpora of OPUS have a tenth of it


def read(path: Path, reading: Reading) -> Iterator[PairBatch]:
    """Pairs of the two members that are named for the languages.

    Raises:
        DataError: it is no zip, damaged or unsafe, or has not exactly one such pair of members.
    """
    with _opened(path) as archive:
        members = archive.infolist()
        _check(path, members)
        pair = _pair(path, [member for member in members if not member.is_dir()], reading)
        english, other = (
            columns(_chunks(archive, member), f"{path}!{beginning(member.filename)}", reading.broken) for member in pair
        )
        names = (f"{path}!{beginning(pair[0].filename)}", f"{path}!{beginning(pair[1].filename)}")
        yield from aligned(english, other, names, PurePosixPath(pair[0].filename).stem, reading)


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    require_file(path)
    try:
        archive = zipfile.ZipFile(path)
    except _TROUBLE as error:
        raise DataError(f"{path}: not a zip that can be read ({error}); get the file again") from None
    with archive:
        yield archive


def _check(path: Path, members: list[zipfile.ZipInfo]) -> None:
    if len(members) > MAX_MEMBERS:
        raise DataError(f"{path}: {len(members)} members; a zip of bitext has a handful")
    for member in members:
        if not member.filename:
            raise DataError(f"{path}: a member without a name; do not trust this file")
        name = PurePosixPath(member.filename.replace("\\", "/"))
        if name.is_absolute() or ".." in name.parts or member.filename[1:2] == ":":
            raise DataError(f"{path}: member {member.filename!r} climbs out of the archive; do not trust this file")


def _pair(path: Path, members: list[zipfile.ZipInfo], reading: Reading) -> tuple[zipfile.ZipInfo, zipfile.ZipInfo]:
    """The English member and the other, of one stem."""
    stems: dict[str, dict[int, zipfile.ZipInfo]] = {}
    for member in members:
        stem, _, ending = member.filename.rpartition(".")
        for side, language in enumerate(reading.languages):
            if stem and closeness(ending, language) is not None:
                stems.setdefault(stem, {})[side] = member
    pairs = [(found[0], found[1]) for found in stems.values() if len(found) == 2]
    if len(pairs) != 1:
        held = beginning(", ".join(member.filename for member in members), 120)
        raise DataError(
            f"{path}: {len(pairs) or 'no'} pairs of members in {reading.names}, expected one; it has {held}"
        )
    for member in pairs[0]:
        if member.flag_bits & 1:
            raise DataError(f"{path}: member {member.filename!r} is encrypted; give it without a password")
        if member.file_size > min(MAX_SIZE, max(FREE, MAX_RATIO * member.compress_size)):
            raise DataError(
                f"{path}: member {member.filename!r} unpacks to {member.file_size:,} bytes; this is no text"
            )
    return pairs[0]


def _chunks(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    try:
        with archive.open(member) as file:
            yield from limited(iter(lambda: file.read(1 << 20), b""), member.compress_size)
    except _TROUBLE as error:
        raise BrokenStream("broken zip", str(error)) from None
