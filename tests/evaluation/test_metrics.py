"""Metrics as tables: a completion, its references, and the score."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from crossalpaca.errors import DataError
from crossalpaca.evaluation.metrics import METRICS
from crossalpaca.languages import language
from crossalpaca.records import AnswerKind, Example, Prediction

LETTERS = ("A", "B", "C", "D")
OPTIONS = ("one", "two", "three", "four")
MakeExample = Callable[..., Example]
MakePrediction = Callable[..., Prediction]


@pytest.fixture
def score(make_example: MakeExample, make_prediction: MakePrediction) -> Callable[..., float]:
    def measured(
        metric: str, completion: str, references: tuple[str, ...], code: str = "en", answer: AnswerKind = "span"
    ) -> float:
        return METRICS[metric].measure(
            make_example(*references, answer=answer), make_prediction(completion), language(code)
        )

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
        (
            "contains",
            "th",
            "\u0e04\u0e33\u0e15\u0e2d\u0e1a\u0e04\u0e37\u0e2d\u0e01\u0e23\u0e38\u0e07\u0e40\u0e17\u0e1e",
            ("\u0e01\u0e23\u0e38\u0e07\u0e40\u0e17\u0e1e",),
            1.0,
        ),  # words run on
        # the first line with text
        ("first_line", "en", "Paris\n\nParis is the capital of France.", ("Paris",), 1.0),
        ("first_line", "en", "\n  \nThe Paris.\nIt is old.", ("Paris",), 1.0),
        ("first_line", "en", "Paris is the capital.", ("Paris",), 0.0),
        ("first_line", "en", "Rome\nParis", ("Paris",), 0.0),
        ("first_line", "en", "Rome\nParis", ("Milan", "Rome"), 1.0),
        ("first_line", "en", "", ("Paris",), 0.0),
        ("first_line", "en", "\n", ("Paris",), 0.0),
        ("first_line", "de", "Der Hund\u2028bellt", ("Hund",), 1.0),
    ],
)
def test_a_completion_scores_as_the_metric_says(
    score: Callable[..., float], metric: str, code: str, completion: str, references: tuple[str, ...], expected: float
) -> None:
    assert score(metric, completion, references, code) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("answer", "code", "completion", "references", "expected"),
    [
        ("letter", "en", "B", ("B",), 1.0),
        ("letter", "en", "(B) two", ("B",), 1.0),
        ("letter", "en", "The answer is (B).", ("(B)",), 1.0),
        ("letter", "it", "La risposta \u00e8 D", ("D",), 1.0),
        ("letter", "zh-Hans", "\u7b54\u6848\u662fB\u3002", ("B",), 1.0),
        ("letter", "en", "C", ("B",), 0.0),
        ("letter", "en", "two", ("B",), 0.0),
        ("letter", "en", "", ("A",), 0.0),
        ("truth", "de", "Wahr.", ("True",), 1.0),
        ("truth", "de", "True", ("WAHR",), 1.0),
        ("truth", "de", "Falsch", ("True",), 0.0),
        ("yes-no", "es", "No.", ("No",), 1.0),
        ("yes-no", "es", "S\u00ed", ("No",), 0.0),
        ("validity", "en", "invalid", ("valid",), 0.0),
        ("validity", "de", "Das Argument ist ung\u00fcltig.", ("invalid",), 1.0),
        ("number", "en", "2 + 2 = 4", ("4",), 1.0),
        ("number", "en", "1,234", ("1234",), 1.0),
        ("words", "en", "Apple, pear", ("apple pear",), 1.0),
        ("words", "en", "pear apple", ("apple pear",), 0.0),
        ("brackets", "en", ")]", (") ]",), 1.0),
        ("brackets", "en", "]", (") ]",), 0.0),
        ("number", "en", "I do not know", ("ten",), 0.0),  # neither is a number, and that is no agreement
    ],
)
def test_a_generated_answer_and_its_gold_meet_in_one_form(
    score: Callable[..., float],
    answer: AnswerKind,
    code: str,
    completion: str,
    references: tuple[str, ...],
    expected: float,
) -> None:
    assert score("accuracy_generated", completion, references, code, answer) == expected


@pytest.mark.parametrize(
    ("metric", "labels", "choices", "bits", "gold", "expected"),
    [
        ("accuracy_labels", LETTERS, (), (1.0, 2.0, 3.0, 4.0), "A", 1.0),
        ("accuracy_labels", LETTERS, (), (1.0, 2.0, 3.0, 4.0), "B", 0.0),
        ("accuracy_labels", LETTERS, (), (4.0, 3.0, 2.0, 1.0), "D", 1.0),
        ("accuracy_labels", LETTERS, (), (9.0, 9.0, 0.5, 9.0), "C", 1.0),
        ("accuracy_labels", LETTERS, (), (2.0, 2.0, 2.0, 2.0), "A", 1.0),  # the first of equals
        ("accuracy_labels", LETTERS, (), (2.0, 2.0, 2.0, 2.0), "D", 0.0),
        ("accuracy_labels", LETTERS, (), (1.0, 2.0, 3.0, 4.0), "E", 0.0),  # no option
        ("accuracy_labels", ("Wahr", "Falsch"), (), (5.0, 6.0), "Wahr", 1.0),
        ("accuracy_labels_normalised", ("Wahr", "Falsch"), (), (5.0, 6.0), "Falsch", 1.0),  # 5/4 and 6/6 bits a byte
        ("accuracy_labels_normalised", ("\u771f", "\u9519\u8bef"), (), (3.0, 4.0), "\u9519\u8bef", 1.0),  # 3/3, 4/6
        ("accuracy_labels_normalised", ("ja", "nein"), (), (2.0, 4.0), "ja", 1.0),  # equals
        ("accuracy_choices", LETTERS, OPTIONS, (9.0, 8.0, 10.0, 9.0), "B", 1.0),
        ("accuracy_choices", LETTERS, OPTIONS, (9.0, 8.0, 10.0, 9.0), "C", 0.0),
        ("accuracy_choices", LETTERS, OPTIONS, (8.0, 8.0, 8.0, 8.0), "A", 1.0),
        ("accuracy_choices_normalised", LETTERS, OPTIONS, (9.0, 8.0, 10.0, 9.0), "C", 1.0),  # 3, 8/3, 2, 9/4
        ("accuracy_choices_normalised", LETTERS, OPTIONS, (9.0, 8.0, 10.0, 9.0), "B", 0.0),
    ],
)
def test_the_likeliest_option_has_the_fewest_bits(
    make_example: MakeExample,
    make_prediction: MakePrediction,
    metric: str,
    labels: tuple[str, ...],
    choices: tuple[str, ...],
    bits: tuple[float, ...],
    gold: str,
    expected: float,
) -> None:
    example = make_example(gold, answer="letter", labels=labels, choices=choices)
    prediction = make_prediction("whatever", label_bits=bits, choice_bits=bits)
    assert METRICS[metric].measure(example, prediction, language("en")) == expected


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


@pytest.mark.parametrize(
    ("metric", "what", "expected"),
    [
        ("gold_bits_per_byte", "references", 1),
        ("accuracy_labels", "labels", 4),
        ("accuracy_labels_normalised", "labels", 4),
        ("accuracy_choices", "choices", 4),
        ("accuracy_choices_normalised", "choices", 4),
    ],
)
def test_bits_for_another_number_of_texts_are_refused_in_one_line(
    make_example: MakeExample, make_prediction: MakePrediction, metric: str, what: str, expected: int
) -> None:
    example, bits = make_example("B", choices=OPTIONS), (1.0,) * 5
    prediction = make_prediction("", bits=bits, label_bits=bits, choice_bits=bits)
    complaint = rf"^prediction e1: likelihoods of 5 {what} for the {expected} of the example;.*Evaluate again$"
    with pytest.raises(DataError, match=complaint):
        METRICS[metric].measure(example, prediction, language("en"))


IN_WORDS = {
    "exact_match_squad",
    "exact_match_mlqa",
    "first_line",
    "f1_squad",
    "f1_mlqa",
    "contains",
    "off_target_language",
}
ALWAYS = {"exact_match", "gold_bits_per_byte"}
LABELS = {"accuracy_generated", "accuracy_labels"}
CHOICES = {"accuracy_choices", "accuracy_choices_normalised"}


@pytest.mark.parametrize(
    ("answer", "labels", "choices", "applying"),
    [
        ("span", (), (), ALWAYS | IN_WORDS),
        ("text", (), (), ALWAYS | IN_WORDS),
        ("letter", LETTERS, OPTIONS, ALWAYS | LABELS | CHOICES),
        ("letter", (), (), ALWAYS | {"accuracy_generated"}),
        ("letter", ("(A)", "(B)"), (), ALWAYS | LABELS),
        ("truth", ("Wahr", "Falsch"), (), ALWAYS | LABELS | {"accuracy_labels_normalised"}),
        ("yes-no", ("\u05db\u05df", "\u05dc\u05d0"), (), ALWAYS | LABELS),  # four bytes each
        ("validity", ("valid", "invalid"), (), ALWAYS | LABELS | {"accuracy_labels_normalised"}),
        ("number", (), (), ALWAYS | {"accuracy_generated"}),
        ("words", (), (), ALWAYS | {"accuracy_generated"}),
        ("brackets", (), (), ALWAYS | {"accuracy_generated"}),
    ],
)
def test_a_metric_applies_to_the_kind_of_example_it_is_for(
    make_example: MakeExample,
    answer: AnswerKind,
    labels: tuple[str, ...],
    choices: tuple[str, ...],
    applying: set[str],
) -> None:
    example = make_example("gold", answer=answer, labels=labels, choices=choices)
    assert {name for name, metric in METRICS.items() if metric.applies(example)} == applying
    without = make_example(answer=answer, labels=labels, choices=choices)
    assert {name for name, metric in METRICS.items() if metric.applies(without)} == applying - {"gold_bits_per_byte"}


@pytest.mark.parametrize(("answer", "labels", "choices"), [("span", (), ()), ("letter", ("(A)", "B"), ("x", "yy"))])
def test_without_references_nothing_is_right(
    make_example: MakeExample,
    make_prediction: MakePrediction,
    answer: AnswerKind,
    labels: tuple[str, ...],
    choices: tuple[str, ...],
) -> None:
    example = make_example(answer=answer, labels=labels, choices=choices)
    for completion in ("", "A", "an answer"):
        prediction = make_prediction(completion, label_bits=(1.0, 2.0)[: len(labels)], choice_bits=(1.0, 2.0))
        for metric in METRICS.values():
            if metric.applies(example):
                assert metric.measure(example, prediction, language("en")) == 0.0


@pytest.mark.parametrize(("completion", "expected"), [("Die Antwort steht im ersten Satz.", 0.0), ("Rom", 0.0)])
def test_an_answer_in_the_language_is_on_target(score: Callable[..., float], completion: str, expected: float) -> None:
    assert score("off_target_language", completion, ("Rom",), "de") == expected
    assert score("off_target_language", "The answer is in the first sentence.", ("Rom",), "de") == 1.0


def test_bits_and_off_target_answers_are_better_when_fewer() -> None:
    fewer = {name for name, metric in METRICS.items() if not metric.higher_is_better}
    assert fewer == {"gold_bits_per_byte", "off_target_language"}
    assert {name for name, metric in METRICS.items() if metric.unit == "bits"} == {"gold_bits_per_byte"}


def test_a_metric_is_registered_under_its_own_name() -> None:
    assert all(name == metric.id and metric.describes for name, metric in METRICS.items())


def test_the_ladder_goes_from_strict_to_lenient(score: Callable[..., float]) -> None:
    ladder = ("exact_match", "exact_match_mlqa", "first_line", "contains")
    answers = ("Paris", "paris.", "Paris\nThe capital of France.", "It is Paris.")
    table = [[score(metric, answer, ("Paris",)) for metric in ladder] for answer in answers]
    assert table == [[1, 1, 1, 1], [0, 1, 1, 1], [0, 0, 1, 1], [0, 0, 0, 1]]
