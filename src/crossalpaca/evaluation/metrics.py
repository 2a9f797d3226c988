"""Metrics: each a function from an example and a prediction to a number, with one line in the registry.

Every metric that compares with references takes the best over them, and is 0 where an example has none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from crossalpaca.benchmarks.answers import canonical
from crossalpaca.errors import DataError
from crossalpaca.evaluation.extraction import extract
from crossalpaca.evaluation.normalisation import mlqa_normalise
from crossalpaca.evaluation.official import mlqa_verdict, squad_verdict
from crossalpaca.languages import Language
from crossalpaca.languages.off_target import off_target
from crossalpaca.records import Example, Prediction

Measure = Callable[[Example, Prediction, Language], float]


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric.

    Attributes:
        id: its name; strict and lenient measures have different ones.
        measure: item to number.
        describes: one line for people.
        applies: True for the examples that it is defined for.
        higher_is_better: bits, and answers in another language, are better when fewer.
        unit: "share" of 1, or "bits".
        likelihoods: it is made from bits, not from the completion.
    """

    id: str
    measure: Measure
    describes: str
    applies: Callable[[Example], bool]
    higher_is_better: bool = True
    unit: str = "share"
    likelihoods: bool = False


def exact_match(example: Example, prediction: Prediction, language: Language) -> float:
    """The completion is a reference, to the character, white space around it aside."""
    answer = prediction.completion.strip()
    return float(any(answer == reference.strip() for reference in example.references))


def exact_match_squad(example: Example, prediction: Prediction, language: Language) -> float:
    """Equal after SQuAD v1.1's normalisation."""
    return squad_verdict(prediction.completion, example.references).exact_match


def exact_match_mlqa(example: Example, prediction: Prediction, language: Language) -> float:
    """Equal after MLQA's normalisation for the language."""
    return mlqa_verdict(prediction.completion, example.references, language).exact_match


def first_line(example: Example, prediction: Prediction, language: Language) -> float:
    """The first line with text is equal after MLQA's normalisation: a strict miss that is only a longer answer."""
    lines = (line for line in prediction.completion.splitlines() if line.strip())
    return mlqa_verdict(next(lines, ""), example.references, language).exact_match


def f1_squad(example: Example, prediction: Prediction, language: Language) -> float:
    """Token F1 after SQuAD v1.1's normalisation."""
    return squad_verdict(prediction.completion, example.references).f1


def f1_mlqa(example: Example, prediction: Prediction, language: Language) -> float:
    """Token F1 after MLQA's normalisation for the language."""
    return mlqa_verdict(prediction.completion, example.references, language).f1


def contains(example: Example, prediction: Prediction, language: Language) -> float:
    """A normalised reference occurs in the normalised completion: as whole tokens, where the language parts words."""
    edge = "" if language.segmentation == "none" else " "
    answer = f" {mlqa_normalise(prediction.completion, language)} "
    references = [mlqa_normalise(reference, language) for reference in example.references]
    return float(any(reference and f"{edge}{reference}{edge}" in answer for reference in references))


def accuracy_generated(example: Example, prediction: Prediction, language: Language) -> float:
    """The answer that the completion gives (see `extraction`) is a reference, both in canonical form."""
    found = extract(prediction.completion, example.answer, language)
    gold = {canonical(reference, example.answer, language) for reference in example.references}
    return float(found is not None and found in gold)


def accuracy_labels(example: Example, prediction: Prediction, language: Language) -> float:
    """The label of the fewest bits is a reference; of equally likely labels, the first one counts."""
    return _right(example, _bits(example.labels, prediction.label_bits, "labels", example))


def accuracy_labels_normalised(example: Example, prediction: Prediction, language: Language) -> float:
    """The label of the fewest bits a UTF-8 byte is a reference; where all are of one length, as without division."""
    bits = _bits(example.labels, prediction.label_bits, "labels", example)
    return _right(example, _by_byte(bits, example.labels))


