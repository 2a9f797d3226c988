"""A sample of bitext depends on the pairs alone, and every pair is accounted for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossalpaca.demonstrations.bitext import PairSample, sample_pairs
from crossalpaca.demonstrations.drops import Drops
from crossalpaca.demonstrations.filters import changed
from crossalpaca.errors import DataError
from crossalpaca.languages import language
from crossalpaca.records import SentencePair
from crossalpaca.sources.pairs import PairBatch

GERMAN = language("de")
# corpus, line, English, German
Row = tuple[str, int, str, str]
BAD = [
    ("", "Der Zug fährt ab."),
    ("Berlin Hamburg Munich", "Berlin Hamburg Munich"),
    ("Good morning.", "Guten Morgen allerseits."),
    ("The train leaves at 7.", "Der Zug fährt um 8."),
]


def pair(number: int) -> tuple[str, str]:
    return f"The train number {number} leaves at noon.", f"Der Zug Nummer {number} fährt am Mittag ab."


def batches(rows: Iterable[Row], size: int = 1000) -> list[PairBatch]:
    """Batches of at most `size`, in the order of the rows."""
    made: list[PairBatch] = []
    held: list[Row] = []
    for row in [*rows, None]:
        if held and (row is None or row[0] != held[0][0] or len(held) == size):
            table = [each[1:] for each in held]
            schema = {"line": pl.UInt64, "en": pl.String, "x": pl.String}
            made.append(PairBatch(held[0][0], pl.DataFrame(table, schema=schema, orient="row")))
            held = []
        if row is not None:
            held.append(row)
    return made


def sample(rows: Iterable[Row], counts: dict[str, int], size: int = 1000, seed: int = 42) -> PairSample:
    made = PairSample(counts, GERMAN, seed)
    for batch in batches(rows, size):
        made.add(batch)
    return made


def named(corpus: str, pairs: Iterable[tuple[str, str]]) -> list[Row]:
    return [(corpus, line, *texts) for line, texts in enumerate(pairs, start=1)]


MANY = named("a", map(pair, range(300)))

# Few different pairs, so that most come twice; good and bad ones.
ROWS = st.lists(st.sampled_from([*map(pair, range(12)), *BAD]), max_size=40).map(
    lambda pairs: [("ab"[line % 2], line, *texts) for line, texts in enumerate(pairs, start=1)]
)
COUNTS = st.fixed_dictionaries({"en-x": st.integers(0, 8), "x-en": st.integers(0, 8)})


def places(drops: Drops) -> dict[str, list[str]]:
    """Examples, without those of duplicates, which depend on what was read first."""
    return {reason: shown for reason, shown in drops.examples.items() if reason != "duplicate"}


@settings(max_examples=50)
@given(rows=ROWS, counts=COUNTS, size=st.integers(1, 50), data=st.data())
def test_order_and_batches_change_nothing(
    rows: list[Row], counts: dict[str, int], size: int, data: st.DataObject
) -> None:
    whole, other = sample(rows, counts), sample(data.draw(st.permutations(rows)), counts, size)
    assert other.drawn() == whole.drawn()
    assert (other.read, other.drops.counts) == (whole.read, whole.drops.counts)
    assert places(other.drops) == places(whole.drops)


@settings(max_examples=50)
@given(rows=ROWS, counts=COUNTS)
def test_every_pair_is_accounted_for(rows: list[Row], counts: dict[str, int]) -> None:
    made = sample(rows, counts)
    distinct = {row[2:] for row in rows}
    good = distinct - set(BAD)
    assert made.read == len(rows)
    assert made.drops.counts["duplicate"] == sum(row[2:] not in BAD for row in rows) - len(good)
    assert made.drops.counts.total() == len(rows) - len(good)
    drawn = [each.texts for pairs in made.drawn().values() for each in pairs]
    assert set(drawn) <= good
    assert len(set(drawn)) == len(drawn)


@pytest.mark.parametrize("more", [{"en-x": 21, "x-en": 20}, {"en-x": 70, "x-en": 30}, {"en-x": 20, "x-en": 80}])
def test_each_direction_is_a_prefix_of_itself_in_larger_samples(more: dict[str, int]) -> None:
    small, large = sample(MANY, {"en-x": 20, "x-en": 20}).drawn(), sample(MANY, more).drawn()
    for direction, wanted in more.items():
        assert len(large[direction]) == wanted
        assert large[direction][:20] == small[direction]


def test_directions_are_disjoint_and_about_half_of_the_pairs_each() -> None:
    drawn = sample(MANY, {"en-x": 300, "x-en": 300}).drawn()
    texts = [{each.texts for each in pairs} for pairs in drawn.values()]
    assert not texts[0] & texts[1]
    assert sum(map(len, texts)) == len(MANY)
    assert 110 < len(texts[0]) < 190


def test_one_direction_alone_may_use_every_pair() -> None:
    drawn = sample(MANY, {"x-en": len(MANY), "en-x": 0}).drawn()
    assert list(drawn) == ["x-en"]
    assert {each.texts for each in drawn["x-en"]} == {row[2:] for row in MANY}


def test_the_seed_changes_the_sample() -> None:
    one, two = (sample(MANY, {"en-x": 50}, seed=seed).drawn()["en-x"] for seed in (1, 2))
    assert set(one) != set(two)


def test_a_sample_never_changes() -> None:
    drawn = sample(MANY, {"en-x": 4, "x-en": 4}).drawn()
    assert {direction: [each.id for each in pairs] for direction, pairs in drawn.items()} == {
        "en-x": ["a:19", "a:60", "a:90", "a:129"],
        "x-en": ["a:69", "a:292", "a:170", "a:166"],
    }


@pytest.mark.parametrize("order", [1, -1])
def test_of_equal_pairs_that_of_the_smallest_corpus_and_line_is_kept(order: int) -> None:
    rows = [("b", 1, *pair(7)), ("a", 9, *pair(7)), ("a", 10, *pair(7))][::order]
    made = sample(rows, {"en-x": 1})
    assert [each.id for each in made.drawn()["en-x"]] == ["a:9"]
    assert made.drops.counts == Counter(duplicate=2)


def test_pairs_are_equal_where_their_normalised_texts_are() -> None:
    english, german = pair(1)
    rows = named("a", [(english, german), (f" {english}\u200b", german.replace("ä", "a\u0308").replace(" ", "\u00a0"))])
    made = sample(rows, {"en-x": 5})
    assert made.drawn()["en-x"] == [SentencePair("a:1", "a", ("en", "de"), (english, german))]
    assert made.drops.examples == {"duplicate": [f"a:2: {english} ||| {german}"]}


def test_drops_are_counted_by_reason_with_the_first_three_examples() -> None:
    rows = named("b", BAD * 3) + named("a", BAD * 2)
    made = sample(rows, {"en-x": 1}, size=3)
    assert made.drops.counts == {"empty": 5, "identical": 5, "short": 5, "numbers": 5}
    assert made.drops.examples["short"] == [
        f"{place}: Good morning. ||| Guten Morgen allerseits." for place in ("a:3", "a:7", "b:3")
    ]


def test_what_a_sampled_filter_drops_makes_way_for_the_next() -> None:
    def repeats(number: int) -> tuple[str, str]:
        english, german = pair(number)
        return english, german + " und ab und ab und ab"

    chosen = sample(MANY, {"en-x": 100}).drawn()["en-x"]
    spoiled = {each.id for each in chosen[::3]}
    rows = [(c, n, *(repeats(n - 1) if f"{c}:{n}" in spoiled else texts)) for c, n, *texts in MANY]
    made = sample(rows, {"en-x": 50})
    sound = {row[2:] for row in MANY} - {each.texts for each in chosen[::3]}
    drawn = [each.texts for each in made.drawn()["en-x"]]
    assert drawn == [e.texts for e in sample(MANY, {"en-x": 300}).drawn()["en-x"] if e.texts in sound][:50]
    assert set(made.drops.counts) == {"repetition"}


def test_bitext_that_the_sampled_filters_drop_is_an_error_with_counts() -> None:
    rows = named(
        "a", ((f"{english} x x x", f"{german} ja ja ja ja ja ja ja ja ja") for english, german in map(pair, range(30)))
    )
    with pytest.raises(DataError, match=r"0 of the 10 best pairs for en-x .* 10 repetition"):
        sample(rows, {"en-x": 5}).drawn()


def test_sample_pairs_reads_all_batches_with_the_filters_that_are_given() -> None:
    rows = MANY[:5] + named("b", BAD)
    drops = Drops()
    drawn, read = sample_pairs(batches(rows), {"en-x": 9}, GERMAN, 42, drops, changed({"short": False}))
    assert (len(drawn["en-x"]), read) == (6, 9)
    assert drops.counts == {"empty": 1, "identical": 1, "numbers": 1}


def test_nothing_gives_nothing() -> None:
    assert sample_pairs([], {"en-x": 5}, GERMAN, 42, Drops()) == ({"en-x": []}, 0)
    assert sample_pairs(batches(MANY), {}, GERMAN, 42, Drops()) == ({}, 300)
