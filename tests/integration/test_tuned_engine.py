"""A model that was fine-tuned here translates, as any engine does."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from crossalpaca.backbones import resolve
from crossalpaca.decoding.requests import Request
from crossalpaca.errors import InputError
from crossalpaca.prompts import ALPACA
from crossalpaca.records import Demonstration, StepRun, write_jsonl
from crossalpaca.training.recipe import Recipe
from crossalpaca.translation.engines import engine
from crossalpaca.translation.engines.tuned import wording
from crossalpaca.translation.memory import Memory
from crossalpaca.translation.translator import Translator

pytestmark = pytest.mark.integration

INSTRUCTION = wording("en", "it")


@pytest.fixture(scope="module")
def tuned(tiny_backbone: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fine-tune that has learnt to answer every text with one word."""
    from crossalpaca.training.finetune import finetune

    folder = tmp_path_factory.mktemp("tuned")
    for role in ("demonstrations", "output", "scratch"):
        (folder / role).mkdir()
    rows = [
        Demonstration(f"d{n}", "translation", INSTRUCTION, word, "si", "it", "en-x", "file")
        for n, word in enumerate(("yes", "no", "sea", "sun") * 4)
    ]
    write_jsonl(folder / "demonstrations" / "demonstrations.jsonl", rows)
    recipe = Recipe(batch=16, steps=40, warmup=2, learning_rate=0.03, rank=8, dropout=0.0, precision="fp32")
    arguments = {"backbone": resolve(str(tiny_backbone)), "template": ALPACA, "recipe": recipe, "seed": 1}
    inputs, log = {"demonstrations": folder / "demonstrations"}, logging.getLogger("test")
    finetune(StepRun(arguments, inputs, folder / "output", folder / "scratch", lambda *_: None, log))
    return folder / "output"


def test_a_fine_tune_is_an_engine_by_its_folder(tuned: Path, tiny_backbone: Path, tmp_path: Path) -> None:
    from crossalpaca.decoding.models import load_engine

    spec = f"tuned:{tuned}@{tiny_backbone}"
    memory = Memory(tmp_path / "memory.sqlite")
    made = Translator(engine(spec), memory).translate_each(["sea", "no"], "en", "it")
    memory.close()
    local = load_engine(resolve(str(tiny_backbone)), tuned, ALPACA, "bf16")
    asked = [Request(text, ALPACA.render(INSTRUCTION, text), (), len(text) + 32) for text in ("sea", "no")]
    expected = [(each.completion.strip() if each.ended else "") or None for each in local.decode(asked)]
    assert made == expected
    assert made[0] == "si"


def test_what_is_no_fine_tune_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="needs the folder of a fine-tune"):
        engine(f"tuned:{tmp_path}")
    with pytest.raises(InputError, match="needs the folder of a fine-tune"):
        engine("tuned")
