"""Sets of several languages put together: every demonstration once, under its own id, in an order of no matter."""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossalpaca.demonstrations.build import DEMONSTRATIONS, REPORT
from crossalpaca.demonstrations.union import unite
from crossalpaca.errors import DataError
from crossalpaca.records import Demonstration, Direction, Kind, StepRun, read_jsonl, write_jsonl
from crossalpaca.training.encoding import Encoded
from crossalpaca.training.recipe import Recipe
from crossalpaca.training.schedule import schedule

Sets = Mapping[str, Sequence[Demonstration]]
DIRECTIONS: tuple[Direction | None, ...] = (None, "en-x", "x-en")


def demonstration(code: str, number: int, direction: Direction | None) -> Demonstration:
    """Ids are those of the row, which sets translated from one source share."""
    kind: Kind = "translation" if direction else "instruction"
    return Demonstration(f"set:{number}", kind, f"Do {number}.", "", f"{code} {number}", code, direction, "set")


def united(
    sets: Sets, folder: Path, order: Sequence[str] = (), seed: int = 3
) -> tuple[list[Demonstration], dict[str, Any]]:
    """What the step leaves of sets by language."""
    inputs = {}
    for code, each in sets.items():
        inputs[code] = folder / f"in-{code}"
        inputs[code].mkdir(exist_ok=True)
        write_jsonl(inputs[code] / DEMONSTRATIONS, each)
        (inputs[code] / REPORT).write_text(json.dumps({"language": code, "of": len(each)}), encoding="utf-8")
    output = folder / f"out-{'-'.join(order)}"
    output.mkdir()
    arguments = {"languages": list(order or sets), "seed": seed}
    unite(StepRun(arguments, inputs, output, folder, lambda *told, **shown: None, logging.getLogger("test")))
    report: dict[str, Any] = json.loads((output / REPORT).read_text(encoding="utf-8"))
    return list(read_jsonl(output / DEMONSTRATIONS, Demonstration)), report


SETS = st.dictionaries(
    st.sampled_from(["de", "es", "zh-Hans"]),
    st.lists(st.tuples(st.integers(0, 30), st.sampled_from(DIRECTIONS)), max_size=8, unique_by=lambda each: each[0]),
    min_size=1,
    max_size=3,
).map(lambda drawn: {code: [demonstration(code, *each) for each in found] for code, found in drawn.items()})


@settings(max_examples=40)
@given(sets=SETS)
def test_every_demonstration_is_kept_once_under_an_id_of_its_own(sets: Sets) -> None:
    with TemporaryDirectory() as folder:
        made, report = united(sets, Path(folder))
    assert len({each.id for each in made}) == len(made)
    expected = [replace(each, id=f"{code}/{each.id}") for code, found in sets.items() for each in found]
    assert made == expected
    assert list(report["languages"]) == list(sets)


@settings(max_examples=40)
@given(sets=SETS)
def test_counts_are_the_sums_of_the_languages(sets: Sets) -> None:
    with TemporaryDirectory() as folder:
        _, report = united(sets, Path(folder))
    counted = Counter(each.direction for found in sets.values() for each in found)
    assert report["mixture"] == {
        "demonstrations": counted.total(),
        "instructions": counted[None],
        "translations": {each: counted[each] for each in ("en-x", "x-en") if counted[each]},
    }
    assert sum(each["of"] for each in report["languages"].values()) == counted.total()


SMALL = {code: [demonstration(code, n, DIRECTIONS[n % 3]) for n in range(20)] for code in ("de", "es", "zh-Hans")}


def test_the_order_of_languages_is_that_of_the_file_and_of_no_matter_to_training(tmp_path: Path) -> None:
    one, _ = united(SMALL, tmp_path, ("de", "es", "zh-Hans"))
    other, _ = united(SMALL, tmp_path, ("zh-Hans", "de", "es"))
    assert [each.language for each in one[::20]] == ["de", "es", "zh-Hans"]
    assert [each.language for each in other[::20]] == ["zh-Hans", "de", "es"]
    assert sorted(one, key=lambda each: each.id) == sorted(other, key=lambda each: each.id)
    assert order(one) == order(other)


def order(demonstrations: Sequence[Demonstration]) -> list[str]:
    """The ids in the order in which a training meets them, in two passes."""
    encoded = [Encoded(each.id, (1, 2, 3), 1) for each in demonstrations]
    dealt = schedule(encoded, Recipe(batch=7, epochs=2), seed=5)
    return [encoded[index].id for step in dealt for index in step]


def test_a_set_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    united(SMALL, tmp_path)
    file = tmp_path / "in-es" / DEMONSTRATIONS
    file.write_bytes(file.read_bytes()[:-20])
    run = StepRun(
        {"languages": ["es"], "seed": 3},
        {"es": tmp_path / "in-es"},
        tmp_path,
        tmp_path,
        lambda *told, **shown: None,
        logging.getLogger("test"),
    )
    with pytest.raises(DataError, match=r"in-es"):
        unite(run)
