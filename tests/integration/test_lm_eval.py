"""lm-evaluation-harness 0.4.13, run on exported tasks, answers item by item what our engine answers."""

from __future__ import annotations

import json
import logging
import math
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from crossalpaca.backbones import BACKBONES, Backbone, model_source
from crossalpaca.decoding.requests import Decoding
from crossalpaca.errors import BackboneError
from crossalpaca.evaluation.answered import Answered, read_answered
from crossalpaca.evaluation.metrics import exact_match
from crossalpaca.evaluation.predict import predict
from crossalpaca.interoperability.lm_eval import export_tasks
from crossalpaca.languages import language
from crossalpaca.prompts import ALPACA
from crossalpaca.records import Example, Prediction, StepRun
from crossalpaca.sources.files import source_file

pytestmark = pytest.mark.integration

BACKBONE = BACKBONES["smollm2-135m-instruct"]
COMMAND = Path(__file__).parents[2] / ".venv-lm-eval/bin/lm_eval"
TIMEOUT = 1800  # seconds until the harness counts as hanging
# benchmark, language, file, items, limit of an answer
CASES = (
    ("xquad", "de", "xquad/xquad.de.json.gz", 16, 16),
    ("mmlu", "en", "mmlu/test/astronomy_test.csv", 12, 8),
    ("bbh", "en", "bbh/boolean_expressions.json", 12, 8),
)
NAMES = [f"{benchmark}_{code}" for benchmark, code, *_ in CASES]

Sample = dict[str, Any]


@pytest.fixture(scope="module")
def backbone() -> Backbone:
    try:
        model_source(BACKBONE)
    except BackboneError as error:
        pytest.skip(str(error))
    return BACKBONE


@pytest.fixture(scope="module")
def evaluations(data_folder: Path, backbone: Backbone) -> dict[str, Mapping[str, Any]]:
    """The arguments of one evaluation a case."""
    return {
        f"{benchmark}_{code}": {
            "model": "base",
            "backbone": backbone,
            "template": ALPACA,
            "benchmark": benchmark,
            "name": benchmark,
            "language": code,
            "files": [source_file(data_folder / file)],
            "golds": [],
            "items": items,
            "max_new_tokens": limit,
            "seed": 42,
            "decoding": Decoding("fp32", 16),
            "served": None,
        }
        for benchmark, code, file, items, limit in CASES
    }


@pytest.fixture(scope="module")
def ours(evaluations: dict[str, Mapping[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Answered]:
    """What our engine answers."""
    answered = {}
    for name, arguments in evaluations.items():
        output, scratch = tmp_path_factory.mktemp("output"), tmp_path_factory.mktemp("scratch")
        predict(StepRun(arguments, {}, output, scratch, lambda *progress: None, logging.getLogger(name)))
        answered[name] = read_answered(output, "base", ALPACA.signature, "greedy/fp32")
    return answered


@pytest.fixture(scope="module")
def theirs(
    evaluations: dict[str, Mapping[str, Any]], backbone: Backbone, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, dict[str, Sample]]:
    """What the harness answers: task to id of the item to what it logged."""
    if not COMMAND.is_file():
        pytest.skip("lm-evaluation-harness is not installed: make lm-eval")
    tasks, results = tmp_path_factory.mktemp("tasks"), tmp_path_factory.mktemp("results")
    names = export_tasks(tasks, evaluations.values())
    arguments = {
        "--model": "hf",
        "--model_args": f"pretrained={model_source(backbone)},dtype=float32",
        "--include_path": tasks,
        "--tasks": "crossalpaca",
        "--device": "cpu",
        "--batch_size": 8,
        "--output_path": results,
    }
    words = [str(word) for pair in arguments.items() for word in pair]
    offline = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}
    done = subprocess.run(
        [COMMAND, *words, "--log_samples"],
        capture_output=True,
        encoding="utf-8",
        timeout=TIMEOUT,
        check=False,
        cwd=results,
        env=os.environ | offline,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return {name.removeprefix("crossalpaca_"): samples(results, name) for name in names}


def samples(results: Path, task: str) -> dict[str, Sample]:
    (path,) = results.glob(f"*/samples_{task}_[0-9]*.jsonl")
    logged = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
    return {sample["doc"]["id"]: sample for sample in logged}


def items(answered: Answered) -> list[tuple[Example, Prediction]]:
    return list(zip(answered.examples, answered.predictions, strict=True))


@pytest.mark.parametrize("name", NAMES)
def test_greedy_answers_and_their_exact_match_are_equal(
    name: str, ours: dict[str, Answered], theirs: dict[str, dict[str, Sample]]
) -> None:
    assert list(theirs[name]) == [example.id for example in ours[name].examples]
    for example, prediction in items(ours[name]):
        sample = theirs[name][example.id]
        assert sample["resps"] == [[prediction.completion]], example.id
        assert sample["filtered_resps"] == [prediction.completion.strip()], example.id
        assert sample["exact_match"] == exact_match(example, prediction, language(example.language)), example.id


def test_forty_items_were_asked(ours: dict[str, Answered]) -> None:
    assert sum(len(answered.examples) for answered in ours.values()) == 40


@pytest.mark.parametrize("kind", ["labels", "choices"])
@pytest.mark.parametrize("name", NAMES)
def test_likelihoods_are_equal_and_so_is_the_likeliest(
    name: str, kind: str, ours: dict[str, Answered], theirs: dict[str, dict[str, Sample]]
) -> None:
    asked = [(example, prediction) for example, prediction in items(ours[name]) if getattr(example, kind)]
    logged = theirs.get(f"{name}_{kind}", {})
    assert list(logged) == [example.id for example, _ in asked]
    for example, prediction in asked:
        bits = prediction.label_bits if kind == "labels" else prediction.choice_bits
        sample = logged[example.id]
        found = [-float(response[0][0]) / math.log(2) for response in sample["resps"]]
        # The harness counts the prompt's last line end as a part of each continuation.
        line_ends = [theirs_ - ours_ for theirs_, ours_ in zip(found, bits, strict=True)]
        assert line_ends == pytest.approx([line_ends[0]] * len(bits), abs=1e-3), example.id
        likeliest = bits.index(min(bits))
        assert found.index(min(found)) == likeliest, example.id
        assert sample["acc"] == float(example.labels[likeliest] in example.references), example.id
