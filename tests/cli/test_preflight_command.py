"""`crossalpaca preflight` on the experiment that ships, with LLaMA's tokenizer."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from crossalpaca.cli import main


def call(monkeypatch: pytest.MonkeyPatch, *arguments: str | Path) -> int:
    monkeypatch.setattr(sys, "argv", ["crossalpaca", *map(str, arguments)])
    with pytest.raises(SystemExit) as left:
        main()
    return int(left.value.code or 0)


@pytest.fixture
def quickstart(data_folder: Path, tmp_path: Path) -> list[str | Path]:
    tokenizer = data_folder / "tokenizer/llama-sp.model"
    return ["preflight", "quickstart", "--tokenizer", tokenizer, "--store", tmp_path / "store"]


def test_an_experiment_is_told_in_tokens_and_nothing_is_kept(
    quickstart: list[str | Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, *quickstart, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["tokenizer"] == "llama-sp.model"
    assert told["languages"]["en"]["to_english"] == 1
    assert len(told["languages"]) == 2
    for load in told["models"].values():
        assert load["padded_tokens"] >= load["tokens"] >= load["computed_tokens"] >= load["distinct_tokens"] > 0
        assert load["sharing"] == load["padded_tokens"] / load["distinct_tokens"]
    assert all(each["count"] > 0 for each in told["prompts"].values())
    assert not list(tmp_path.iterdir())


def test_tables_say_the_same(
    quickstart: list[str | Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, *quickstart) == 0
    out = capsys.readouterr().out
    assert out.startswith("Tokens of llama-sp.model, cutoff ")
    assert all(head in out for head in ("tokens a word", "over cutoff", "padded to distinct", "longest"))


def test_flores_takes_the_place_of_the_demonstrations_pairs(
    quickstart: list[str | Path],
    data_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    entries = [f"{code}={data_folder / f'parallel/flores200.devtest.{code}'}" for code in ("en", "de", "zh")]
    flores = [part for entry in entries for part in ("--flores", entry)]
    assert call(monkeypatch, *quickstart, *flores, "--json") == 0
    assert set(json.loads(capsys.readouterr().out)["languages"]) == {"en", "de", "zh-Hans"}


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        (["--tokenizer", "none.model"], "none.model: is not there"),
        (["--flores", "flores200.devtest.de"], "name files as LANGUAGE=FILE, English (en) among them"),
        (["--flores", "de=flores200.devtest.de"], "English (en) among them"),
        (["--flores", "en=none.devtest.en"], "none.devtest.en: is not there"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(
    more: list[str],
    complaint: str,
    quickstart: list[str | Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert call(monkeypatch, *quickstart, *more) == 2
    line = capsys.readouterr().err.splitlines()[-1]
    assert line.startswith("crossalpaca: ") and complaint in line


TWO = """\
name: both
languages: [de, it]
backbone: smollm2-135m-instruct
data: {bitext: [[s.en, "s.{language}"]]}
models:
  base: {}
  all: {translations: {en-x: 10}, languages: all}
evaluation:
  benchmarks: [{benchmark: squad, name: qa, languages: [it], files: ["starter:qa.{language}.json"]}]
"""


def test_tokens_a_word_are_of_one_language_where_a_model_learns_several(
    data_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = {
        "en": "The ship number {} leaves at noon.",
        "de": "Schiff Nummer {} geht mittags.",
        "it": "La nave numero {} parte a mezzogiorno.",
    }
    for code, line in lines.items():
        (tmp_path / f"s.{code}").write_text("".join(f"{line.format(n)}\n" for n in range(40)), encoding="utf-8")
    experiment = tmp_path / "both.yaml"
    experiment.write_text(TWO, encoding="utf-8")
    tokenizer = data_folder / "tokenizer/llama-sp.model"
    told = ["preflight", experiment, "--tokenizer", tokenizer, "--store", tmp_path / "store", "--json"]
    assert call(monkeypatch, *told) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["models"]["all"]["demonstrations"] == 20
    assert {code: each["words"] for code, each in found["languages"].items()} == {"en": 70, "de": 50}
