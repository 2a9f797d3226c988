"""Examples with one model's predictions for them: what scores and comparisons are made from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from crossalpaca.artefacts import require_written
from crossalpaca.errors import DataError
from crossalpaca.evaluation.metrics import Metric
from crossalpaca.languages import language
from crossalpaca.records import Example, Fit, Prediction, read_jsonl

PREDICTIONS = "predictions.jsonl"
EXAMPLES = "examples.jsonl"


@dataclass(frozen=True, slots=True)
class Answered:
    """Examples of one benchmark and language, and a model's predictions for them in the same order.

    Attributes:
        model: its name.
        examples, predictions: one of each an item.
        template, decoding: how it was asked, for signatures.
        golds: "own", or "by-row" where they were taken from the English originals.
        failing: ids of items that the audit of their benchmark found an error in.
        skipped: ids of items whose prompt was too long to be asked; they are not among the examples.
        kept_out: tasks that are in no average, since their translation is another task.
        repeats: predictions of the model's further seeds, each in the order of the examples.

    Raises:
        DataError: they are not for the same items.
    """

    model: str
    examples: Sequence[Example]
    predictions: Sequence[Prediction]
    template: str
    decoding: str
    golds: str = "own"
    failing: frozenset[str] = frozenset()
    skipped: frozenset[str] = frozenset()
    kept_out: frozenset[str] = frozenset()
    repeats: tuple[Sequence[Prediction], ...] = ()

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

    @property
    def runs(self) -> tuple[Sequence[Prediction], ...]:
        """The predictions of every seed, the first one's first."""
        return (self.predictions, *self.repeats)

    def values(self, metric: Metric) -> list[list[float]]:
        """The metric of each item, in order: a list for each seed."""
        spoken = language(self.examples[0].language)
        return [
            [metric.measure(example, each, spoken) for example, each in zip(self.examples, run, strict=True)]
            for run in self.runs
        ]

    @property
    def clusters(self) -> list[str]:
        """The cluster of each item, in order."""
        return [example.cluster for example in self.examples]

    def where(self, keep: Callable[[Example], bool]) -> Answered | None:
        """The items whose example is kept, in order; None where there is none."""
        rows = [row for row, example in enumerate(self.examples) if keep(example)]
        if len(rows) == len(self.examples):
            return self
        examples = [self.examples[row] for row in rows]
        first, *repeats = ([run[row] for row in rows] for run in self.runs)
        return replace(self, examples=examples, predictions=first, repeats=tuple(repeats)) if rows else None

    def sound(self) -> Answered | None:
        """The items in which the audit found no error; None where there is none."""
        return self.where(lambda example: example.id not in self.failing)

    @property
    def likelihoods(self) -> bool:
        """Bits were asked for; a server gives none."""
        return all(any(each.reference_bits or each.label_bits or each.choice_bits for each in run) for run in self.runs)

    def fits(self, fit: Fit) -> int:
        """How many of the prompts that were asked went into the window in this way."""
        return sum(prediction.fit == fit for prediction in self.predictions)

    def by_task(self) -> dict[str, Answered]:
        """The whole without the tasks that are kept out, and where there are several tasks, each by itself.

        The whole comes first and is called "", but by the name of its task where the benchmark has a single one; it is
        missing where all tasks are kept out.
        """
        tasks = sorted({example.task for example in self.examples})
        several = len(tasks) > 1
        parts = {"" if several else tasks[0]: self.where(lambda example: example.task not in self.kept_out)}
        for task in filter(None, tasks if several else ()):  # items of no task are in the whole alone
            parts[task] = self.where(lambda example, task=task: example.task == task)  # type: ignore[misc]
        return {task: part for task, part in parts.items() if part is not None}


def repeated(runs: Sequence[Answered]) -> Answered:
    """What a model answered at several seeds, as one; what was skipped at any of them is left out.

    Raises:
        DataError: they are not for the same items, or every item was skipped at one of them.
    """
    skipped = frozenset().union(*(run.skipped for run in runs))
    asked = [kept for run in runs if (kept := run.where(lambda example: example.id not in skipped)) is not None]
    if not asked:
        raise DataError(
            f"model {runs[0].model}: no item was asked at all its seeds; take a backbone of a longer window"
        )
    first, *others = asked
    items = [example.id for example in first.examples]
    if len(asked) < len(runs) or any([example.id for example in other.examples] != items for other in others):
        raise DataError(f"model {first.model}: its seeds did not answer the same items; evaluate all on one draw")
    return replace(first, skipped=skipped, repeats=tuple(other.predictions for other in others))


def read_answered(
    folder: Path,
    model: str,
    template: str,
    decoding: str,
    golds: str = "own",
    failing: frozenset[str] = frozenset(),
) -> Answered:
    """The examples and predictions that an evaluation wrote to its folder; see `Answered` for the other arguments.

    Raises:
        DataError: a file is cut off, or they do not belong together.
        StoreError: a file is not what the evaluation wrote.
    """
    for name in (EXAMPLES, PREDICTIONS):
        if not (folder / name).is_file():
            raise DataError(f"{folder / name}: is not there; name the folder of an evaluation")
    require_written(folder, EXAMPLES, PREDICTIONS)
    examples = list(read_jsonl(folder / EXAMPLES, Example))
    predictions = list(read_jsonl(folder / PREDICTIONS, Prediction))
    whole = Answered(model, examples, predictions, template, decoding, golds, failing)
    skipped = frozenset(prediction.example for prediction in predictions if prediction.fit == "skipped")
    asked = whole.where(lambda example: example.id not in skipped)
    if asked is None:
        raise DataError(f"{folder}: every prompt was skipped; evaluate with a backbone of a longer window")
    return replace(asked, skipped=skipped)
