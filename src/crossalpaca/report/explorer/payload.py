"""What the explorer shows, as one compact JSON value: each item once, and the answers of each model in columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from crossalpaca.errors import DataError
from crossalpaca.evaluation.answered import Answered
from crossalpaca.evaluation.metrics import METRICS, Metric
from crossalpaca.languages import Language, language
from crossalpaca.records import Example, Prediction

_CONTAINS, _ACCURACY, _F1 = METRICS["contains"], METRICS["accuracy_generated"], METRICS["f1_mlqa"]

Place = tuple[str, str]
"""A benchmark and a language."""
Key = tuple[str, str]
"""A task and an item's id: what tells items of one place apart."""
Columns = dict[str, list[Any]]
T = TypeVar("T", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Voice:
    """What one model, trained with one seed, answered on one benchmark in one language.

    Attributes:
        model: its name.
        seed: of its training; None for a model that was not trained.
        answered: the items and its answers with this seed; each further seed is a voice of its own.
    """

    model: str
    seed: int | None
    answered: Answered


@dataclass(frozen=True, slots=True)
class Payload:
    """Everything that the explorer shows.

    Attributes:
        content: plain lists, mappings, texts and numbers, as `explorer.js` reads them.
        items: how many items there are.
        answers: how many answers there are to them, of all models.
    """

    content: Mapping[str, Any]
    items: int
    answers: int


def payload(voices: Sequence[Voice], report: Mapping[str, Any]) -> Payload:
    """Items and answers of all models; the first pair that the report compares is the one shown first.

    An item that no model was asked, since its prompt fits no window, is not among them.

    Args:
        voices: of every model, seed, benchmark and language, in the order to be listed.
        report: as `collect` makes it; its experiment's `compare` is read.

    Raises:
        DataError: a model answered a benchmark twice, or two models were asked other texts under one id.
    """
    speakers = _Interned[tuple[str, int | None]]()
    places: dict[Place, list[tuple[int, Answered]]] = {}
    for voice in voices:
        examples = voice.answered.examples
        speaker = speakers.add((voice.model, voice.seed))
        places.setdefault((examples[0].benchmark, examples[0].language), []).append((speaker, voice.answered))
    groups = [_group(place, told) for place, told in places.items()]
    content = {
        "voices": _named(speakers.values),
        "pair": _first_pair(speakers.values, report["experiment"].get("compare", ())),
        "languages": {code: _described(language(code)) for _, code in places},
        "measures": [_ACCURACY.describes, _CONTAINS.describes],
        "groups": groups,
    }
    return Payload(
        content,
        items=sum(len(group["items"]["id"]) for group in groups),
        answers=sum(len(voice.answered.predictions) for voice in voices),
    )


class _Interned(Generic[T]):
    """Different values in the order of their first appearance, each known by its number."""

    def __init__(self, values: Iterable[T] = ()) -> None:
        self._numbers: dict[T, int] = {value: number for number, value in enumerate(values)}

    def add(self, value: T) -> int:
        return self._numbers.setdefault(value, len(self._numbers))

    @property
    def values(self) -> list[T]:
        return list(self._numbers)


def _named(speakers: Sequence[tuple[str, int | None]]) -> list[str]:
    """Names for people: the model's, with its seed where it has several."""
    runs = Counter(model for model, _ in speakers)
    return [model if runs[model] == 1 else f"{model}, seed {seed}" for model, seed in speakers]


def _first_pair(speakers: Sequence[tuple[str, int | None]], compare: Iterable[Sequence[str]]) -> list[int]:
    """Numbers of the two that are compared first, with the seed that both have where there is one."""
    for model, baseline in compare:
        pairs = [
            (own[1] != other[1], first, second)
            for first, own in enumerate(speakers)
            for second, other in enumerate(speakers)
            if own[0] == model and other[0] == baseline
        ]
        if pairs:
            return list(min(pairs)[1:])
    return [0, min(1, len(speakers) - 1)]


def _described(spoken: Language) -> dict[str, Any]:
    """What the page needs of a language to show its items."""
    return {
        "code": spoken.code,
        "name": spoken.name,
        "rtl": spoken.rtl,
        "question": spoken.labels["question"],
        "spaced": spoken.segmentation == "space",
    }


def _group(place: Place, told: Sequence[tuple[int, Answered]]) -> dict[str, Any]:
    """The items of one benchmark and language, with the answers of everyone who was asked."""
    twice = [number for number, count in Counter(number for number, _ in told).items() if count > 1]
    if twice:
        model = next(answered.model for number, answered in told if number in twice)
        raise DataError(f"{place[0]} ({place[1]}): model {model} is there twice; give each its seed")
    items = _items(place, [answered for _, answered in told])
    rows = {key: row for row, key in enumerate(items)}
    failing = frozenset[str]().union(*(answered.failing for _, answered in told))
    spoken = language(place[1])
    return {
        "benchmark": place[0],
        "language": place[1],
        **_asked(list(items.values()), failing),
        "answers": {str(number): _answers(answered, rows, spoken) for number, answered in told},
    }


def _items(place: Place, told: Iterable[Answered]) -> dict[Key, Example]:
    """The items that at least one was asked, each once."""
    items: dict[Key, Example] = {}
    for answered in told:
        for example in answered.examples:
            known = items.setdefault((example.task, example.id), example)
            if known is not example and replace(known, origin=example.origin) != example:
                raise DataError(
                    f"{place[0]} ({place[1]}): item {example.id} has other texts for {answered.model} than for others; "
                    "evaluate all models on the same files"
                )
    return items


def _asked(examples: Sequence[Example], failing: frozenset[str]) -> dict[str, Any]:
    """Columns of the items, and the lists of texts that their numbers stand for.

    A prompt's input is `before`, the passage and `after`; a passage that many questions share is there once.
    """
    tasks, clusters, texts = _Interned[str](), _Interned[str](), _Interned[str]([""])
    rows = []
    for example in examples:
        start, end = example.passage
        rows.append(
            {
                "id": example.id,
                "task": tasks.add(example.task),
                "cluster": clusters.add(example.cluster),
                "instruction": texts.add(example.instruction),
                "before": texts.add(example.input[:start]),
                "passage": texts.add(example.input[start:end]),
                "after": example.input[end:],
                "references": list(example.references),
                "failing": int(example.id in failing),
                "words": int(_CONTAINS.applies(example)),
            }
        )
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    return {"items": columns, "tasks": tasks.values, "clusters": clusters.values, "texts": texts.values}


def _answers(answered: Answered, rows: Mapping[Key, int], spoken: Language) -> Columns:
    """Columns of one model's answers, by the rows of the items; None where it gave none.

    `right` is by the benchmark's main measure, `f1` in hundredths and only for answers in words. `fit` is "skipped"
    where the prompt was too long to be asked.
    """
    names = ("completion", "ended", "fit", "tokens", "right", "f1")
    columns: Columns = {name: [None] * len(rows) for name in names}
    for (_, id), row in rows.items():
        if id in answered.skipped:
            columns["fit"][row] = "skipped"
    for example, prediction in zip(answered.examples, answered.predictions, strict=True):
        row = rows[example.task, example.id]
        for name, value in zip(names, _answer(example, prediction, spoken), strict=True):
            columns[name][row] = value
    return columns


def _answer(example: Example, prediction: Prediction, spoken: Language) -> tuple[Any, ...]:
    in_words = _CONTAINS.applies(example)
    main: Metric = _CONTAINS if in_words else _ACCURACY
    return (
        prediction.completion,
        int(prediction.ended),
        prediction.fit,
        prediction.completion_tokens,
        int(main.measure(example, prediction, spoken)),
        round(100 * _F1.measure(example, prediction, spoken)) if in_words else None,
    )