def accuracy_choices(example: Example, prediction: Prediction, language: Language) -> float:
    """The label of the choice whose text has the fewest bits is a reference; of equally likely ones, the first."""
    return _right(example, _bits(example.choices, prediction.choice_bits, "choices", example))


def accuracy_choices_normalised(example: Example, prediction: Prediction, language: Language) -> float:
    """The label of the choice whose text has the fewest bits a UTF-8 byte is a reference."""
    bits = _bits(example.choices, prediction.choice_bits, "choices", example)
    return _right(example, _by_byte(bits, example.choices))


def off_target_language(example: Example, prediction: Prediction, language: Language) -> float:
    """The completion is evidently in another language than the item (see `off_target`); too short to tell is 0."""
    return float(off_target(prediction.completion, language))


def gold_bits_per_byte(example: Example, prediction: Prediction, language: Language) -> float:
    """Negative log2-likelihood of the best reference given the prompt, per UTF-8 byte of it."""
    bits = _bits(example.references, prediction.reference_bits, "references", example)
    return min(_by_byte(bits, example.references))


def _bits(texts: Sequence[str], bits: Sequence[float], what: str, example: Example) -> Sequence[float]:
    """The bits, checked to be one number a text."""
    if len(bits) != len(texts):
        raise DataError(
            f"prediction {example.id}: likelihoods of {len(bits)} {what} for the {len(texts)} of the example; "
            "were they predicted for another version of it? Evaluate again"
        )
    return bits


def _by_byte(bits: Sequence[float], texts: Sequence[str]) -> list[float]:
    return [each / max(len(text.encode()), 1) for each, text in zip(bits, texts, strict=True)]


def _right(example: Example, bits: Sequence[float]) -> float:
    likeliest = min(range(len(bits)), key=bits.__getitem__)
    return float(example.labels[likeliest] in example.references)


def _always(example: Example) -> bool:
    return True


def _in_words(example: Example) -> bool:
    return example.answer in ("span", "text")


def _in_kind(example: Example) -> bool:
    return not _in_words(example)


def _labels(example: Example) -> bool:
    return bool(example.labels)


def _unequal_labels(example: Example) -> bool:
    return len({len(label.encode()) for label in example.labels}) > 1


def _choices(example: Example) -> bool:
    return bool(example.choices)


def _references(example: Example) -> bool:
    return bool(example.references)


METRICS: Mapping[str, Metric] = {
    metric.id: metric
    for metric in (
        Metric("exact_match", exact_match, "completion equal to a reference", _always),
        Metric("exact_match_squad", exact_match_squad, "equal by SQuAD v1.1's rules", _in_words),
        Metric("exact_match_mlqa", exact_match_mlqa, "equal by MLQA's rules", _in_words),
        Metric("first_line", first_line, "first line equal by MLQA's rules", _in_words),
        Metric("f1_squad", f1_squad, "token F1 by SQuAD v1.1's rules", _in_words),
        Metric("f1_mlqa", f1_mlqa, "token F1 by MLQA's rules", _in_words),
        Metric("contains", contains, "a reference occurs in the completion", _in_words),
        Metric("accuracy_generated", accuracy_generated, "answer found in the completion", _in_kind),
        Metric("accuracy_labels", accuracy_labels, "likeliest label", _labels, likelihoods=True),
        Metric(
            "accuracy_labels_normalised",
            accuracy_labels_normalised,
            "likeliest label by the byte",
            _unequal_labels,
            likelihoods=True,
        ),
        Metric("accuracy_choices", accuracy_choices, "likeliest choice text", _choices, likelihoods=True),
        Metric(
            "accuracy_choices_normalised",
            accuracy_choices_normalised,
            "likeliest choice by the byte",
            _choices,
            likelihoods=True,
        ),
        Metric("off_target_language", off_target_language, "in another language, at least", _in_words, False),
        Metric(
            "gold_bits_per_byte",
            gold_bits_per_byte,
            "bits a byte of the likeliest reference",
            _references,
            False,
            "bits",
            likelihoods=True,
        ),
    )
}
