"""Laws of what plans are estimated to take, and bounds that are worked out by hand for the paper's."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from functools import cache
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossalpaca.backbones import resolve
from crossalpaca.benchmarks import BENCHMARKS, read_examples
from crossalpaca.cli import main
from crossalpaca.errors import InputError
from crossalpaca.experiment_files import shipped
from crossalpaca.grid import Grid
from crossalpaca.languages import language, languages
from crossalpaca.planning import draft
from crossalpaca.planning.amounts import Amounts, Asked, ratio
from crossalpaca.planning.estimates import Estimate, Work, estimate
from crossalpaca.planning.gpus import GIB, Gpu, find_gpu, gpus
from crossalpaca.planning.sizes import sizes, stated
from crossalpaca.planning.speed import Answering, remedy, training_memory
from crossalpaca.prompts import TEMPLATES
from crossalpaca.records import Step
from crossalpaca.sources.instructions import read_instructions
from crossalpaca.store import step_key
from crossalpaca.training.preflight import Load, SentencePiece
from crossalpaca.training.preflight import load as counted
from crossalpaca.training.recipe import BaseWeights, Recipe

TEXT = """\
name: mine
language: de
backbone: llama-7b
data: {instructions: not-there.json, bitext: [neither.tsv]}
models:
  base: {}
  Alpaca: {instructions: 1000}
evaluation:
  benchmarks:
    - {benchmark: xquad, files: ["xquad.{language}.json"], items: 100}
compare:
  - [Alpaca, base]
