"""A sample over shards is the sample of one pass."""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crossalpaca.cluster.shards import Part, Shard, sample_shard, sample_sharded
from crossalpaca.demonstrations.bitext import sample_pairs
from crossalpaca.demonstrations.drops import Drops
from crossalpaca.demonstrations.filters import changed
from crossalpaca.demonstrations.filters_sampled import sampled_filters
from crossalpaca.errors import DataError
from crossalpaca.languages import language
from crossalpaca.records import Direction, SentencePair
from crossalpaca.sources.bitext import read_batches
from crossalpaca.sources.pairs import PairBatch

Drawn = tuple[dict[Direction, list[SentencePair]], int]
GOOD = [(f"The train number {n} leaves at noon.", f"Der Zug Nummer {n} fährt am Mittag ab.") for n in range(12)]
BAD = [("Good morning.", "Guten Morgen allerseits."), ("The train leaves at 7.", "Der Zug fährt um 8."), ("a\0b", "c")]
FILES = st.lists(st.lists(st.sampled_from([*GOOD, *BAD]), min_size=1, max_size=15), min_size=1, max_size=4)
# Of names that come twice, the later are numbered.
NAMES = st.sampled_from(["news", "talks"])


def written(folder: Path, number: int, name: str, pairs: Sequence[tuple[str, str]]) -> tuple[Path, ...]:
    place = folder / str(number)
    place.mkdir()
    for side, ending in enumerate(("en", "de")):
        text = "".join(f"{pair[side]}\n" for pair in [GOOD[0], *pairs])
        (place / f"{name}.{ending}").write_text(text, encoding="utf-8")
    return (place / f"{name}.en", place / f"{name}.de")


def one_pass(entries: Sequence[tuple[Path, ...]], counts: dict[Direction, int], drops: Drops) -> Drawn:
    def batches() -> Iterable[PairBatch]:
        seen: Counter[str] = Counter()
        for paths in entries:
            again = 0
            for batch in read_batches(paths, language("de"), broken="skip", drops=drops.add):
                seen[batch.corpus] += not again
                again = seen[batch.corpus]
                yield PairBatch(batch.corpus if again == 1 else f"{batch.corpus}#{again}", batch.pairs)

    return sample_pairs(batches(), counts, language("de"), 42, drops, changed({}), sampled_filters({}))


def posted(sampled: object, shards: Iterable[Shard]) -> Iterable[Part]:
    """A map as between machines: what goes and what comes is pickled."""
    for shard in shards:
        yield pickle.loads(pickle.dumps(sample_shard(pickle.loads(pickle.dumps(shard)))))


def outcome(drawn: Drawn, drops: Drops) -> object:
    shown = {reason: examples for reason, examples in drops.examples.items() if reason != "duplicate"}
    return drawn, drops.counts, shown


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    files=FILES, counts=st.fixed_dictionaries({"en-x": st.integers(1, 4), "x-en": st.integers(0, 4)}), data=st.data()
)
def test_a_map_over_files_and_a_merge_draw_what_one_pass_draws(
    files: list[list[tuple[str, str]]],
    counts: dict[Direction, int],
    data: st.DataObject,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("bitext")
    entries = [written(folder, n, data.draw(NAMES), pairs) for n, pairs in enumerate(files)]
    shards = [Shard(paths, counts, "de", 42, reading={"broken": "skip"}) for paths in entries]
    expected_drops = Drops()
    expected = outcome(one_pass(entries, counts, expected_drops), expected_drops)
    for mapped in (map, posted):
        drops = Drops()
        assert outcome(sample_sharded(shards, drops, mapped), drops) == expected


def test_a_shard_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    good = written(tmp_path, 0, "news", GOOD)
    shards = [Shard(paths, {"en-x": 2}, "de", 42) for paths in (good, (tmp_path / "gone.tsv",))]
    with pytest.raises(DataError, match=r"gone\.tsv"):
        sample_sharded(shards, Drops())
