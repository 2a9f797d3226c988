"""Filters and samples two aligned files with this project's reader, filters and sketch; called by bench/bitext.py.

The filters are those of OpusFilter, put together from the project's own measures.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import polars as pl

from crossalpaca.demonstrations.bitext import PairSample, sample_pairs
from crossalpaca.demonstrations.drops import Drops
from crossalpaca.demonstrations.filters import FILTERS, Filter
from crossalpaca.demonstrations.filters_sampled import SAMPLED_FILTERS
from crossalpaca.demonstrations.measures import digit_agreement, long_word, script_share, words
from crossalpaca.languages import language
from crossalpaca.sources.bitext import read_batches

GERMAN, SEED = language("de"), 42
SIDES = ("en", "x")
english, german = map(words, SIDES)
OPUSFILTER = {
    "LengthFilter, minimum": Filter(lambda _, bound: (english < bound) | (german < bound), 3),
    "LengthFilter, maximum": Filter(lambda _, bound: (english > bound) | (german > bound), 100),
    "LengthRatioFilter": Filter(lambda _, bound: (english >= german * bound) | (german >= english * bound), 3),
    "LongWordFilter": Filter(lambda _, bound: long_word("en", bound - 1) | long_word("x", bound - 1), 40),
    "CharacterScoreFilter": Filter(
        lambda _, bound: pl.min_horizontal(*(script_share(side, "Latn") for side in SIDES)) < bound, 0.9
    ),
    "NonZeroNumeralsFilter": Filter(lambda _, bound: digit_agreement() < bound, 0.5),
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("english", type=Path)
    parser.add_argument("other", type=Path)
    parser.add_argument("out", type=Path, help="folder for the sample and the counts")
    parser.add_argument("--count", type=int, required=True, help="pairs to draw")
    parser.add_argument("--own", action="store_true", help="the project's own filters instead")
    parser.add_argument("--keep", action="store_true", help="write all pairs that pass the filters instead of a sample")
    options = parser.parse_args()
    filters = FILTERS if options.own else OPUSFILTER
    batches = read_batches([options.english, options.other], GERMAN)
    if options.keep:
        filtering = PairSample({}, GERMAN, SEED, filters=filters)
        checked = pl.concat([filtering.checked(batch) for batch in batches])
        kept = checked.filter(pl.col("reason").is_null())
        kept.select("en", "x").unique(maintain_order=True).write_parquet(options.out / "kept.parquet")
        return
    drops = Drops()
    sampled = SAMPLED_FILTERS if options.own else {}
    drawn, read = sample_pairs(batches, {"en-x": options.count}, GERMAN, SEED, drops, filters, sampled)
    for index, code in enumerate(("en", "de")):
        text = "".join(pair.texts[index] + "\n" for pair in drawn["en-x"])
        (options.out / f"sample.{code}").write_text(text, encoding="utf-8")
    counts = {"read": read, "drawn": len(drawn["en-x"]), "dropped": dict(drops.counts)}
    (options.out / "counts.json").write_text(json.dumps(counts), encoding="utf-8")


if __name__ == "__main__":
    main()
