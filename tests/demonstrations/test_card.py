"""The files beside the demonstrations: the same in Alpaca form, and the dataset card."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from small_sources import PAIRS, Builder, moses

from crossalpaca.demonstrations.build import ALPACA
from crossalpaca.demonstrations.card import CARD
from crossalpaca.records import SourceFile

CONTROLLED = {"en-x": 30, "x-en": 30}


def test_the_alpaca_file_has_the_same_demonstrations(
    built: Builder, instructions_file: SourceFile, pairs_file: tuple[SourceFile], tmp_path: Path
) -> None:
    demonstrations, _ = built(instructions=instructions_file, bitext=[pairs_file], translations=CONTROLLED)
    rows = json.loads((tmp_path / "output-0" / ALPACA).read_text(encoding="utf-8"))
    assert rows == [{"instruction": d.instruction, "input": d.input, "output": d.output} for d in demonstrations]


def test_the_card_says_what_a_set_is_made_of_and_how_to_make_it_again(
    built: Builder, instructions_file: SourceFile, tmp_path: Path
) -> None:
    files = moses(tmp_path, "tatoeba.de-en", PAIRS)
    built(instructions=instructions_file, bitext=[files], translations=CONTROLLED, wording="mixed")
    text = (tmp_path / "output-0" / CARD).read_text(encoding="utf-8")
    _, front, body = text.split("---\n", 2)
    assert yaml.safe_load(front)["language"] == ["de", "en"]
    assert yaml.safe_load(front)["size_categories"] == ["n<1K"]
    for file in files:
        assert f"| {file.name} | bitext | CC BY 2.0 FR | {file.sha256} |" in body
    assert f"| instructions.json | instructions | unknown | {instructions_file.sha256} |" in body
    assert "| all | 120 |" in body
    assert (
        "crossalpaca demonstrations --language de --bitext tatoeba.de-en.en tatoeba.de-en.de --instructions "
        "instructions.json --translation-count 60 --directions both --wording mixed --seed 42 --out DIR" in body
    )


@pytest.mark.parametrize(
    ("translations", "told"),
    [
        ({"en-x": 6, "x-en": 5}, "--translation-count 11 --directions both"),
        ({"x-en": 5}, "--translation-count 5 --directions x-en"),
        ({"en-x": "20%", "x-en": "20%"}, "--translation-count 40% --directions both"),
        ({"en-x": "50%", "x-en": "50%"}, "--translation-count 100% --directions both"),
        ({"en-x": 5, "x-en": 6}, None),
        ({"en-x": 5, "x-en": "5%"}, None),
    ],
)
def test_the_command_of_a_card_is_there_where_a_command_can_say_it(
    built: Builder,
    instructions_file: SourceFile,
    pairs_file: tuple[SourceFile],
    tmp_path: Path,
    translations: dict[str, int | str],
    told: str | None,
) -> None:
    built(instructions=instructions_file, bitext=[pairs_file], translations=translations)
    text = (tmp_path / "output-0" / CARD).read_text(encoding="utf-8")
    assert ("crossalpaca demonstrations" in text) == (told is not None)
    assert (told or "") in text
