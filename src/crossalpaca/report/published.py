"""The numbers that the paper prints, as data: each with its place, its precision and what it is made from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

from crossalpaca.languages import language

Kind = Literal["Alpaca", "CrossAlpaca"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """One printed number.

    Attributes:
        place: where it stands: a table, or the text.
        what: the row, or the difference in words.
        benchmark: id, as in this project.
        printed: the text on the page.
        value: the share that it stands for.
        step: the unit of its last printed digit.
        kind, language: of the model, where it is one model's score; the language of the benchmark, as in this project.
        average: keys of the quantities that it is the mean of.
        difference: keys of the two quantities that it is the difference of, first less second.
        same: key of a quantity that must have this very value, or the empty string.
    """

    place: str
    what: str
    benchmark: str
    printed: str
    value: float
    step: float
    kind: Kind | None = None
    language: str = ""
    average: tuple[str, ...] = ()
    difference: tuple[str, ...] = ()
    same: str = ""

    @property
    def key(self) -> str:
        """Its name within the paper, such as `Table 3/en-Alpaca/xquad`."""
        return f"{self.place}/{self.what}/{self.benchmark}"


@dataclass(frozen=True, slots=True)
class FineTuned:
    """What a model reaches that was fine-tuned for a benchmark."""

    benchmark: str
    language: str
    model: str
    value: float


@dataclass(frozen=True, slots=True)
class Published:
    """All that is known of the paper's numbers.

    Attributes:
        paper: its name.
        quantities: key to printed number, in the order of the file.
        guessing: benchmark to what guessing reaches.
        fine_tuned: what fine-tuned models reach.
    """

    paper: str
    quantities: Mapping[str, Quantity]
    guessing: Mapping[str, float]
    fine_tuned: tuple[FineTuned, ...]


@cache
def published() -> Published:
    """The paper's numbers, as `published.yaml` has them."""
    # Imported late: tables of a report without the paper beside it do not need it.
    import yaml

    raw = yaml.safe_load(resources.files("crossalpaca.report").joinpath("published.yaml").read_text(encoding="utf-8"))
    cells = [quantity for table in raw["tables"] for quantity in _cells(table)]
    statements = [_statement(each) for each in raw["statements"]]
    return Published(
        paper=raw["paper"],
        quantities={quantity.key: quantity for quantity in cells + statements},
        guessing=raw["guessing"],
        fine_tuned=tuple(FineTuned(**each) for each in raw["fine_tuned"]),
    )


@cache
def values() -> Mapping[tuple[Kind, str, str], float]:
    """The score of each kind of model in a language, by (kind, language, benchmark), as Table 3 prints it.

    The paper's zh is zh-Hans here. Its Chinese instructions are in traditional characters, but its Chinese scores are
    on XQuAD's and MLQA's zh, which is simplified, and a score belongs to the language of its benchmark.
    """
    scores = (quantity for quantity in published().quantities.values() if quantity.kind and quantity.language)
    return {(each.kind, each.language, each.benchmark): each.value for each in scores if each.kind}


def _cells(table: Mapping[str, Any]) -> Iterator[Quantity]:
    place, benchmarks = table["place"], table["benchmarks"]
    for row in table["rows"]:
        for benchmark, text in zip(benchmarks, row["values"], strict=True):
            yield Quantity(
                place=place,
                what=row["row"],
                benchmark=benchmark,
                printed=text,
                value=float(text),
                step=_step(text),
                kind=row["kind"],
                language=language(row["language"]).code if "language" in row else "",
                average=_keys(place, row.get("average", ()), benchmark),
            )


def _statement(raw: Mapping[str, Any]) -> Quantity:
    return Quantity(
        place=raw["place"],
        what=raw["what"],
        benchmark=raw["benchmark"],
        printed=raw.get("printed", raw["value"]),
        value=float(raw["value"]),
        step=_step(raw["value"]),
        difference=_keys("Table 3", raw.get("difference", ()), raw["benchmark"]),
        same=raw.get("same", ""),
    )


def _keys(place: str, rows: Sequence[str], benchmark: str) -> tuple[str, ...]:
    return tuple(f"{place}/{row}/{benchmark}" for row in rows)


def _step(text: str) -> float:
    """The unit of a number's last digit: 0.01 for "0.30"."""
    return float(10.0 ** -len(text.partition(".")[2]))
