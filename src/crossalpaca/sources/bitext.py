"""Bitext in every usual form, as a stream of tables; a form is one entry of `FORMS` and one module of `forms`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from crossalpaca.errors import DataError, nearest
from crossalpaca.languages import Language
from crossalpaca.sources.forms import gettext, json_lines, moses, opus_zip, parquet, tmx, tsv
from crossalpaca.sources.pairs import PairBatch, Reading
from crossalpaca.sources.sides import swapped as are_swapped
from crossalpaca.sources.streams import plain_name


@dataclass(frozen=True, slots=True)
class Form:
    """A form of bitext in one file.

    Attributes:
        name: for people.
        suffixes: how the names of such files end, without a compression.
        compressed: whether it may be compressed too (.gz, .xz, .zst).
        read: reads a file.
    """

    name: str
    suffixes: tuple[str, ...]
    compressed: bool
    read: Callable[[Path, Reading], Iterator[PairBatch]]


FORMS: tuple[Form, ...] = (
    Form("TSV", (".tsv",), True, tsv.read),
    Form("JSON lines", (".jsonl", ".ndjson"), True, json_lines.read),
    Form("TMX", (".tmx",), True, tmx.read),
    Form("Parquet", (".parquet",), False, parquet.read),
    Form("OPUS zip", (".zip",), False, opus_zip.read),
    Form("PO", (".po",), False, gettext.read_po),
    Form("MO", (".mo",), False, gettext.read_mo),
)


def read_batches(
    paths: Sequence[Path],
    language: Language,
    *,
    broken: Literal["error", "skip"] = "error",
    first: Literal["en", "x"] = "en",
    swapped: Literal["error", "accept"] = "error",
    drops: Callable[[str, str], None] | None = None,
) -> Iterator[PairBatch]:
    """Sentence pairs of English and `language` in batches of at most 50,000, never a whole file in memory.

    Args:
        paths: one file in one of `FORMS`, or two line-aligned files.
        language: the language x.
        broken: with "skip", lines that are not UTF-8 text are left out with their counterparts; other damage is an
            error always.
        first: which side comes first in files that do not say: two files without language endings, a TSV of two
            columns without a header.
        swapped: whether pairs are accepted whose English side is evidently in x, and the other in English.
        drops: told the reason and the place (`corpus:line`) of every pair that is left out.

    Raises:
        DataError: a file is missing, empty, damaged or in no known form, has other languages, or its sides differ in
            length or are swapped; the message says where.
    """
    reading = Reading(language, broken, first, drops or (lambda reason, place: None))
    names = ", ".join(str(path) for path in paths)
    empty = True
    for batch in _batches(paths, reading):
        if batch.pairs.is_empty():
            continue
        if empty and swapped == "error" and are_swapped(batch, language):
            raise DataError(f"{names}: the English side is in {language.name}, the other in English; turn them round")
        empty = False
        yield batch
    if empty:
        raise DataError(f"{names}: no sentence pair of {reading.names} in it; get the file again")


def _batches(paths: Sequence[Path], reading: Reading) -> Iterator[PairBatch]:
    forms = [_form(path) for path in paths]
    if len(paths) == 2 and forms == [None, None]:
        return moses.read(paths[0], paths[1], reading)
    if len(paths) == 2:
        path, form = next((path, form) for path, form in zip(paths, forms, strict=True) if form)
        raise DataError(f"{path}: {form.name} holds both sides; give it alone, or two line-aligned text files")
    if len(paths) != 1:
        raise DataError(f"bitext is one file or two line-aligned files, not {len(paths)}")
    if forms[0] is None:
        endings = [suffix for form in FORMS for suffix in form.suffixes]
        suffix = Path(plain_name(paths[0])).suffix
        raise DataError(
            f"{paths[0]}: one file of bitext ends in {', '.join(endings)}{nearest(suffix, endings)}; "
            "line-aligned text comes as two files"
        )
    return forms[0].read(paths[0], reading)


def _form(path: Path) -> Form | None:
    for form in FORMS:
        name = plain_name(path) if form.compressed else path.name
        if name.casefold().endswith(form.suffixes):
            return form
    return None
