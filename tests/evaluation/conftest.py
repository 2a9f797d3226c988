"""Examples and predictions to measure."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from crossalpaca.records import AnswerKind, Example, Prediction

MakeExample = Callable[..., Example]
MakePrediction = Callable[..., Prediction]


@pytest.fixture(scope="session")
def make_example() -> MakeExample:
    """An example from its references and whatever else matters."""

    def make(
        *references: str,
        id: str = "e1",
        task: str = "",
        cluster: str = "c1",
        language: str = "en",
        answer: AnswerKind | None = None,
        labels: tuple[str, ...] = (),
        choices: tuple[str, ...] = (),
    ) -> Example:
        kind = answer or ("letter" if choices else "span")
        labels = labels or tuple("ABCD"[: len(choices)])
        return Example(
            id, "bench", task, cluster, language, "Answer.", "Question", kind, labels, choices, references, "file"
        )

    return make


@pytest.fixture(scope="session")
def make_prediction() -> MakePrediction:
    """A prediction from its completion and bits."""

    def make(
        completion: str,
        *,
        id: str = "e1",
        model: str = "model",
        bits: tuple[float, ...] = (),
        label_bits: tuple[float, ...] = (),
        choice_bits: tuple[float, ...] = (),
    ) -> Prediction:
        return Prediction(id, model, completion, True, bits, label_bits, choice_bits, 10, 3)

    return make
