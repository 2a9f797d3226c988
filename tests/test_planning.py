"""Plans: a pure function of an experiment and of what is in its files."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from crossalpaca.errors import CrossAlpacaError, DataError, ExperimentError
from crossalpaca.grid import Grid
from crossalpaca.planning import plan
from crossalpaca.records import SourceFile, Step
from crossalpaca.store import artefact_name, step_key

TEXT = """\
name: mine
language: de
backbone: smollm2-135m-instruct
seed: 42
data:
  instructions: instructions.json
  bitext: [one.jsonl, [two.en, two.de]]
models:
  base: {}
  Alpaca: {instructions: 10}
  CrossAlpaca: {instructions: 10, translations: {en-x: 5, x-en: 7}}
training:
  steps: 20
evaluation:
  benchmarks:
    - {benchmark: squad, name: qa, languages: [de, en], files: ["qa.{language}.json"]}
    - {benchmark: choices, name: choices, files: [a.csv, b.csv], items: 9}
compare:
  - [CrossAlpaca, Alpaca]
"""
FILES = ("instructions.json", "one.jsonl", "two.en", "two.de", "qa.de.json", "qa.en.json", "a.csv", "b.csv")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "data"
    made.mkdir()
    for name in FILES:
        (made / name).write_text(f"content of {name}", encoding="utf-8")
    return made


def planned(folder: Path, *changes: tuple[str, str]) -> list[Step]:
    text = TEXT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return plan(Grid.parse(text, folder=folder))


def keys(steps: list[Step]) -> list[str]:
    return [artefact_name(step) for step in steps]


def named(steps: list[Step], name: str) -> list[Step]:
    return [step for step in steps if step.name == name]


def titles(steps: list[Step]) -> list[str]:
    return [step.title for step in steps]


# Order and content


def assert_inputs_come_first(steps: list[Step]) -> None:
    made: set[str] = set()
    for step in steps:
        assert set(step.inputs.values()) <= made
        made.add(step_key(step))


def test_inputs_come_before_what_uses_them(folder: Path) -> None:
    assert_inputs_come_first(planned(folder))


def test_a_plan_has_the_steps_of_every_model_and_ends_in_the_report(folder: Path) -> None:
    steps = planned(folder)
    assert titles(named(steps, "demonstrations")) == ["demonstrations for Alpaca", "demonstrations for CrossAlpaca"]
    assert titles(named(steps, "train")) == ["train Alpaca", "train CrossAlpaca"]
    assert titles(named(steps, "evaluate")) == [
        f"evaluate {model} on {benchmark}"
        for model in ("base", "Alpaca", "CrossAlpaca")
        for benchmark in ("qa (de)", "qa (en)", "choices (de)")
    ]
    assert [step.name for step in steps].index("report") == len(steps) - 1


def test_a_model_is_trained_on_its_demonstrations_and_evaluated_with_its_adapter(folder: Path) -> None:
    by_title = {step.title: step for step in planned(folder)}
    for model in ("Alpaca", "CrossAlpaca"):
        trained = by_title[f"train {model}"]
        assert trained.inputs == {"demonstrations": step_key(by_title[f"demonstrations for {model}"])}
        assert by_title[f"evaluate {model} on qa (de)"].inputs == {"adapter": step_key(trained)}
    assert by_title["evaluate base on qa (de)"].inputs == {}


def test_the_report_is_made_from_every_other_step(folder: Path) -> None:
    *others, report = planned(folder)
    assert set(report.inputs.values()) == {step_key(step) for step in others}


def test_the_report_names_each_evaluation_once(folder: Path) -> None:
    evaluations = planned(folder)[-1].arguments["evaluations"]
    places = [(evaluation["model"], evaluation["name"], evaluation["language"]) for evaluation in evaluations]
    assert len(places) == len(set(places)) == 9


def test_each_benchmark_and_language_is_audited_once_whatever_the_models(folder: Path) -> None:
    assert titles(named(planned(folder), "audit")) == ["audit qa (de)", "audit qa (en)", "audit choices (de)"]


def test_golds_by_row_are_read_by_audit_and_evaluation_and_named_in_the_report(folder: Path) -> None:
    steps = planned(folder, ("files: [a.csv, b.csv]", "files: [a.csv, b.csv], golds: [b.csv, a.csv]"))
    for step in named(steps, "audit") + named(steps, "evaluate"):
        own = step.title.endswith("choices (de)")
        assert [file.name for file in step.arguments["golds"]] == (["b.csv", "a.csv"] if own else [])
    golds = {evaluation["name"]: evaluation["golds"] for evaluation in steps[-1].arguments["evaluations"]}
    assert golds == {"qa": "own", "choices": "by-row"}


def test_a_file_of_the_same_content_under_another_name_is_another_subject(folder: Path) -> None:
    before = planned(folder)
    (folder / "c.csv").write_bytes((folder / "b.csv").read_bytes())
    after = planned(folder, ("files: [a.csv, b.csv]", "files: [a.csv, c.csv]"))
    assert {"audit choices (de)", "evaluate base on choices (de)"} <= changed_titles(before, after)


@pytest.mark.parametrize("twice", ["[de, de]", "[de, en, de]"])
def test_a_language_named_twice_is_refused_or_evaluated_once(folder: Path, twice: str) -> None:
    try:
        steps = planned(folder, ("languages: [de, en]", f"languages: {twice}"))
    except ExperimentError as error:
        assert "language 'de' is given twice" in str(error)
        return
    evaluations = steps[-1].arguments["evaluations"]
    places = [(evaluation["model"], evaluation["name"], evaluation["language"]) for evaluation in evaluations]
    assert len(places) == len(set(places))


def test_two_files_of_one_benchmark_under_one_name_never_hide_each_other(folder: Path) -> None:
    more = '    - {benchmark: squad, name: qa, languages: [de], files: ["qa.en.json"]}\n    - {benchmark: choices'
    try:
        *others, report = planned(folder, ("    - {benchmark: choices", more))
    except ExperimentError as error:
        assert "qa" in str(error)
        return
    assert set(report.inputs.values()) == {step_key(step) for step in others}


def test_only_the_demonstrations_that_are_asked_are_made(folder: Path) -> None:
    alpaca, cross = named(planned(folder), "demonstrations")
    assert alpaca.arguments["bitext"] == []
    assert alpaca.arguments["translations"] == {}
    assert [[file.name for file in entry] for entry in cross.arguments["bitext"]] == [
        ["one.jsonl"],
        ["two.en", "two.de"],
    ]
    assert cross.arguments["translations"] == {"en-x": 5, "x-en": 7}
    all_of_them = named(planned(folder, ("instructions: 10}", "instructions: all}")), "demonstrations")[0]
    assert all_of_them.arguments["instruction_count"] is None


def test_a_benchmark_without_languages_is_asked_in_that_of_the_experiment(folder: Path) -> None:
    asked = [s.arguments["language"] for s in named(planned(folder), "evaluate") if s.arguments["name"] == "choices"]
    assert asked == ["de"] * 3


# Steps that models share


def test_steps_that_models_share_are_not_repeated(folder: Path) -> None:
    steps = planned(folder, ("  base: {}", "  base: {}\n  Twin: {instructions: 10}"))
    assert len(keys(steps)) == len(set(keys(steps)))
    assert len(named(steps, "demonstrations")) == len(named(steps, "train")) == 2
    by_title = {step.title: step for step in steps}
    assert by_title["evaluate Twin on qa (de)"].inputs == by_title["evaluate Alpaca on qa (de)"].inputs
    assert_inputs_come_first(steps)


def test_a_direction_of_which_none_are_asked_makes_no_other_step(folder: Path) -> None:
    none = planned(folder, ("Alpaca: {instructions: 10}", "Alpaca: {instructions: 10, translations: {en-x: 0}}"))
    assert keys(none)[:-1] == keys(planned(folder))[:-1]


# Keys


def test_an_experiment_planned_twice_has_the_same_keys(folder: Path) -> None:
    assert keys(planned(folder)) == keys(planned(folder))


def test_moving_or_renaming_the_data_folder_changes_no_key(folder: Path, tmp_path: Path) -> None:
    before = keys(planned(folder))
    moved = tmp_path / "elsewhere/renamed"
    shutil.copytree(folder, moved)
    shutil.rmtree(folder)
    assert keys(planned(moved)) == before


def test_planning_reads_and_never_writes(folder: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    assert planned(folder)
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


def changed_titles(before: list[Step], after: list[Step]) -> set[str]:
    known = set(keys(before))
    return {step.title for step in after if artefact_name(step) not in known}


def test_another_seed_changes_every_key_but_those_of_audits(folder: Path) -> None:
    before, after = planned(folder), planned(folder, ("seed: 42", "seed: 43"))
    assert changed_titles(before, after) == {title for title in titles(after) if not title.startswith("audit ")}


ALL_OF = {
    "Alpaca": {"demonstrations for Alpaca", "train Alpaca"}
    | {f"evaluate Alpaca on {place}" for place in ("qa (de)", "qa (en)", "choices (de)")},
    "CrossAlpaca": {"demonstrations for CrossAlpaca", "train CrossAlpaca"}
    | {f"evaluate CrossAlpaca on {place}" for place in ("qa (de)", "qa (en)", "choices (de)")},
}
TRAINED = ALL_OF["Alpaca"] | ALL_OF["CrossAlpaca"]
MODELS = ("base", "Alpaca", "CrossAlpaca")


@pytest.mark.parametrize(
    ("name", "affected"),
    [
        ("instructions.json", ALL_OF["Alpaca"] | ALL_OF["CrossAlpaca"]),
        ("one.jsonl", ALL_OF["CrossAlpaca"]),
        ("two.de", ALL_OF["CrossAlpaca"]),
        # Demonstrations are kept apart from the benchmarks, so that training rests on these too.
        ("qa.de.json", TRAINED | {"evaluate base on qa (de)", "audit qa (de)"}),
        ("qa.en.json", TRAINED | {"evaluate base on qa (en)", "audit qa (en)"}),
        ("b.csv", TRAINED | {"evaluate base on choices (de)", "audit choices (de)"}),
    ],
)
def test_another_content_of_a_file_changes_the_keys_of_all_that_rests_on_it(
    folder: Path, name: str, affected: set[str]
) -> None:
    before = planned(folder)
    (folder / name).write_text("other content", encoding="utf-8")
    assert changed_titles(before, planned(folder)) == affected | {"report mine"}


@pytest.mark.parametrize(
    ("name", "affected"),
    [
        ("qa.de.json", {f"evaluate {model} on qa (de)" for model in MODELS} | {"audit qa (de)"}),
        ("b.csv", {f"evaluate {model} on choices (de)" for model in MODELS} | {"audit choices (de)"}),
    ],
)
def test_where_no_leaks_are_looked_for_training_does_not_rest_on_benchmarks(
    folder: Path, name: str, affected: set[str]
) -> None:
    unchecked = ("data:\n", "data:\n  leaks: none\n")
    before = planned(folder, unchecked)
    (folder / name).write_text("other content", encoding="utf-8")
    assert changed_titles(before, planned(folder, unchecked)) == affected | {"report mine"}


def test_the_order_of_bitext_changes_no_key(folder: Path) -> None:
    turned = ("bitext: [one.jsonl, [two.en, two.de]]", "bitext: [[two.en, two.de], one.jsonl]")
    assert changed_titles(planned(folder), planned(folder, turned)) == {"report mine"}  # which shows the settings


def test_controls_and_shares_are_steps_like_others(folder: Path) -> None:
    more = """  CrossAlpaca: {instructions: 10, translations: {en-x: 5, x-en: 7}}
  Repeated: {instructions: 10, translations: {en-x: 5, x-en: 7}, control: repeated}
  Wrong: {instructions: 10, translations: {en-x: 5, x-en: 7}, control: mis-paired}
  Shared: {instructions: 10, translations: {en-x: "40%"}, wording: target}"""
    steps = planned(folder, ("  CrossAlpaca: {instructions: 10, translations: {en-x: 5, x-en: 7}}", more))
    made = {step.title.removeprefix("demonstrations for "): step for step in named(steps, "demonstrations")}
    assert made["Repeated"].arguments["bitext"] == []
    assert made["Wrong"].arguments["control"] == "mis-paired"
    assert made["Shared"].arguments["translations"] == {"en-x": "40%"}
    assert made["Shared"].arguments["wording"] == "target"
    assert len({step_key(step) for step in made.values()}) == 5


@pytest.mark.parametrize(
    ("old", "new", "affected"),
    [
        ("steps: 20", "steps: 21", (ALL_OF["Alpaca"] | ALL_OF["CrossAlpaca"])),
        ("x-en: 7", "x-en: 8", ALL_OF["CrossAlpaca"]),
        ("items: 9", "items: 8", {f"evaluate {model} on choices (de)" for model in MODELS}),
        ("name: mine", "name: mien", set()),
    ],
)
def test_a_setting_changes_the_keys_of_all_that_rests_on_it(
    folder: Path, old: str, new: str, affected: set[str]
) -> None:
    before, after = planned(folder), planned(folder, (old, new))
    report = after[-1].title
    training_changed = old == "steps: 20"
    expected = affected | {report}
    if training_changed:
        expected -= {"demonstrations for Alpaca", "demonstrations for CrossAlpaca"}
    assert {title for title in changed_titles(before, after) if title != report} | {report} == expected


def test_a_mere_renaming_of_the_experiment_repeats_nothing_but_the_report(folder: Path) -> None:
    assert keys(planned(folder, ("name: mine", "name: yours")))[:-1] == keys(planned(folder))[:-1]


# Files


def test_missing_files_are_named_together(folder: Path) -> None:
    for name in ("instructions.json", "two.de", "qa.en.json"):
        (folder / name).unlink()
    with pytest.raises(DataError) as raised:
        planned(folder)
    message = str(raised.value)
    assert all(str(folder / name) in message for name in ("instructions.json", "two.de", "qa.en.json"))
    assert str(folder / "one.jsonl") not in message
    assert "--data" in message
    assert "\n" not in message


def test_each_missing_file_is_named_once_and_beyond_five_they_are_counted(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=f"and {len(FILES) - 5} more") as raised:
        planned(tmp_path)
    assert str(raised.value).count(str(tmp_path)) == 5


def test_a_folder_in_the_place_of_a_file_is_named(folder: Path) -> None:
    (folder / "a.csv").unlink()
    (folder / "a.csv").mkdir()
    with pytest.raises(DataError, match=r"a\.csv"):
        planned(folder)


def test_a_file_that_no_model_needs_need_not_be_there(folder: Path) -> None:
    for name in ("one.jsonl", "two.en", "two.de"):
        (folder / name).unlink()
    steps = planned(folder, ("translations: {en-x: 5, x-en: 7}", "translations: {}"))
    assert steps


def test_files_stand_in_steps_by_their_content(folder: Path) -> None:
    evaluated = named(planned(folder), "evaluate")[0]
    (file,) = evaluated.arguments["files"]
    assert isinstance(file, SourceFile)
    assert file.path == folder / "qa.de.json"


# Real experiments


def test_the_quickstart_needs_no_other_data_than_what_ships(tmp_path: Path) -> None:
    steps = plan(Grid.load("quickstart", data=tmp_path))
    assert_inputs_come_first(steps)
    assert len(named(steps, "train")) == 2
    assert keys(steps) == keys(plan(Grid.load("quickstart", data="/elsewhere")))


def test_german_small_finds_its_data(data_folder: Path) -> None:
    steps = plan(Grid.load("german-small", data=data_folder))
    assert_inputs_come_first(steps)
    assert [step.name for step in steps].count("report") == 1


def test_german_small_without_data_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(CrossAlpacaError, match=r"missing data: .*--data"):
        plan(Grid.load("german-small", data=tmp_path))


def test_a_served_model_has_no_likelihoods_which_the_plan_says(folder: Path) -> None:
    server = "evaluation:\n  server: {url: 'http://localhost:1/v1', models: {Alpaca: a, base: b}}\n"
    steps = named(planned(folder, ("evaluation:\n", server)), "evaluate")
    said = {step.arguments["model"]: "no likelihoods" in step.size for step in steps}
    assert said == {"base": True, "Alpaca": True, "CrossAlpaca": False}
    elsewhere = named(planned(folder, ("evaluation:\n", server.replace(":1/", ":2/"))), "evaluate")
    assert keys(steps) == keys(elsewhere)
    renamed = named(planned(folder, ("evaluation:\n", server.replace("base: b", "base: c"))), "evaluate")
    assert keys(steps)[:3] != keys(renamed)[:3]
    assert keys(steps)[3:] == keys(renamed)[3:]


TRANSLATED = (
    "- {benchmark: choices, name: choices, files: [a.csv, b.csv], items: 9}",
    "- {benchmark: choices, name: choices, languages: [es, en], files: [a.csv, b.csv], translate: {engine: apertium}}",
)


@pytest.fixture
def apertium(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that is there without being installed."""
    from crossalpaca.translation.engines.apertium import Apertium

    monkeypatch.setattr(Apertium, "version", lambda self, source, target: f"1 {source}-{target}")


