"""XQuAD (Artetxe et al. 2020): professional translations of a part of SQuAD, parallel by id."""

from __future__ import annotations

from pathlib import Path

from crossalpaca.benchmarks import squad
from crossalpaca.errors import DataError
from crossalpaca.languages import Language
from crossalpaca.records import Example

QUESTIONS, PASSAGES = 1190, 240


def read(path: Path, language: Language, name: str) -> list[Example]:
    """The 1190 questions of one language.

    Raises:
        DataError: as for `squad.read`, or the counts are not the published ones.
    """
    examples = squad.read(path, language, name)
    passages = len({example.cluster for example in examples})
    if (len(examples), passages) != (QUESTIONS, PASSAGES):
        raise DataError(
            f"{path}: {len(examples)} questions on {passages} passages, XQuAD has {QUESTIONS} on {PASSAGES}; "
            "use the benchmark 'squad' for a file of your own"
        )
    return examples
