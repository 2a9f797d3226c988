"""lm-evaluation-harness itself reads exported tasks as they are meant, and scores answers as we do; without a model."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from crossalpaca.evaluation.metrics import exact_match
from crossalpaca.interoperability import lm_eval
from crossalpaca.languages import language
from crossalpaca.prompts import ALPACA
from crossalpaca.records import Example, Prediction

PYTHON = Path(__file__).parents[2] / ".venv-lm-eval/bin/python"
ANSWERS = ("Rom", " Rom\n", "rom", "Rom.", "in Rom", "", " ", "B", "2020-01-01", "\u00a0Rom\u2003", "7")


def example(id: str, *references: str, labels: str = "", choices: tuple[str, ...] = (), text: str = "?") -> Example:
    return Example(id, "mine", "", id, "it", "Answer.", text, "text", tuple(labels), choices, references, "file")


EXAMPLES = (
    # First what the harness might take for the form of all: it looks closely at the first item alone.
    example("nothing accepted", labels="AB", choices=("Rom", "Bonn")),
    example("one", "Rom"),
    example("two", "Bonn", " in Rom "),
    example("a blank line", "Rom", text="one\n\ntwo \n"),
    example("brackets", "[1, 2]", "Rom", text="{{prompt}} {% if %} [1]"),
    example("dates", "2020-01-01", text="2020-01-01"),
    example("digits", "7", labels="78", choices=("1", "2"), text="7"),
    example("letters", "B", labels="ABC", choices=(" Rom", "Bonn ", "\u548c\u2028\x85")),
    example("gold among none", "D", labels="ABC", choices=("Rom", "Bonn", "Wien")),
    example("empty choice", "B", labels="AB", choices=("", "Rom")),
)

Items = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Items:
    """What the harness makes of the tasks, after they were moved and from another folder."""
    if not PYTHON.is_file():
        pytest.skip("lm-evaluation-harness is not installed: make lm-eval")
    written, moved = tmp_path_factory.mktemp("written") / "tasks", tmp_path_factory.mktemp("moved") / "tasks"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lm_eval, "chosen_examples", lambda arguments: list(EXAMPLES))
        lm_eval.export_tasks(written, [{"template": ALPACA, "name": "mine", "language": "it", "max_new_tokens": 4}])
    shutil.move(written, moved)
    done = subprocess.run(
        [PYTHON, Path(__file__).with_name("harness.py"), moved, *ANSWERS],
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
        cwd="/",
        env=os.environ | {"HF_HUB_OFFLINE": "1"},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found: Items = json.loads(done.stdout.splitlines()[-1])
    return found


def test_prompts_are_read_to_the_character(read: Items) -> None:
    prompts = {each.id: ALPACA.render(each.instruction, each.input) for each in EXAMPLES}
    assert [item["id"] for item in read["crossalpaca_mine_it"]] == list(prompts)
    for items in read.values():
        for item in items:
            assert item["prompt"] == prompts[item["id"]]


@pytest.mark.parametrize("kind", ["labels", "choices"])
def test_labels_and_choices_are_read_to_the_character(read: Items, kind: str) -> None:
    expected = [(each.id, list(getattr(each, kind))) for each in EXAMPLES if getattr(each, kind)]
    if kind == "choices":
        expected = [(id, texts) for id, texts in expected if all(texts)]
    assert [(item["id"], item["continuations"]) for item in read[f"crossalpaca_mine_it_{kind}"]] == expected


@pytest.mark.parametrize("kind", ["labels", "choices"])
def test_the_likeliest_is_right_where_its_label_is_a_reference(read: Items, kind: str) -> None:
    golds = {each.id: [float(label in each.references) for label in each.labels] for each in EXAMPLES}
    for item in read[f"crossalpaca_mine_it_{kind}"]:
        assert item["scores"] == golds[item["id"]], item["id"]


@pytest.mark.parametrize("number", range(len(EXAMPLES)), ids=[each.id for each in EXAMPLES])
def test_exact_match_is_ours(read: Items, number: int) -> None:
    asked = EXAMPLES[number]

    def ours(answer: str) -> float:
        return exact_match(asked, Prediction(asked.id, "m", answer, True, (), (), (), 1, 1), language("it"))

    assert read["crossalpaca_mine_it"][number]["scores"] == [ours(answer) for answer in ANSWERS]


def test_answers_and_examples_tell_the_cases_apart(read: Items) -> None:
    scores = [item["scores"] for item in read["crossalpaca_mine_it"]]
    assert scores[0] == [0.0] * len(ANSWERS)
    assert {sum(each) for each in scores} >= {0.0, 1.0, 3.0}
