"""Metrics: each a function from an example and a prediction to a number, with one line in the registry."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from crossalpaca.evaluation.normalisation import mlqa_normalise
from crossalpaca.evaluation.official import mlqa_verdict, squad_verdict
from crossalpaca.languages import Language
from crossalpaca.records import Example, Prediction

Measure = Callable[[Example, Prediction, Language], float]


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric.

    Attributes:
        id: its name; strict and lenient measures have different ones.
        measure: item to number.
        describes: one line for people.
        choices: for four-choice questions (True), for all others (False), or for both (None).
        higher_is_better: bits are better when fewer.
        unit: "share" of 1, or "bits".
    """

    id: str
    measure: Measure
    describes: str
    choices: bool | None
    higher_is_better: bool = True
    unit: str = "share"

    def applies(self, example: Example) -> bool:
        """True if the metric is defined for the example."""
        return self.choices is None or self.choices == bool(example.choices)


def exact_match(example: Example, prediction: Prediction, language: Language) -> float:
    """The completion is a reference, to the character, white space around it aside."""
    answer = prediction.completion.strip()
    return float(any(answer == reference.strip() for reference in example.references))


def exact_match_squad(example: Example, prediction: Prediction, language: Language) -> float:
    """Equal after SQuAD v1.1's normalisation."""
    return squad_verdict(prediction.completion, example.references).exact_match


def f1_squad(example: Example, prediction: Prediction, language: Language) -> float:
    """Token F1 after SQuAD v1.1's normalisation."""
    return squad_verdict(prediction.completion, example.references).f1


def exact_match_mlqa(example: Example, prediction: Prediction, language: Language) -> float:
    """Equal after MLQA's normalisation for the language."""
    return mlqa_verdict(prediction.completion, example.references, language).exact_match


def f1_mlqa(example: Example, prediction: Prediction, language: Language) -> float:
    """Token F1 after MLQA's normalisation for the language."""
    return mlqa_verdict(prediction.completion, example.references, language).f1


def contains(example: Example, prediction: Prediction, language: Language) -> float:
    """A normalised reference occurs in the normalised completion, as whole tokens."""
    answer = f" {mlqa_normalise(prediction.completion, language)} "
    references = [mlqa_normalise(reference, language) for reference in example.references]
    return float(any(reference and f" {reference} " in answer for reference in references))


def gold_bits_per_byte(example: Example, prediction: Prediction, language: Language) -> float:
    """Negative log2-likelihood of the best reference given the prompt, per UTF-8 byte of it."""
    pairs = zip(prediction.reference_bits, example.references, strict=True)
    return min(bits / max(len(reference.encode()), 1) for bits, reference in pairs)


# Latin letters and digits beside it make it part of a word; Chinese or Thai characters do not.
_LETTER = re.compile(r"(?<![0-9A-Za-zÀ-ɏ])([A-D])(?![0-9A-Za-zÀ-ɏ])")


def accuracy_generated(example: Example, prediction: Prediction, language: Language) -> float:
    """The first option letter that stands by itself in the completion is the gold letter."""
    found = _LETTER.search(prediction.completion)
    return float(found is not None and found.group(1) in example.references)


def accuracy_letters(example: Example, prediction: Prediction, language: Language) -> float:
    """The gold letter is the likeliest of the labels as the completion's beginning."""
    likeliest = min(range(len(example.labels)), key=prediction.label_bits.__getitem__)
    return float(example.labels[likeliest] in example.references)


METRICS: Mapping[str, Metric] = {
    metric.id: metric
    for metric in (
        Metric("exact_match", exact_match, "completion equal to a reference", None),
        Metric("exact_match_squad", exact_match_squad, "equal by SQuAD v1.1's rules", False),
        Metric("exact_match_mlqa", exact_match_mlqa, "equal by MLQA's rules", False),
        Metric("f1_squad", f1_squad, "token F1 by SQuAD v1.1's rules", False),
        Metric("f1_mlqa", f1_mlqa, "token F1 by MLQA's rules", False),
        Metric("contains", contains, "a reference occurs in the completion", False),
        Metric("accuracy_generated", accuracy_generated, "first option letter in the completion", True),
        Metric("accuracy_letters", accuracy_letters, "likeliest option letter", True),
        Metric("gold_bits_per_byte", gold_bits_per_byte, "bits a byte of the likeliest reference", None, False, "bits"),
    )
}
