"""One small corpus in every form that bitext comes in."""

from __future__ import annotations

import gzip
import io
import json
import lzma
import zipfile
from collections.abc import Callable, Mapping, Sequence
from xml.sax.saxutils import escape

import polars as pl
import polib
import zstandard

Pairs = Sequence[tuple[str, str]]
Files = dict[str, bytes]
"""File name to content, in the order in which a user gives them."""

PACKERS: Mapping[str, Callable[[bytes], bytes]] = {
    ".gz": lambda raw: gzip.compress(raw, mtime=0),
    ".xz": lzma.compress,
    ".zst": zstandard.ZstdCompressor(write_checksum=True).compress,  # as the zstd command does
}


def packed(files: Files, suffix: str) -> Files:
    return {name + suffix: PACKERS[suffix](content) for name, content in files.items()}


def moses(pairs: Pairs, code: str, endings: tuple[str, str] = ("", "")) -> Files:
    names = [f"small{ending}" for ending in (endings if any(endings) else (".en", f".{code}"))]
    return {name: "".join(pair[side] + "\n" for pair in pairs).encode() for side, name in enumerate(names)}


def tsv(pairs: Pairs, code: str, header: bool = False) -> Files:
    rows = [("en", code), *pairs] if header else pairs
    return {"small.tsv": "".join(f"{english}\t{other}\n" for english, other in rows).encode()}


def json_lines(pairs: Pairs, code: str, nested: bool = True) -> Files:
    rows = [{"en": english, code: other} for english, other in pairs]
    lines = [json.dumps({"translation": row} if nested else row, ensure_ascii=False) + "\n" for row in rows]
    return {"small.jsonl": "".join(lines).encode()}


def parquet(pairs: Pairs, code: str, nested: bool = True) -> Files:
    table = pl.DataFrame({"en": [pair[0] for pair in pairs], code: [pair[1] for pair in pairs]})
    buffer = io.BytesIO()
    (table.select(translation=pl.struct("en", code)) if nested else table).write_parquet(buffer)
    return {"small.parquet": buffer.getvalue()}


def tmx(pairs: Pairs, code: str, english: str = "en", encoding: str = "utf-8") -> Files:
    units = "".join(
        f'<tu><tuv xml:lang="{english}"><seg>{escape(one)}</seg></tuv>\n'
        f'<tuv xml:lang="{code}"><seg>{escape(other)}</seg></tuv></tu>\n'
        for one, other in pairs
    )
    text = f'<?xml version="1.0" encoding="{encoding}"?>\n<tmx version="1.4"><header/><body>\n{units}</body></tmx>\n'
    return {"small.tmx": text.encode(encoding)}


def zipped(pairs: Pairs, code: str) -> Files:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in moses(pairs, code, (f".en-{code}.en", f".en-{code}.{code}")).items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
        archive.writestr(zipfile.ZipInfo("README"), "A small corpus.\n")
    return {"small.zip": buffer.getvalue()}


def catalogue(pairs: Pairs) -> polib.POFile:
    made = polib.POFile()
    made.metadata = {"Content-Type": "text/plain; charset=UTF-8"}
    for english, other in pairs:
        made.append(polib.POEntry(msgid=english, msgstr=other))
    return made


def po(pairs: Pairs, code: str) -> Files:
    return {"small.po": str(catalogue(pairs)).encode()}


def mo(pairs: Pairs, code: str) -> Files:
    return {"small.mo": catalogue(pairs).to_binary()}


FORMS: Mapping[str, Callable[[Pairs, str], Files]] = {
    "moses": moses,
    "moses without endings": lambda pairs, code: moses(pairs, code, (".txt", ".out")),
    "moses.gz": lambda pairs, code: packed(moses(pairs, code), ".gz"),
    "moses.xz": lambda pairs, code: packed(moses(pairs, code), ".xz"),
    "moses.zst": lambda pairs, code: packed(moses(pairs, code), ".zst"),
    "tsv": tsv,
    "tsv with a header": lambda pairs, code: tsv(pairs, code, header=True),
    "tsv.gz": lambda pairs, code: packed(tsv(pairs, code), ".gz"),
    "json lines": json_lines,
    "flat json lines.zst": lambda pairs, code: packed(json_lines(pairs, code, nested=False), ".zst"),
    "parquet": parquet,
    "flat parquet": lambda pairs, code: parquet(pairs, code, nested=False),
    "tmx": tmx,
    "tmx.xz": lambda pairs, code: packed(tmx(pairs, code), ".xz"),
    "tmx in UTF-16": lambda pairs, code: tmx(pairs, code, encoding="utf-16"),
    "zip": zipped,
    "po": po,
    "mo": mo,
}
