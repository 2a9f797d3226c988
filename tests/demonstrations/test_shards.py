"""Demonstrations from bitext that is cut into shards are, to the byte, those of one pass over the whole."""

from __future__ import annotations

import gzip
import json
import logging
import pickle
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_sources import BAD_PAIRS, PAIRS, bitext

from crossalpaca.demonstrations import shards
from crossalpaca.demonstrations.bitext import Part
from crossalpaca.demonstrations.build import build
from crossalpaca.demonstrations.shards import SPREAD, Shard, Spread, sample_shard
from crossalpaca.errors import DataError
from crossalpaca.records import SourceFile, StepRun
from crossalpaca.sources.files import source_file

Entry = tuple[SourceFile, ...]
Pairs = Sequence[tuple[str, str]]
# Few different ones, so that most come twice, within a shard and in several; and what the reader leaves out.
FEW = [*PAIRS[:9], *BAD_PAIRS, ("a\0b", "c"), (f" {PAIRS[0][0]}", f"{PAIRS[0][1]}\u200b")]
ENTRIES = st.lists(
    st.tuples(
        st.sampled_from(["moses", "tsv", "jsonl"]),
        st.sampled_from(["news", "talks"]),
        st.lists(st.sampled_from(FEW), max_size=14),
    ),
    min_size=1,
    max_size=4,
)
SIZE = st.integers(1, 6)
COUNTS = st.sampled_from([{"en-x": 4}, {"en-x": 2, "x-en": 1}, {"x-en": 7, "en-x": 0}])


def here(given: Sequence[Shard]) -> Iterator[Part]:
    return map(sample_shard, given)


def posted(given: Sequence[Shard]) -> Iterator[Part]:
    """As between machines: what goes and what comes is pickled."""
    for shard in given:
        yield pickle.loads(pickle.dumps(sample_shard(pickle.loads(pickle.dumps(shard)))))


@contextmanager
def spread(mapped: Any, ways: int, stretch: int = 50, batch: int = 50_000) -> Iterator[None]:
    """Bitext of any size is sampled in shards, of stretches of so many lines, and read in batches of so many pairs."""
    token = SPREAD.set(Spread(mapped, ways))
    moses, others = "crossalpaca.sources.forms.moses.BATCH", "crossalpaca.sources.pairs.BATCH"
    changes = patch.object(shards, "LARGE", 0), patch.object(shards, "STRETCH", stretch)
    try:
        with changes[0], changes[1], patch(moses, batch), patch(others, batch):
            yield
    finally:
        SPREAD.reset(token)


def written(folder: Path, form: str, name: str, pairs: Pairs) -> Entry:
    folder.mkdir()
    if form == "jsonl":
        return bitext(folder / f"{name}.jsonl", [pair for pair in pairs if "\0" not in pair[0]])
    if form == "tsv":
        text = "".join(f"{english}\t{german}\n" for english, german in pairs)
        (folder / f"{name}.tsv.gz").write_bytes(gzip.compress(text.encode(), mtime=0))
        return (source_file(folder / f"{name}.tsv.gz"),)
    for side, code in enumerate(("en", "de")):
        (folder / f"{name}.{code}").write_text("".join(f"{pair[side]}\n" for pair in pairs), encoding="utf-8")
    return source_file(folder / f"{name}.en"), source_file(folder / f"{name}.de")


