"""Real and made bitext in every form, damaged 300 times: an error of one line, or pairs that are still pairs.

What may be accepted: a letter changed or lost inside one text, since it is still text; a cut behind the last text;
where both sides stand together (TSV, JSON lines, TMX, PO), a pair that is there twice, or missing. Parquet has no
checksums, so that one byte may change several texts, each still beside its own. Never a text beside another's
translation.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from small_bitext import FORMS, Files, Pairs

from crossalpaca.errors import DataError
from crossalpaca.languages import language
from crossalpaca.sources.bitext import read_batches
from crossalpaca.sources.files import starter_folder

ROUNDS = 300
SUFFIXES = (".tsv", ".jsonl", ".tmx", ".parquet", ".zip", ".po", ".mo", ".gz", ".xz", ".zst", ".fr")


def cut(content: bytes, draw: random.Random) -> bytes:
    return content[: draw.randrange(len(content))]


def flip(content: bytes, draw: random.Random) -> bytes:
    at = draw.randrange(len(content))
    return content[:at] + bytes([content[at] ^ (1 << draw.randrange(8))]) + content[at + 1 :]


def insert_nuls(content: bytes, draw: random.Random) -> bytes:
    at = draw.randrange(len(content))
    return content[:at] + b"\0" * draw.randint(1, 8) + content[at:]


def drop_line(content: bytes, draw: random.Random) -> bytes:
    lines = content.split(b"\n")
    at = draw.randrange(len(lines) - 1 or 1)
    return b"\n".join(lines[:at] + lines[at + 1 :])


def double_line(content: bytes, draw: random.Random) -> bytes:
    lines = content.split(b"\n")
    at = draw.randrange(len(lines) - 1 or 1)
    return b"\n".join(lines[: at + 1] + lines[at:])


DAMAGES = (cut, flip, insert_nuls, drop_line, double_line)


def damaged(form: str, pairs: Pairs, code: str, kind: str, draw: random.Random) -> Files:
    """The files of a form with one damage."""
    if kind == "swap":
        return FORMS[form](sorted((other, english) for english, other in pairs), code)
    files = FORMS[form](pairs, code)
    name = draw.choice(list(files))
    if kind == "suffix":
        others = [suffix for suffix in SUFFIXES if not name.endswith(suffix)]
        renamed = Path(name).stem + draw.choice(others)
        return {renamed if each == name else each: content for each, content in files.items()}
    damage = next(each for each in DAMAGES if each.__name__ == kind)
    return files | {name: damage(files[name], draw)}


def read(folder: Path, files: Files, code: str) -> list[tuple[str, str]]:
    for name, content in files.items():
        (folder / name).write_bytes(content)
    batches = read_batches([folder / name for name in files], language(code))
    return [(english, other) for batch in batches for _, english, other in batch.pairs.iter_rows()]


def must_be_refused(form: str, kind: str) -> bool:
    line_by_line = form in ("moses", "moses without endings")
    checked = form.endswith((".gz", ".xz", ".zst", "zip")) and kind not in ("flip", "drop_line", "double_line")
    return kind in ("swap", "suffix") or checked or (line_by_line and kind not in ("cut", "flip"))


def still_pairs(pairs: Pairs, original: Pairs) -> bool:
    """All but one are pairs of the original, in its order, save for one that is doubled; the one has a whole side."""
    known = {pair: at for at, pair in enumerate(original)}
    places = [known[pair] for pair in pairs if pair in known]
    changed = [pair for pair in pairs if pair not in known]
    sides = [{pair[side] for pair in original} for side in (0, 1)]
    in_order = all(a <= b for a, b in pairwise(places)) and len(places) - len(set(places)) <= 1
    return in_order and len(changed) <= 1 and all(any(p[s] in sides[s] for s in (0, 1)) for p in changed)


def beside_their_own(pairs: Pairs, original: Pairs) -> bool:
    """Every row has a side as it was."""
    return len(pairs) == len(original) and all(
        a[0] == b[0] or a[1] == b[1] for a, b in zip(pairs, original, strict=True)
    )


@pytest.fixture(scope="module")
def starter() -> tuple[str, Pairs]:
    lines = (starter_folder() / "sentences.en-it.jsonl").read_text("utf-8").split("\n")[:-1]
    rows = [json.loads(line)["translation"] for line in lines]
    return "it", sorted({row["en"]: row["it"] for row in rows}.items())


@pytest.fixture(scope="module")
def flores(data_folder: Path) -> tuple[str, Pairs]:
    sides = [
        (data_folder / f"parallel/flores200.devtest.{code}").read_text("utf-8").split("\n") for code in ("en", "ar")
    ]
    return "ar", sorted(set(zip(*(side[:300] for side in sides), strict=True)))


@pytest.mark.parametrize("form", FORMS)
def test_undamaged_every_form_gives_the_same_pairs(tmp_path: Path, form: str, starter: tuple[str, Pairs]) -> None:
    code, pairs = starter
    assert read(tmp_path, FORMS[form](pairs, code), code) == pairs


@pytest.mark.parametrize("corpus", ["starter", "flores"])
def test_damage_is_refused_in_one_line_or_leaves_pairs(
    tmp_path: Path, corpus: str, request: pytest.FixtureRequest
) -> None:
    code, pairs = request.getfixturevalue(corpus)
    draw = random.Random(corpus)
    kinds = [damage.__name__ for damage in DAMAGES] + ["swap", "suffix"]
    outcomes: Counter[str] = Counter()
    for number in range(ROUNDS // 2):
        form, kind = draw.choice(list(FORMS)), draw.choice(kinds)
        folder = tmp_path / str(number)
        folder.mkdir()
        files = damaged(form, pairs, code, kind, draw)
        try:
            found = read(folder, files, code)
        except DataError as error:
            assert "\n" not in str(error)
            assert any(str(folder / name) in str(error) for name in files), error
            outcomes["refused"] += 1
            continue
        outcomes["accepted"] += 1
        assert not must_be_refused(form, kind), (form, kind)
        law = beside_their_own if "parquet" in form else still_pairs
        assert law(found, pairs), (form, kind)
    assert min(outcomes.values()) > ROUNDS // 20
