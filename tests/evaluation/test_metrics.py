"""Metrics as tables: a completion, its references, and the score."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from crossalpaca.evaluation.metrics import METRICS
from crossalpaca.languages import language
from crossalpaca.records import Example, Prediction

OPTIONS = ("one", "two", "three", "four")
MakeExample = Callable[..., Example]
MakePrediction = Callable[..., Prediction]


@pytest.fixture
def score(make_example: MakeExample, make_prediction: MakePrediction) -> Callable[..., float]:
    def measured(metric: str, completion: str, references: tuple[str, ...], code: str = "en") -> float:
        example = make_example(*references, choices=OPTIONS if METRICS[metric].choices else ())
        return METRICS[metric].measure(example, make_prediction(completion), language(code))

    return measured


@pytest.mark.parametrize(
    ("metric", "code", "completion", "references", "expected"),
    [
        # the strict measure: to the character, white space around aside
        ("exact_match", "en", "Paris", ("Paris",), 1.0),
        ("exact_match", "en", " Paris\n", ("Paris",), 1.0),
        ("exact_match", "en", "paris", ("Paris",), 0.0),
        ("exact_match", "en", "Paris.", ("Paris",), 0.0),
        ("exact_match", "en", "Paris", ("Rome", "Paris"), 1.0),
        ("exact_match", "en", "", ("Paris",), 0.0),
        # SQuAD v1.1
        ("exact_match_squad", "en", "The Paris.", ("paris",), 1.0),
        ("exact_match_squad", "en", "Paris, France", ("Paris",), 0.0),
        ("exact_match_squad", "de", "der Hund", ("Hund",), 0.0),
        ("exact_match_squad", "en", "Otto", ("Anna", "the Otto!"), 1.0),
        ("f1_squad", "en", "Paris, France", ("Paris",), 2 / 3),
        ("f1_squad", "en", "in the old city of Paris", ("the city", "Paris"), 1 / 3),
        ("f1_squad", "en", "Rome", ("Paris",), 0.0),
        # MLQA
        ("exact_match_mlqa", "de", "Der \u00bbHund\u00ab", ("hund",), 1.0),
        ("exact_match_mlqa", "en", "der Hund", ("Hund",), 0.0),
        ("exact_match_mlqa", "zh-Hans", "\u300a\u548c\u5e73\u300b", ("\u548c\u5e73",), 1.0),
        ("f1_mlqa", "zh-Hans", "\u548c\u5e73\u9e3d", ("\u548c\u5e73",), 0.8),
        ("f1_squad", "zh-Hans", "\u548c\u5e73\u9e3d", ("\u548c\u5e73",), 0.0),
        ("f1_mlqa", "es", "la casa blanca", ("una casa",), 2 / 3),
        # a reference occurs, as whole tokens
        ("contains", "en", "I think it is Paris, in France.", ("Paris",), 1.0),
        ("contains", "en", "Parisian", ("Paris",), 0.0),
        ("contains", "en", "the answer is 12", ("1", "2"), 0.0),
        ("contains", "en", "New York City", ("York City", "Rome"), 1.0),
        ("contains", "en", "Paris", ("Paris, France",), 0.0),
        ("contains", "zh-Hans", "\u6211\u7231\u548c\u5e73\u3002", ("\u548c\u5e73",), 1.0),
        ("contains", "en", "anything", ("the",), 0.0),  # nothing is left of the reference
        # the first option letter that stands by itself
        ("accuracy_generated", "en", "B", ("B",), 1.0),
        ("accuracy_generated", "en", "B. two", ("B",), 1.0),
        ("accuracy_generated", "en", "(B)", ("B",), 1.0),
        ("accuracy_generated", "en", "The answer is B.", ("B",), 1.0),
        ("accuracy_generated", "en", "B, not C", ("C",), 0.0),
        ("accuracy_generated", "en", "Because of C", ("C",), 1.0),
        ("accuracy_generated", "en", "b", ("B",), 0.0),
        ("accuracy_generated", "en", "ABC", ("A",), 0.0),
        ("accuracy_generated", "en", "E", ("A",), 0.0),
        ("accuracy_generated", "en", "two", ("B",), 0.0),
        ("accuracy_generated", "en", "", ("A",), 0.0),
        ("accuracy_generated", "it", "La risposta \u00e8 D", ("D",), 1.0),
        ("accuracy_generated", "zh-Hans", "\u7b54\u6848\u662f B", ("B",), 1.0),
        ("accuracy_generated", "zh-Hans", "\u7b54\u6848\u662fB\u3002", ("B",), 1.0),
        ("accuracy_generated", "zh-Hans", "\u9009B\u9879", ("B",), 1.0),
        ("accuracy_generated", "th", "\u0e04\u0e33\u0e15\u0e2d\u0e1a\u0e04\u0e37\u0e2dB", ("B",), 1.0),
    ],
)
def test_a_completion_scores_as_the_metric_says(
    score: Callable[..., float], metric: str, code: str, completion: str, references: tuple[str, ...], expected: float
) -> None:
    assert score(metric, completion, references, code) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("bits", "gold", "expected"),
    [
        ((1.0, 2.0, 3.0, 4.0), "A", 1.0),
        ((1.0, 2.0, 3.0, 4.0), "B", 0.0),
        ((4.0, 3.0, 2.0, 1.0), "D", 1.0),
        ((9.0, 9.0, 0.5, 9.0), "C", 1.0),
        ((2.0, 2.0, 2.0, 2.0), "A", 1.0),
        ((2.0, 2.0, 2.0, 2.0), "D", 0.0),
    ],
)
def test_the_likeliest_letter_has_the_fewest_bits(
    make_example: MakeExample, make_prediction: MakePrediction, bits: tuple[float, ...], gold: str, expected: float
) -> None:
    example = make_example(gold, choices=OPTIONS)
    prediction = make_prediction("whatever", label_bits=bits)
    assert METRICS["accuracy_letters"].measure(example, prediction, language("en")) == expected


@pytest.mark.parametrize(
    ("references", "bits", "expected"),
    [
        (("abcd",), (8.0,), 2.0),
        (("abcd", "ab"), (8.0, 2.0), 1.0),
        (("abcd", "ab"), (2.0, 8.0), 0.5),
        (("\u548c\u5e73",), (12.0,), 2.0),  # six bytes
        (("",), (3.0,), 3.0),
    ],
)
def test_bits_are_counted_by_byte_of_the_likeliest_reference(
    make_example: MakeExample,
    make_prediction: MakePrediction,
    references: tuple[str, ...],
    bits: tuple[float, ...],
    expected: float,
) -> None:
    found = METRICS["gold_bits_per_byte"].measure(
        make_example(*references), make_prediction("", bits=bits), language("en")
    )
    assert found == expected


def test_bits_for_another_number_of_references_are_refused(
    make_example: MakeExample, make_prediction: MakePrediction
) -> None:
    with pytest.raises(ValueError, match="zip"):
        METRICS["gold_bits_per_byte"].measure(make_example("a", "b"), make_prediction("", bits=(1.0,)), language("en"))


@pytest.mark.parametrize("choices", [OPTIONS, ()])
def test_a_metric_applies_to_the_kind_of_example_it_is_for(make_example: MakeExample, choices: tuple[str, ...]) -> None:
    example = make_example("A", choices=choices)
    applying = {name for name, metric in METRICS.items() if metric.applies(example)}
    letters = {"accuracy_generated", "accuracy_letters"}
    both = {"exact_match", "gold_bits_per_byte"}
    assert applying == (both | letters if choices else set(METRICS) - letters)


def test_only_bits_are_better_when_fewer() -> None:
    assert {name for name, metric in METRICS.items() if not metric.higher_is_better} == {"gold_bits_per_byte"}
    assert {name for name, metric in METRICS.items() if metric.unit == "bits"} == {"gold_bits_per_byte"}


def test_a_metric_is_registered_under_its_own_name() -> None:
    assert all(name == metric.id and metric.describes for name, metric in METRICS.items())
