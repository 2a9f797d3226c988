"""What the official scorers of SQuAD v1.1 and MLQA say of one answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from crossalpaca.evaluation.normalisation import f1, mlqa_normalise, squad_normalise
from crossalpaca.languages import Language


@dataclass(frozen=True, slots=True)
class Verdict:
    """One scorer's answer.

    Attributes:
        normalized: the prediction after normalisation.
        exact_match: 1 if it equals a normalised reference, else 0.
        f1: the best token F1 over the references, 0 to 1.
    """

    normalized: str
    exact_match: float
    f1: float


def squad_verdict(prediction: str, references: Sequence[str]) -> Verdict:
    """By the rules of SQuAD v1.1's `evaluate-v1.1.py`, which are XQuAD's too, whatever the language."""
    return _verdict(squad_normalise, prediction, references)


def mlqa_verdict(prediction: str, references: Sequence[str], language: Language) -> Verdict:
    """By the rules of MLQA's `mlqa_evaluation_v1.py`; for languages that it does not define, by their file's rules."""
    return _verdict(partial(mlqa_normalise, language=language), prediction, references)


def _verdict(normalise: Callable[[str], str], prediction: str, references: Sequence[str]) -> Verdict:
    answer = normalise(prediction)
    expected = [normalise(reference) for reference in references]
    return Verdict(
        normalized=answer,
        exact_match=float(answer in expected),
        f1=max((f1(answer, reference) for reference in expected), default=0.0),
    )
