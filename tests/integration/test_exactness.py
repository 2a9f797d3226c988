"""Real prompts in five languages, on the embedded backbone in fp32: the answers are those of transformers alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from oracle import require_generated, require_likelihoods

from crossalpaca.backbones import BACKBONES
from crossalpaca.benchmarks import BENCHMARKS, read_examples
from crossalpaca.benchmarks.draw import draw
from crossalpaca.decoding.requests import Request
from crossalpaca.errors import BackboneError
from crossalpaca.languages import language
from crossalpaca.prompts import ALPACA

if TYPE_CHECKING:
    from crossalpaca.decoding.local import LocalEngine

pytestmark = pytest.mark.integration

LANGUAGES = ("en", "de", "es", "ar", "zh")
LIMIT = 8


@pytest.fixture(scope="module")
def engine() -> LocalEngine:
    from crossalpaca.decoding.models import load_engine

    try:
        return load_engine(BACKBONES["smollm2-135m-instruct"], None, ALPACA, "fp32")
    except BackboneError as error:
        pytest.skip(str(error))


def asked(data: Path, items: int) -> list[Request]:
    """Questions of whole passages, a fifth of them in each language, each with its golds."""
    requests = []
    for code in LANGUAGES:
        file = data / f"xquad/xquad.{code}.json.gz"
        for each in draw(read_examples(BENCHMARKS["xquad"], [file], language(code), "xquad"), items, 42):
            prompt = ALPACA.render(each.instruction, each.input)
            requests.append(Request(f"{code}:{each.id}", prompt, each.references, LIMIT))
    return requests


@pytest.mark.parametrize("items", [8, pytest.param(60, marks=pytest.mark.full)])
def test_answers_and_likelihoods_on_real_prompts_are_those_of_transformers(
    engine: LocalEngine, data_folder: Path, items: int
) -> None:
    requests = asked(data_folder, items)
    assert len(requests) == items * len(LANGUAGES)
    answers = engine.decode(requests)
    require_generated(engine, requests, answers)
    require_likelihoods(engine, requests[::4], answers[::4])
