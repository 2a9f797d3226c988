"""FLORES-200 (NLLB Team 2022): the same sentences in 200 languages, one a line, to measure and never to train on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from crossalpaca.errors import DataError
from crossalpaca.sources.files import file_problem, read_lines

SENTENCES: Mapping[str, int] = {"dev": 997, "devtest": 1012}


def read_sentences(path: Path) -> list[str]:
    """The sentences of a split in one language, plain or gzipped, such as `deu_Latn.devtest`; line n is parallel.

    Raises:
        DataError: their number is not that of the split in the file's name (or of either, where it names none), or a
            line is empty.
    """
    if what := file_problem(path):
        raise DataError(f"{path}: {what}; mend the path")
    sentences = list(read_lines(path))
    named = [SENTENCES[part] for part in path.name.split(".") if part in SENTENCES]
    expected = named[:1] or list(SENTENCES.values())
    if len(sentences) not in expected:
        counts = " or ".join(map(str, expected))
        raise DataError(f"{path}: {len(sentences)} sentences, FLORES-200 has {counts} in this file; get it again")
    for number, sentence in enumerate(sentences, start=1):
        if not sentence.strip():
            raise DataError(f"{path}:{number}: no sentence, so that the lines are not parallel; get the file again")
    return sentences
