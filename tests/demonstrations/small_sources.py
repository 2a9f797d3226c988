"""Small sources of demonstrations, and what tests ask of what is built from them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from crossalpaca.records import Demonstration, SourceFile
from crossalpaca.sources.files import source_file

Built = tuple[list[Demonstration], dict[str, Any]]
Builder = Callable[..., Built]

PAIRS = [(f"The train number {n} leaves at noon.", f"Der Zug Nummer {n} fährt am Mittag ab.") for n in range(200)]
BAD_PAIRS = [
    ("", "Der Zug fährt ab."),
    ("Berlin Hamburg Munich", "Berlin Hamburg Munich"),
    ("Good morning.", "Guten Morgen allerseits."),
    ("word " * 101, "Wort " * 100),
    ("This sentence is rather long for what it is said to mean.", "Na ja."),
]
INSTRUCTIONS = [
    {"instruction": f"Nenne die Zahl {n}.", "input": "" if n % 2 else f"Kontext {n}", "output": f"Die Zahl ist {n}."}
    for n in range(60)
]


def bitext(path: Path, pairs: Sequence[tuple[str, str]]) -> tuple[SourceFile]:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps({"en": english, "de": german}, ensure_ascii=False) + "\n" for english, german in pairs]
    path.write_text("".join(lines), encoding="utf-8")
    return (source_file(path),)


def moses(folder: Path, name: str, pairs: Sequence[tuple[str, str]]) -> tuple[SourceFile, SourceFile]:
    for index, code in enumerate(("en", "de")):
        text = "".join(pair[index] + "\n" for pair in pairs)
        (folder / f"{name}.{code}").write_text(text, encoding="utf-8")
    return source_file(folder / f"{name}.en"), source_file(folder / f"{name}.de")


def instructions(path: Path, rows: Sequence[Mapping[str, str]]) -> SourceFile:
    path.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    return source_file(path)


def of(direction: str | None, demonstrations: Sequence[Demonstration]) -> list[Demonstration]:
    return [demonstration for demonstration in demonstrations if demonstration.direction == direction]


def pair_of(demonstration: Demonstration) -> tuple[str, str]:
    """English first."""
    texts = (demonstration.input, demonstration.output)
    return texts if demonstration.direction == "en-x" else texts[::-1]


def dropped(part: Mapping[str, Any]) -> dict[str, int]:
    return {reason: drop["count"] for reason, drop in part["dropped"].items()}
