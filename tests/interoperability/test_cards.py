"""Cards: what they say comes from the reports, and nothing in a report can make markup of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from crossalpaca.backbones import BACKBONES, Backbone, resolve
from crossalpaca.interoperability.cards import benchmark_card, hub_id, licence_id, model_card
from crossalpaca.interoperability.finetunes import FineTune
from crossalpaca.interoperability.markdown import cells, code, fenced, text
from crossalpaca.interoperability.merge import Agreement
from crossalpaca.prompts import ALPACA, Template
from crossalpaca.records import Adapter

SMOL, LLAMA = BACKBONES["smollm2-135m-instruct"], BACKBONES["llama-7b"]
NAME = "it-CrossAlpaca"
MERGED = Agreement("bf16", 5, difference=0.0033, effect=0.058, tolerance=0.02)
HOSTILE = "<script>alert(1)</script> [here](https://evil.example) | `code` **bold** _it_ &lt; #1\n# Title\n- item"
MARKDOWN = MarkdownIt("commonmark").enable("table")
WORDS = st.text(
    st.sampled_from("ab1 .)|*_`<>[]()#+-=~&;!\\\n\t:/é$") | st.characters(codec="utf-8", exclude_characters="\0"),
    max_size=30,
)


def tune(run: Mapping[str, Any] | None = None, **changes: Any) -> FineTune:
    """A fine-tune as the stages leave it, in few words."""
    record = Adapter("adapter", SMOL.id, SMOL.revision, "alpaca", ALPACA.hash, "d" * 64, (3.25, 1.5))
    made: dict[str, Any] = {
        "language": "it",
        "instructions": {"source": "i.json", "read": 50, "kept": 40, "not_sampled": 7, "dropped": drops("empty", 3)},
        "translations": {
            "source": "pairs.jsonl",
            "read": 90,
            "kept": 20,
            "not_sampled": 65,
            "dropped": drops("long", 5),
            "directions": {"en-x": 12, "x-en": 8},
        },
        "leaks": {"policy": "remove", "demonstrations": 2, "files": {"xquad: xquad.it.json": {}}},
    }
    training = {
        "recipe": {"batch": 16, "targets": ["q_proj", "v_proj"]},
        "steps": 60,
        "over_cutoff": {"count": 4, "ids": []},
        "deviations": ["precision is bf16, not fp16: that needs CUDA"],
    }
    whole = {"record": record, "training": training, "demonstrations": made, "run": run or {}} | changes
    return FineTune(name=NAME, folder=Path("tune"), **whole)


def drops(reason: str, count: int) -> dict[str, Any]:
    return {reason: {"count": count, "examples": ["a line of somebody's data"]}}


def score(model: str, value: float, **changes: Any) -> dict[str, Any]:
    place = {"benchmark": "xquad", "task": "", "language": "it", "metric": "f1_mlqa", "items": "all", "n": 30}
    return place | {"model": model, "value": value, "interval": [value - 0.1, value + 0.1], "signature": "s"} | changes


def run(**changes: Any) -> dict[str, Any]:
    """The report of a run with a few scores."""
    bits = {"metric": "gold_bits_per_byte"}
    made = {"instructions": 40, "translations": {"en-x": 12}}
    return {
        "experiment": {"file": {}},
        "models": {
            "base": {"trained": False, "languages": [], "settings": {}},
            NAME: {"trained": True, "languages": ["it"], "settings": made},
        },
        "metrics": {
            "f1_mlqa": {"describes": "token F1", "unit": "share"},
            "gold_bits_per_byte": {"describes": "bits", "unit": "bits"},
        },
        "scores": [
            score("base", 0.25),
            score(NAME, 0.5),
            score(NAME, 0.5, items="sound"),
            score("base", 1.5, **bits),
            score(NAME, 1.25, **bits),
            score(NAME, 0.75, items="sound", n=21, language="en"),
            score(NAME, 0.125, task="navigate"),
            score("other", 0.875),
        ],
        "differences": [score(NAME, -0.025, baseline="base"), score("other", 0.5, baseline="base")],
    } | changes


def card(
    chosen: FineTune, backbone: Backbone = SMOL, template: Template = ALPACA, merged: Agreement | None = None
) -> str:
    return model_card(chosen, backbone, template, merged)


def front(made: str) -> dict[str, Any]:
    return dict(yaml.safe_load(made.split("---\n")[1]))


# Escaping


def shown(markdown: str) -> tuple[set[str], str]:
    """What kinds of things a reader of Markdown sees, and their text."""
    inline = [token for token in MARKDOWN.parse(markdown) if token.type == "inline"]
    kinds = {token.type for token in MARKDOWN.parse(markdown) if token.nesting >= 0} - {"inline", "paragraph_open"}
    children = [child for token in inline for child in token.children or ()]
    return kinds | {child.type for child in children}, "".join(child.content for child in children)


@given(WORDS)
def test_a_value_is_text_and_nothing_else(value: str) -> None:
    kinds, seen = shown(text(value))
    assert kinds <= {"text"}
    assert seen == " ".join(value.split())


@given(WORDS.filter(str.strip))
def test_a_value_in_code_is_code_and_nothing_else(value: str) -> None:
    kinds, seen = shown(f"x {code(value)}")
    assert kinds <= {"text", "code_inline"}
    assert seen.removeprefix("x ").strip() == " ".join(value.split()).strip()


@given(WORDS)
def test_a_block_holds_what_it_was_given(value: str) -> None:
    lines = value.replace("\r", "")
    tokens = MARKDOWN.parse(fenced(lines))
    assert [token.type for token in tokens] == ["fence"]
    assert tokens[0].content == lines + "\n"


@given(st.lists(WORDS, min_size=3, max_size=3))
def test_a_row_has_as_many_cells_as_it_was_given(values: list[str]) -> None:
    tokens = MARKDOWN.parse("| a | b | c |\n|---|---|---|\n" + cells(values))
    found = [after.content for token, after in pairwise(tokens) if token.type == "td_open"]
    assert len(found) == 3
    assert [shown(cell)[1] for cell in found] == [" ".join(value.split()) for value in values]


def test_nothing_in_a_report_makes_markup() -> None:
    drop = drops(HOSTILE, 1)
    entry = {"source": HOSTILE, "read": 1, "kept": 1, "not_sampled": 0, "dropped": drop}
    leaks = {"policy": "remove", "demonstrations": 1, "files": {HOSTILE: {}}}
    training = {"recipe": {HOSTILE: HOSTILE}, "deviations": [HOSTILE]}
    made = card(
        tune(run(), training=training, demonstrations={"language": "it", "instructions": entry, "leaks": leaks})
    )
    kinds, _ = shown(made.split("---\n", 2)[2])
    assert "html_inline" not in kinds and "html_block" not in kinds and "link_open" not in kinds
    titles = [line for line in made.splitlines() if line.startswith("#")]
    assert titles[0] == f"# {NAME}" and "# Title" not in titles


# What a card says


@pytest.mark.parametrize(
    "said",
    [
        "| instructions | i.json | 50 | 40 | 7 | 3 empty |",
        "| translations | pairs.jsonl | 90 | 20 (12 en-x, 8 x-en) | 65 | 5 long |",
        "share long stretches with a benchmark: 2, removed (xquad: xquad.it.json).",
        "Left out as longer than the cutoff: 4.",
        "| targets | q_proj, v_proj |",
        "| last loss | 1.5000 |",
        "- precision is bf16, not fp16: that needs CUDA",
        "- Licence of the backbone: Apache-2.0",
        "weights restored from 4-bit quantisation",
        "| xquad | it | f1_mlqa | all | 30 | 25.0 | 50.0 | 40.0 to 60.0 |",
        "| xquad | it | gold_bits_per_byte | all | 30 | 1.500 | 1.250 | 1.150 to 1.350 |",
        "| xquad | en | f1_mlqa | sound | 21 | none | 75.0 | 65.0 to 85.0 |",
        "| base | xquad | it | f1_mlqa | all | 30 | \u22122.5 | \u221212.5 to +7.5 |",
        f"its hash `{ALPACA.hash}`",
        "### Instruction:\n{instruction}\n\n### Input:\n{input}",
    ],
)
def test_a_card_says_what_the_reports_say(said: str) -> None:
    assert said in card(tune(run()))


def test_a_card_leaves_out_what_is_said_already_or_of_others() -> None:
    made = card(tune(run()))
    assert "| it | f1_mlqa | sound" not in made  # the sound items are all items
    assert "87.5" not in made and "12.5 |" not in made  # another model's, and a single task's
    assert "a line of somebody's data" not in made


def test_the_only_task_of_a_benchmark_is_the_whole_of_it() -> None:
    one = {"benchmark": "mmlu", "task": "anatomy"}
    scores = [score("base", 0.25, **one), score(NAME, 0.5, **one), score(NAME, 0.5, items="sound", **one)]
    made = card(tune(run(scores=scores, differences=[score(NAME, 0.25, baseline="base", **one)])))
    assert "| mmlu | it | f1_mlqa | all | 30 | 25.0 | 50.0 | 40.0 to 60.0 |" in made
    assert "| base | mmlu | it | f1_mlqa | all | 30 | +25.0 |" in made
    assert "sound" not in made.split("## Scores")[1].split("- f1_mlqa")[0]


def test_a_card_without_reports_says_what_is_missing() -> None:
    made = card(tune(demonstrations={}))
    assert "The report of the demonstrations was not at hand." in made
    assert "No scores were given with this model." in made
    assert "language" not in front(made)


def test_a_merged_models_card_says_how_far_it_is_off() -> None:
    made = card(tune(run()), merged=MERGED)
    assert "off by 0.33% of their norm (accepted: 2%); the fine-tune changes them by 5.8%." in made
    assert "measured with the adapter kept apart" in made
    assert front(made)["library_name"] == "transformers"


def test_the_hub_is_told_of_a_backbone_and_datasets_that_it_has() -> None:
    commit = "0" * 40
    data = {"instructions": f"hub:TFLai/Turkish-Alpaca@{commit}:a.json", "bitext": ["never used"]}
    models = {NAME: {"trained": True, "languages": ["tr"], "settings": {"instructions": 9, "translations": {}}}}
    alone, grid = {"data": data}, {"data": {"bitext": ["never used"]}, "languages": {"tr": {"data": data}}}
    told = [run(experiment={"file": file}, models=models) for file in (alone, grid)]
    known = front(card(tune(told[0]), LLAMA))
    assert front(card(tune(told[1]), LLAMA)) == known
    assert known["base_model"] == "huggyllama/llama-7b" and known["base_model_relation"] == "adapter"
    assert known["datasets"] == ["TFLai/Turkish-Alpaca"]
    assert known["license"] == "unknown"  # the backbone's has no id
    carried = front(card(tune(told[0]), SMOL))
    assert "base_model" not in carried and carried["license"] == "apache-2.0"


@pytest.mark.parametrize(
    ("licences", "id"),
    [
        (["Apache-2.0"], "apache-2.0"),
        (["Apache-2.0", "Apache-2.0"], "apache-2.0"),
        (["CC BY-NC 4.0"], "cc-by-nc-4.0"),
        (["Apache-2.0", "CC BY-NC 4.0"], "other"),
        (["Apache-2.0", ""], "unknown"),
        (["LLaMA (research use)"], "unknown"),
        ([], "unknown"),
    ],
)
def test_a_licence_is_stated_only_where_every_part_has_it(licences: list[str], id: str) -> None:
    assert licence_id(licences) == id


def test_a_folder_is_no_repository_of_the_hub(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({}), encoding="utf-8")
    assert hub_id(resolve(str(tmp_path))) == "" == hub_id(SMOL)
    assert hub_id(resolve("owner/name")) == "owner/name"


def test_a_translated_benchmarks_card_says_what_was_left_out() -> None:
    report = {
        "benchmark": "bbh",
        "source": "en",
        "target": "es",
        "engine": "apertium",
        "engine_version": "3.8 <b>",
        "items": 250,
        "published": 240,
        "reasons": {"lost": 9, "options-equal": 1},
        "kept_out": {"hyperbaton": "is about English"},
        "read_as": "tasks",
        "published_files": ["navigate.json"],
    }
    made = benchmark_card(report)
    assert front(made)["language"] == ["es"]
    for said in (
        "# bbh in Spanish, machine-translated",
        "240 of 250 items of `bbh`, translated from English by `apertium` (3.8 \\<b\\>)",
        "| lost | 9 |\n| options-equal | 1 |",
        "To keep out of averages:\n\n- `hyperbaton`: is about English",
        "Read the files as benchmark `tasks`.",
    ):
        assert said in made
