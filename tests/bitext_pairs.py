"""The pairs of a bitext as records: what tests look at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from crossalpaca.languages import language
from crossalpaca.records import SentencePair
from crossalpaca.sources.bitext import read_batches


def read_bitext(paths: Sequence[Path], code: str) -> Iterator[SentencePair]:
    spoken = language(code)
    for batch in read_batches(paths, spoken):
        for line, english, other in batch.pairs.iter_rows():
            yield SentencePair(f"{batch.corpus}:{line}", batch.corpus, ("en", spoken.code), (english, other))