@pytest.mark.usefixtures("apertium")
def test_a_benchmark_that_a_language_lacks_is_translated_audited_and_asked(folder: Path) -> None:
    steps = planned(folder, TRANSLATED)
    (translated,) = named(steps, "translate-benchmark")
    assert translated.title == "translate choices into es"
    assert [file.name for file in translated.arguments["files"]] == ["a.csv", "b.csv"]
    readers = [step for step in steps if step.title.endswith("choices (es)")]
    assert {step.name for step in readers} == {"audit", "evaluate"}
    assert all(step.inputs["benchmark"] == step_key(translated) and not step.arguments["files"] for step in readers)
    assert all("benchmark" not in step.inputs for step in steps if step.title.endswith("choices (en)"))
    against = named(steps, "demonstrations")[0].arguments["against"]
    assert {each["language"] for each in against if each["benchmark"] == "choices"} == {"en"}
    assert_inputs_come_first(steps)


@pytest.mark.usefixtures("apertium")
def test_instructions_that_a_language_lacks_are_translated_once(folder: Path) -> None:
    text = ("  instructions: instructions.json", "  instructions: instructions.json\n  translate: {engine: apertium}")
    steps = planned(folder, text)
    (translated,) = named(steps, "translate-instructions")
    for made in named(steps, "demonstrations"):
        assert made.inputs == {"instructions": step_key(translated)}
        assert made.arguments["instructions"] is None
    assert_inputs_come_first(steps)
    dearer = planned(folder, (text[0], text[1].replace("apertium}", "apertium, max_cost: 3}")))
    assert changed_titles(steps, dearer) == {"report mine"}