"""
NOWHERE = Path("/nowhere")
A6000 = gpus()["rtx-a6000"]


def estimated(*changes: tuple[str, str], gpu: Gpu = A6000) -> Estimate:
    text = TEXT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return estimate(draft(Grid.parse(text, folder=NOWHERE))[0], gpu)


@cache
def steps_of(name: str) -> list[Step]:
    return draft(Grid.load(name, data=NOWHERE))[0]


def training(found: Estimate) -> Work:
    return found.total("train")


# Amounts


@pytest.mark.parametrize("of", ["instructions: 1000", "instructions: 1000, translations: {en-x: 500, x-en: 500}"])
def test_twice_the_demonstrations_are_twice_the_tokens(of: str) -> None:
    once = training(estimated(("instructions: 1000", of)))
    twice = training(estimated(("instructions: 1000", of.replace("000", "00000").replace("500", "50000"))))
    assert once.items * 100 == twice.items
    assert twice.tokens == pytest.approx(100 * once.tokens, rel=1e-4)
    assert twice.computed == pytest.approx(100 * once.computed, rel=1e-4)


def test_twice_the_epochs_are_twice_the_tokens() -> None:
    once, twice = (training(estimated(("models:", f"training: {{epochs: {n}}}\nmodels:"))) for n in (1, 2))
    assert twice.tokens == pytest.approx(2 * once.tokens, rel=1e-4)


def test_a_number_of_steps_says_how_often_demonstrations_are_seen() -> None:
    few, many = (
        training(estimated(("models:", "training: {steps: 50}\nmodels:"), ("instructions: 1000", f"instructions: {n}")))
        for n in (1000, 9000)
    )
    assert few.tokens == many.tokens


def test_controls_of_the_same_number_are_as_many_demonstrations() -> None:
    mixed = "instructions: 1000, translations: {en-x: 500, x-en: 500}"
    items = {
        training(estimated(("instructions: 1000", mixed + control))).items
        for control in ("", ", control: repeated", ", control: mis-paired")
    }
    assert items == {2000}


def test_a_union_of_languages_is_the_sum_of_its_parts() -> None:
    steps = steps_of("multilingual")
    amounts = Amounts(steps)
    united = next(step for step in steps if step.name == "unite" and "CrossAlpaca-all" in step.title)
    parts = [amounts.parts(key) for key in united.inputs.values()]
    assert len(parts) == 5
    assert amounts.parts(step_key(united)) == [part for each in parts for part in each]


@settings(max_examples=50)
@given(st.integers(1, 2000), st.integers(1, 500))
def test_more_questions_never_take_less(items: int, more: int) -> None:
    answering = Answering(sizes(resolve("llama-7b")), A6000, "bf16", 64)
    few, many = (Asked(n, 300, 80, 20, 64) for n in (items, items + more))
    assert sum(answering.seconds(few).values()) <= sum(answering.seconds(many).values())
    assert answering.memory(few) <= answering.memory(many)


def test_published_counts_stand_for_files_that_are_not_there() -> None:
    of = {work.title: work.items for work in estimate(steps_of("paper"), A6000).works.values()}
    assert of["evaluate base on xquad (de)"] == 1190
    assert of["evaluate base on mmlu (de)"] == of["evaluate base on mmlu (en)"] == 14042
    assert of["evaluate base on bbh (en)"] == 6511
    assert of["evaluate base on mlqa (de)"] == 4517
    assert of["evaluate base on mlqa (it)"] == of["evaluate base on mlqa (en)"] == 11590
    assert of["let base translate between English and de"] == 2 * 1012


def test_files_that_are_there_are_counted(data_folder: Path) -> None:
    found = estimate(draft(Grid.load("paper-small", data=data_folder))[0], A6000)
    assert not any(note.startswith("not there") for note in found.notes)
    assert next(work for work in found.works.values() if work.title.startswith("align")).items == 2 * 1012


def test_rows_of_an_instruction_set_are_counted(tmp_path: Path) -> None:
    rows = [{"instruction": "Say it.", "input": "", "output": str(n)} for n in range(70)]
    (tmp_path / "not-there.json").write_text(json.dumps(rows), encoding="utf-8")
    text = TEXT.replace("instructions: 1000", "instructions: all")
    (alpaca,) = [
        work
        for work in estimate(draft(Grid.parse(text, folder=tmp_path))[0], A6000).works.values()
        if work.kind == "train"
    ]
    assert alpaca.items == 70


# Backbones


def test_every_language_has_its_tokens_and_none_fewer_than_english() -> None:
    assert {code: ratio(code) for code in languages() if ratio(code) < 1} == {}
    assert ratio("zh") == ratio("zh-Hans")


def test_a_language_that_was_not_counted_is_like_those_in_its_script(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = stated("amounts.toml")["languages"]
    fewer = {code: value for code, value in counted.items() if code not in ("es", "ar")}
    monkeypatch.setattr("crossalpaca.planning.amounts.stated", lambda name: {"languages": fewer})
    latin = [value for code, value in fewer.items() if language(code).script == "Latn" and code != "en"]
    assert min(latin) < ratio("es") < max(latin)
    assert ratio("ar") == max(fewer.values())


@pytest.mark.parametrize(
    ("name", "billions"),
    [
        ("llama-7b", 6.74),
        ("huggyllama/llama-13b", 13.0),
        ("mistralai/Mistral-7B-v0.1", 7.24),
        ("Qwen/Qwen3-8B-Base", 8.19),
    ],
)
def test_the_sizes_of_known_backbones_are_those_of_their_publishers(name: str, billions: float) -> None:
    assert sizes(resolve(name)).shape.weights == pytest.approx(billions * 1e9, rel=0.01)


def test_the_size_in_a_name_is_taken_and_the_rest_scaled() -> None:
    small, large = (sizes(resolve(f"owner/thing-{size}-it")) for size in ("500M", "70B"))
    assert (small.shape.weights, large.shape.weights) == (5e8, 7e10)
    assert small.column < large.column
    assert large.shape.layers * large.shape.layer_weights == pytest.approx(7e10, rel=0.05)


def test_a_folder_is_measured_by_its_configuration(tmp_path: Path) -> None:
    config = {
        "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
        "intermediate_size": 128, "vocab_size": 100,
    }  # fmt: skip
    folder = tmp_path / "llama-7b"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(config))
    found = sizes(resolve(str(folder)))
    assert found.column == 2 * 2 * 2 * 16
    assert found.shape.weights == 2 * (2 * 64 * 64 + 2 * 64 * 32 + 3 * 64 * 128) + 2 * 64 * 100
    (folder / "config.json").write_text(json.dumps({"text_config": config}))
    assert sizes(resolve(str(folder))).shape == found.shape


def test_a_backbone_of_unknown_size_is_one_line_that_says_what_to_do() -> None:
    with pytest.raises(InputError, match=r"^backbone owner/thing: nothing tells its size.*hf download owner/thing"):
        estimated(("backbone: llama-7b", "backbone: owner/thing"))


# GPUs, time and memory


def test_a_larger_gpu_is_never_slower() -> None:
    figures = ("memory", "half", "single", "bandwidth", "bf16")
    pairs = [
        (small, large)
        for small, large in permutations(gpus().values(), 2)
        if all(getattr(small, name) <= getattr(large, name) for name in figures)
    ]
    assert len(pairs) > 5
    steps = steps_of("paper")
    works = {gpu.name: estimate(steps, gpu).works for gpu in gpus().values()}
    for small, large in pairs:
        for key, work in works[large.name].items():
            slower = works[small.name][key]
            assert not slower.fits or (work.fits and work.hours <= slower.hours)


@given(st.sampled_from(["memory", "half", "bandwidth"]), st.floats(1, 4))
def test_more_of_anything_is_never_slower(name: str, times: float) -> None:
    answering = [
        Answering(sizes(resolve("llama-7b")), gpu, "bf16", 64)
        for gpu in (A6000, replace(A6000, **{name: getattr(A6000, name) * times}))
    ]
    slow, fast = (sum(each.seconds(Asked(500, 2000, 300, 20, 64)).values()) for each in answering)
    assert fast <= slow


def load(tokens: int) -> Load:
    return Load(100, 0, 0, 0.0, 10, tokens, tokens // 2, tokens, tokens, tokens)


def test_fewer_bits_are_less_memory() -> None:
    kinds: tuple[BaseWeights, ...] = ("full", "8bit", "4bit")
    full, eight, four = (training_memory(sizes(resolve("llama-7b")), Recipe(base_weights=w), load(1000)) for w in kinds)
    assert four < eight < full
    assert full - eight == pytest.approx(6.74e9, rel=0.01)  # a byte of each weight


def test_quantised_training_takes_longer() -> None:
    full, eight = (
        training(estimated(("models:", f"training: {{base_weights: {w}}}\nmodels:"))) for w in ("full", "8bit")
    )
    assert full.hours < eight.hours


def test_what_is_told_as_a_remedy_fits() -> None:
    of, recipe = sizes(resolve("huggyllama/llama-13b")), Recipe()
    small = replace(A6000, memory=24)
    assert training_memory(of, recipe, load(1000)) > small.room
    changes = remedy(of, recipe, load(1000), small)
    settings = dict(part.split(": ") for part in changes.split(", "))
    changed = replace(recipe, **{k: int(v) if v.isdigit() else v for k, v in settings.items()})  # type: ignore[arg-type]
    assert training_memory(of, changed, load(1000)) <= small.room
    assert remedy(of, recipe, load(1000), replace(A6000, memory=2)) == ""


def test_what_does_not_fit_is_told_once_and_not_in_the_hours() -> None:
    large = estimated(("backbone: llama-7b", "backbone: owner/thing-70B"))
    assert not large.total().fits
    assert large.total().hours == 0
    assert len(large.remedies) == 2
    assert large.remedies[0].startswith("asking owner/thing-70B needs ")
    assert "base_weights: 4bit" in large.remedies[1]
    assert estimated().remedies == []


def test_bf16_on_a_gpu_without_it_is_said() -> None:
    assert any("has no bf16" in note for note in estimated(gpu=gpus()["v100-32gb"]).notes)
    assert not any("has no bf16" in note for note in estimated().notes)


def test_what_a_server_answers_takes_no_time_here() -> None:
    served = "evaluation:\n  server: {url: 'http://localhost:1/v1', models: {Alpaca: a, base: b}}\n"
    found = estimated(("evaluation:\n", served))
    assert found.total("evaluate").hours == 0 < found.total("evaluate").generated
    assert any("server" in note for note in found.notes)


# Translation


def test_characters_have_the_price_of_the_engine() -> None:
    there = "items: 100, languages: [de], translate: {engine: ENGINE}"
    for engine, costs in (
        ("google", {"US dollars": 20.0}),
        ("deepl>es>google", {"euros": 20.0, "US dollars": 20.0}),
        ("apertium", {}),
    ):
        work = estimated(("items: 100", there.replace("ENGINE", engine))).total("translate-benchmark")
        assert work.characters == 1190 * 412  # the whole benchmark is translated, whatever is drawn of it
        assert work.costs == {key: price * work.characters / 1e6 for key, price in costs.items()}


# What ships


@pytest.mark.parametrize("name", sorted(shipped()))
def test_every_experiment_that_ships_is_estimated_on_every_gpu_without_data(name: str) -> None:
    steps = steps_of(name)
    for gpu in gpus().values():
        found = estimate(steps, gpu)
        assert found.total("evaluate").items > 0
        assert found.total("train").tokens > 0
        assert found.total().memory > 0
        assert found.total().fits or found.remedies
        assert found.dominating


def test_the_paper_is_within_bounds_worked_out_by_hand() -> None:
    """A LLaMA-7B token costs 4 x 6.5e9 operations in training and 2 x 6.5e9 in answering.

    Training: 11 models on 12,000 to 72,000 demonstrations of 100 to 350 tokens, half a million in all: 50 to 200
    million tokens, of which half or more are computed, is 0.65e18 to 5.2e18 operations. Two GPUs of 155e12 would do
    these at full rate in 1.2 to 9.3 hours of one; at 10% to 40% of it, that is 3 to 93.
    Evaluation: 108 evaluations of 1,190 to 14,042 questions, 0.8 million in all, of 50 to 800 computed tokens:
    0.04e9 to 0.65e9 tokens, and at 13e9 operations and 20% to 80% of the rate 1.2 to 75 hours.
    Translation: MMLU has at least 300 characters an item and is translated five times, so 21 million at least; with
    BBH, MLQA and XQuAD at most five times as much.
    """
    found = estimate(steps_of("paper"), A6000)
    assert 50e6 < found.total("train").tokens < 200e6
    assert 3 < found.total("train").hours < 93
    assert 1.2 < found.total("evaluate").hours < 75
    assert 21e6 < found.total("translate-benchmark").characters < 105e6
    assert found.total("translate-benchmark").costs == {
        "US dollars": pytest.approx(20 * found.total("translate-benchmark").characters / 1e6)
    }
    # 6.7 GB of 8-bit weights, and activations; 13.5 GB of whole weights, and the cache.
    assert 7 < found.total("train").memory / GIB < 24
    assert 13 < found.total("evaluate").memory / GIB < 45
    assert found.total().fits


def test_stated_averages_are_those_of_the_data(data_folder: Path) -> None:
    tokenizer = SentencePiece(data_folder / "tokenizer/llama-sp.model")
    texts = {
        code: (data_folder / f"parallel/flores200.devtest.{code}").read_text(encoding="utf-8").splitlines()[:200]
        for code in ("en", "de", "es", "it", "ar", "zh")
    }
    tokens = {
        code: sum(len(tokenizer(line, add_special_tokens=False)["input_ids"]) for line in lines)
        for code, lines in texts.items()
    }
    for code, found in tokens.items():
        assert ratio(code) == pytest.approx(found / tokens["en"], rel=0.05)


def test_stated_demonstrations_and_prompts_are_those_of_the_data(data_folder: Path) -> None:
    tokenizer, template = SentencePiece(data_folder / "tokenizer/llama-sp.model"), TEMPLATES["alpaca"]
    rows = list(read_instructions(data_folder / "alpaca/alpaca.en.9k.json.gz", "en"))[::14]
    recipe = Recipe(batch=128)
    found = counted(rows, tokenizer, template, recipe, 0)
    changes = ("language: de", "language: en"), ("instructions: 1000", f"instructions: {found.demonstrations}")
    told = training(estimated(*changes, ("models:", "training: {batch: 128}\nmodels:")))
    assert told.tokens == pytest.approx(found.tokens, rel=0.1)
    assert told.computed == pytest.approx(found.computed_tokens, rel=0.1)
    for code in ("en", "de", "ar"):
        path = data_folder / f"xquad/xquad.{code}.json.gz"
        examples = read_examples(BENCHMARKS["xquad"], [path], language(code), "xquad")[::9]
        lengths = [
            len(tokenizer(template.render(each.instruction, each.input), add_special_tokens=True)["input_ids"])
            for each in examples
        ]
        asked = estimated(("language: de", f"language: {code}")).total("evaluate")
        assert asked.tokens / asked.items == pytest.approx(sum(lengths) / len(lengths), rel=0.1)


# The command


def call(monkeypatch: pytest.MonkeyPatch, *arguments: str | Path) -> int:
    monkeypatch.setattr(sys, "argv", ["crossalpaca", "plan", *map(str, arguments)])
    with pytest.raises(SystemExit) as left:
        main()
    return int(left.value.code or 0)


def test_json_has_the_estimate_beside_the_same_steps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, "paper", "--data", tmp_path, "--store", tmp_path, "--json") == 0
    plain = json.loads(capsys.readouterr().out)
    assert call(monkeypatch, "paper", "--data", tmp_path, "--store", tmp_path, "--json", "--on", "RTX-A6000") == 0
    both = json.loads(capsys.readouterr().out)
    assert both["steps"] == plain
    told = both["estimate"]
    assert told["to_do"] == told["total"]
    assert told["total"]["hours"] == pytest.approx(sum(each["hours"] for each in told["steps"].values()))
    assert told["steps"].keys() < {row["key"] for row in plain}


def test_the_table_says_that_it_is_an_estimate_and_on_what_it_rests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, "paper", "--data", tmp_path, "--store", tmp_path, "--on", "l4") == 0
    out = capsys.readouterr().out
    assert "Estimate for one NVIDIA L4" in out
    assert "An estimate, within a factor of 2 if its assumptions hold;\nabove all that" in out
    assert all(head in out for head in ("GPU hours", "memory", "characters", "US dollars"))


def test_an_unknown_gpu_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(monkeypatch, "paper", "--on", "a6000") == 2
    assert "unknown GPU 'a6000' (did you mean rtx-a6000?)" in capsys.readouterr().err
    with pytest.raises(InputError, match="known are"):
        find_gpu("abacus")