def made(folder: Path, entries: Iterable[Entry], told: list[tuple[int, int, str]] | None = None, **given: Any) -> Any:
    """The files of the artefact, or the error."""
    arguments = {"language": "de", "seed": 42, "instructions": None, "instruction_count": None} | given
    folder.mkdir()

    def progress(done: int, total: int, unit: str, shown: Mapping[str, Any]) -> None:
        if told is not None:
            told.append((done, total, unit))

    try:
        build(StepRun(arguments | {"bitext": tuple(entries)}, {}, folder, folder, progress, logging.getLogger("test")))
    except DataError as error:
        return str(error).partition("; of ")[0]
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(contents=ENTRIES, counts=COUNTS, ways=st.integers(1, 9), stretch=SIZE, batch=SIZE)
def test_any_split_into_shards_gives_the_demonstrations_of_the_whole(
    contents: list[tuple[str, str, list[tuple[str, str]]]],
    counts: dict[str, int],
    ways: int,
    stretch: int,
    batch: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("bitext")
    entries = [
        written(folder / str(n), form, name, [PAIRS[n], *pairs]) for n, (form, name, pairs) in enumerate(contents)
    ]
    given = {"translations": counts, "reading": {"broken": "skip"}}
    whole = made(folder / "whole", entries, **given)
    with spread(here, ways, stretch, batch):
        assert made(folder / "here", entries, **given) == whole
    with spread(posted, ways + 3, batch, stretch):
        assert made(folder / "posted", entries, **given) == whole


def test_real_bitext_in_shards_gives_the_demonstrations_of_the_whole(tmp_path: Path, data_folder: Path) -> None:
    years = [2016, 2019]
    entries = [
        tuple(source_file(data_folder / f"parallel/de-en/newstest{year}.{code}.gz") for code in ("en", "de"))
        for year in [*years, years[0]]  # one of them twice
    ]
    counts = {"en-x": 400, "x-en": 300}
    whole = made(tmp_path / "whole", entries, translations=counts)
    with spread(posted, 5, stretch=700):
        assert made(tmp_path / "parts", entries, translations=counts) == whole
    assert b'"duplicate"' in whole["report.json"]


def test_more_leaks_than_the_reserve_holds_are_replaced_alike(tmp_path: Path) -> None:
    ships = [
        (f"The ship number {n} leaves at night.", f"Das Schiff Nummer {n} fährt in der Nacht ab.") for n in range(500)
    ]
    rows = [{"id": f"q{n}", "context": "-", "question": x, "answers": ["-"]} for n, (_, x) in enumerate(ships)]
    own = tmp_path / "own.de.jsonl"
    own.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    against = [{"benchmark": "squad", "language": "de", "files": [source_file(own)]}]
    entry = bitext(tmp_path / "pairs.jsonl", PAIRS + ships)
    asked: list[Shard] = []

    def mapped(given: Sequence[Shard]) -> Iterator[Part]:
        asked.extend(given)
        return here(given)

    given = {"translations": {"en-x": 100}, "against": against}
    whole = made(tmp_path / "whole", [entry], **given)
    with spread(mapped, 4):
        assert made(tmp_path / "parts", [entry], **given) == whole
    assert len(asked) > 4  # more were drawn once the leaks were known


def test_bitext_that_is_not_large_is_read_in_one_pass(tmp_path: Path) -> None:
    entry = bitext(tmp_path / "pairs.jsonl", PAIRS)
    asked: list[Shard] = []

    def mapped(given: Sequence[Shard]) -> Iterator[Part]:
        asked.extend(given)
        return map(sample_shard, given)

    size = entry[0].path.stat().st_size
    for large, expected in ((size + 1, 0), (size, 3)):
        token = SPREAD.set(Spread(mapped, 3))
        with patch.object(shards, "LARGE", large):
            made(tmp_path / str(large), [entry], translations={"en-x": 2})
        SPREAD.reset(token)
        assert len(asked) == expected


def test_progress_is_told_of_shards(tmp_path: Path) -> None:
    entries = [bitext(tmp_path / f"{n}.jsonl", PAIRS[n::2]) for n in range(2)]
    told: list[tuple[int, int, str]] = []
    with spread(here, 4):
        made(tmp_path / "parts", entries, told, translations={"en-x": 2})
    assert told[:-1] == [(2, 4, "shard"), (4, 4, "shard")]


def test_an_error_of_a_shard_is_that_of_the_whole(tmp_path: Path) -> None:
    good, bad = bitext(tmp_path / "good.jsonl", PAIRS), bitext(tmp_path / "bad.jsonl", PAIRS[:60])
    bad[0].path.write_text(bad[0].path.read_text("utf-8") + "not JSON\n", encoding="utf-8")
    entries = [good, (source_file(bad[0].path),)]
    whole = made(tmp_path / "whole", entries, translations={"en-x": 2})
    assert "bad.jsonl:61: not JSON" in whole
    with spread(here, 4):
        assert made(tmp_path / "parts", entries, translations={"en-x": 2}) == whole


def test_a_node_with_another_file_refuses_it(tmp_path: Path) -> None:
    (file,) = bitext(tmp_path / "pairs.jsonl", PAIRS)

    def elsewhere(given: Sequence[Shard]) -> Iterator[Part]:
        file.path.write_text(file.path.read_text("utf-8").replace("noon", "nine"), encoding="utf-8")
        return map(sample_shard, given)

    with spread(elsewhere, 2):
        told = made(tmp_path / "parts", [(file,)], translations={"en-x": 2})
    assert "pairs.jsonl: is another file here than where the run was started" in told
