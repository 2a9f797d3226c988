"""Examples with one model's predictions for them: what scores and comparisons are made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from crossalpaca.errors import DataError
from crossalpaca.evaluation.metrics import METRICS, Metric
from crossalpaca.languages import language
from crossalpaca.records import Example, Prediction, read_jsonl

PREDICTIONS = "predictions.jsonl"
EXAMPLES = "examples.jsonl"


@dataclass(frozen=True, slots=True)
class Answered:
    """Examples of one benchmark and language, and a model's predictions for them in the same order.

    Raises:
        DataError: they are not for the same items.
    """

    model: str
    examples: Sequence[Example]
    predictions: Sequence[Prediction]
    template: str
    decoding: str

    def __post_init__(self) -> None:
        for example, prediction in zip(self.examples, self.predictions, strict=False):
            if example.id != prediction.example:
                raise DataError(f"model {self.model}: prediction {prediction.example} is not for example {example.id}")
        if not self.examples:
            raise DataError(f"model {self.model}: no examples")
        if len(self.examples) != len(self.predictions):
            raise DataError(
                f"model {self.model}: {len(self.predictions)} predictions for {len(self.examples)} examples"
            )

    def values(self, metric: Metric) -> list[float]:
        """The metric of each item, in order."""
        spoken = language(self.examples[0].language)
        pairs = zip(self.examples, self.predictions, strict=True)
        return [metric.measure(example, prediction, spoken) for example, prediction in pairs]

    @property
    def clusters(self) -> list[str]:
        """The cluster of each item, in order."""
        return [example.cluster for example in self.examples]

    @property
    def metrics(self) -> list[Metric]:
        """The metrics that are defined for these items."""
        return [metric for metric in METRICS.values() if metric.applies(self.examples[0])]

    @property
    def task(self) -> str:
        """The one task of all examples, or the empty string where there are several."""
        tasks = {example.task for example in self.examples}
        return tasks.pop() if len(tasks) == 1 else ""

    def by_task(self) -> list[Answered]:
        """The whole, and where there are several tasks, each task by itself."""
        parts = [self]
        tasks = sorted({example.task for example in self.examples})
        for task in tasks if len(tasks) > 1 else []:
            rows = [i for i, example in enumerate(self.examples) if example.task == task]
            examples = [self.examples[i] for i in rows]
            predictions = [self.predictions[i] for i in rows]
            parts.append(Answered(self.model, examples, predictions, self.template, self.decoding))
        return parts


def read_answered(folder: Path, model: str, template: str, decoding: str) -> Answered:
    """The examples and predictions that an evaluation wrote to its folder.

    Raises:
        DataError: a file is cut off, or they do not belong together.
    """
    for name in (EXAMPLES, PREDICTIONS):
        if not (folder / name).is_file():
            raise DataError(f"{folder / name}: is not there; name the folder of an evaluation")
    examples = list(read_jsonl(folder / EXAMPLES, Example))
    predictions = list(read_jsonl(folder / PREDICTIONS, Prediction))
    return Answered(model, examples, predictions, template, decoding)
