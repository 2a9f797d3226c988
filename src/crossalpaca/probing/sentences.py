"""The parallel sentences that models are probed with."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from crossalpaca.errors import DataError
from crossalpaca.languages import language
from crossalpaca.records import SentencePair, SourceFile


@dataclass(frozen=True, slots=True)
class Parallel:
    """English sentences and their translations, which every model is probed with alike.

    Attributes:
        pairs: in the order of the files.
    """

    pairs: Sequence[SentencePair]

    @property
    def english(self) -> list[str]:
        """The English sides."""
        return [pair.texts[0] for pair in self.pairs]

    @property
    def other(self) -> list[str]:
        """The sides in the other language."""
        return [pair.texts[1] for pair in self.pairs]

    @property
    def digest(self) -> str:
        """16 hexadecimal digits that tell whether two models were probed with the same sentences in the same order."""
        content = "\0".join(text for pair in self.pairs for text in pair.texts)
        return hashlib.sha256(content.encode()).hexdigest()[:16]


def read_parallel(files: Sequence[SourceFile], code: str, count: int | None) -> Parallel:
    """The first `count` pairs of two line-aligned files, or all of them.

    Raises:
        DataError: the files are not English and the language, line by line; a line is empty; there are fewer than
            `count` pairs, or fewer than two.
    """
    from crossalpaca.sources.bitext import read_batches  # late: it needs polars, and plans import this package

    names = ", ".join(str(file.path) for file in files)
    pairs: list[SentencePair] = []
    for batch in read_batches([file.path for file in files], language(code)):
        for line, english, other in batch.pairs.iter_rows():
            if not english.strip() or not other.strip():
                side = "English" if other.strip() else language(code).name
                raise DataError(f"{names}: line {line} has no sentence in {side}; remove the line from both files")
            pairs.append(SentencePair(f"{batch.corpus}:{line}", batch.corpus, ("en", code), (english, other)))
    wanted = max(count or 0, 2)
    if len(pairs) < wanted:
        raise DataError(
            f"{names}: {len(pairs)} sentence pairs, {wanted} are asked; "
            "name longer files, or ask for fewer, of which two are the least"
        )
    return Parallel(pairs[:count])
