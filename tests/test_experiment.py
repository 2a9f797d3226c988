"""Experiment files: what is right is read, and whatever is wrong is said, all of it, with its line."""

from __future__ import annotations

import copy
import errno
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from crossalpaca.errors import ExperimentError, InputError
from crossalpaca.experiment import Experiment
from crossalpaca.experiment_files import experiment_path, shipped
from crossalpaca.grid import Grid

TEXT = """\
name: mine
language: de
backbone: smollm2-135m-instruct
data:
  instructions: a.json
  bitext: [b.jsonl, [c.en, c.de]]
models:
  base: {}
  de-Alpaca:
    instructions: 10
    translations: {en-x: 5, x-en: 7}
training:
  batch: 4
evaluation:
  benchmarks:
    - benchmark: xquad
      files: [x.json]
  decoding:
    batch: 2
compare:
  - [de-Alpaca, base]
"""
Problem = tuple[int, str]


def read(text: str, folder: Path = Path()) -> Experiment:
    (cell,) = Grid.parse(text, folder=folder).cells
    return cell


def problems(text: str) -> list[Problem]:
    with pytest.raises(ExperimentError) as raised:
        Grid.parse(text, source="mine.yaml")
    return list(raised.value.problems)


def only(text: str) -> Problem:
    found = problems(text)
    assert len(found) == 1, found
    return found[0]


def changed(line: int, replacement: str, text: str = TEXT) -> str:
    """The text with a line, counted from 1, replaced."""
    lines = text.splitlines()
    lines[line - 1] = replacement
    return "\n".join(lines) + "\n"


def added(line: int, more: str, text: str = TEXT) -> str:
    """The text with a line put after another one, counted from 1."""
    lines = text.splitlines()
    return "\n".join([*lines[:line], more, *lines[line:]]) + "\n"


# What is right


def test_an_experiment_is_what_its_file_says() -> None:
    experiment = read(TEXT, folder=Path("/data"))
    assert (experiment.name, experiment.language, experiment.folder) == ("mine", "de", Path("/data"))
    assert experiment.data.bitext == ("b.jsonl", ("c.en", "c.de"))
    assert experiment.models["de-Alpaca"].translations == {"en-x": 5, "x-en": 7}
    assert [model.trained for model in experiment.models.values()] == [False, True]
    assert (experiment.training.batch, experiment.evaluation.decoding.batch) == (4, 2)
    assert experiment.compare == (("de-Alpaca", "base"),)
    assert experiment.evaluation.benchmarks[0].title == "xquad"
    assert experiment.resolved_backbone.id == "smollm2-135m-instruct"
    assert experiment.template.name == experiment.prompt == "alpaca"
    assert experiment.seed == 42


@pytest.mark.parametrize("name", sorted(shipped()))
def test_every_shipped_experiment_loads_by_its_name(name: str) -> None:
    grid = Grid.load(name)
    assert grid.name == name
    assert grid.compare
    assert any(model.trained for cell in grid.cells for model in cell.models.values())


def test_quickstart_and_german_small_ship() -> None:
    assert {"quickstart", "german-small"} <= set(shipped())


def test_an_experiment_loads_by_path_with_data_beside_it_or_where_it_is_said(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("\ufeff" + TEXT, encoding="utf-8")
    assert Grid.load(path).cells[0].folder == tmp_path
    assert Grid.load(str(path), data="/elsewhere").cells[0].folder == Path("/elsewhere")
    assert Grid.load(path) == Grid.parse(TEXT, folder=tmp_path)


def test_an_alias_of_a_language_is_its_code() -> None:
    assert read(changed(2, "language: zh")).language == "zh-Hans"


def test_an_experiment_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        read(TEXT).seed = 1


def test_a_hub_id_with_a_revision_is_a_backbone() -> None:
    text = changed(3, "backbone: {id: owner/model, revision: abc}")
    backbone = read(text).resolved_backbone
    assert (backbone.id, backbone.revision) == ("owner/model", "abc")


# Unknown keys


@pytest.mark.parametrize(
    ("line", "more", "key", "meant"),
    [
        (3, "sede: 4", "sede", "seed"),
        (3, "langage: it", "langage", "language"),
        (5, "  instruction: a.json", "data.instruction", "instructions"),
        (10, "    translation: {}", "models.de-Alpaca.translation", "translations"),
        (13, "  lerning_rate: 0.1", "training.lerning_rate", "learning_rate"),
        (14, "  benchmark: x", "evaluation.benchmark", "benchmarks"),
        (17, "      itmes: 3", "evaluation.benchmarks.0.itmes", "items"),
        (19, "    precison: bf16", "evaluation.decoding.precison", "precision"),
    ],
)
def test_an_unknown_key_at_any_level_is_named_with_its_line_and_the_nearest(
    line: int, more: str, key: str, meant: str
) -> None:
    found, message = only(added(line, more))
    assert found == line + 1
    assert message == f"unknown key {key!r} (did you mean {meant}?)"


def test_an_unknown_key_of_a_backbone_is_named_with_its_line_and_the_nearest() -> None:
    text = changed(3, "backbone:\n  id: owner/model\n  revison: abc")
    assert (5, "unknown key 'backbone.revison' (did you mean revision?)") in problems(text)


@pytest.mark.parametrize(("key", "guess"), [("cpu", " (did you mean cpus?)"), ("core", "")])
def test_an_unknown_key_of_a_steps_resources_is_compared_with_theirs(key: str, guess: str) -> None:
    message = f"unknown key 'resources.train.{key}'{guess}"
    assert only(added(21, f"resources:\n  train:\n    {key}: 2")) == (24, message)


def test_an_unknown_direction_is_named_with_its_line_and_the_two_there_are() -> None:
    line, message = only(changed(11, "    translations:\n      en-x: 5\n      en-de: 7"))
    assert line == 13
    assert all(part in message for part in ("en-de", "en-x", "x-en"))


def test_a_key_that_resembles_none_is_named_without_a_guess() -> None:
    assert only(added(3, "zzzzzzzz: 1")) == (4, "unknown key 'zzzzzzzz'")


def test_an_unknown_key_is_compared_with_those_of_its_place_whatever_a_model_is_called() -> None:
    text = TEXT.replace("de-Alpaca", "training")
    assert only(added(10, "    translation: {}", text))[1].endswith("(did you mean translations?)")


def test_the_folder_is_not_written_in_the_file() -> None:
    line, message = only(added(3, "folder: /data"))
    assert (line, "unknown key 'folder'" in message) == (4, True)


# Unknown names


@pytest.mark.parametrize(
    ("line", "replacement", "said"),
    [
        (2, "language: dee", ["language", "'dee'", "did you mean de?"]),
        (
            3,
            "backbone: smollm2-135m-instrct",
            ["backbone", "'smollm2-135m-instrct'", "did you mean smollm2-135m-instruct?"],
        ),
        (3, "backbone: ./absent", ["backbone", "'./absent'"]),
        (16, "    - benchmark: xquat", ["benchmark", "'xquat'", "did you mean xquad?"]),
        (17, "      files: [x.json]\n      languages: [de, itt]", ["languages", "'itt'", "did you mean it?"]),
        (21, "  - [de-Alpaka, base]", ["compare", "'de-Alpaka'", "did you mean de-Alpaca?", "base"]),
        (1, "name: mine\nprompt: alpaka", ["prompt", "'alpaka'", "did you mean alpaca?"]),
    ],
)
def test_an_unknown_name_is_one_problem_with_its_line_and_the_nearest(
    line: int, replacement: str, said: list[str]
) -> None:
    found, message = only(changed(line, replacement))
    assert found == line + replacement.count("\n")
    assert [part for part in said if part not in message] == []


@pytest.mark.parametrize("name", ["~nobody-of-this-name/model", "x" * 300, "a" * 5000 + "/b", "\\0"])
def test_a_backbone_that_cannot_even_be_looked_for_is_a_problem_or_a_hub_id(name: str) -> None:
    text = changed(3, f'backbone: "{name}"')
    try:
        assert read(text).resolved_backbone.id == name
    except ExperimentError as error:
        assert error.problems[0][0] == 3


# Several problems, and the file as a whole


def test_all_problems_are_said_at_once_in_the_order_of_their_lines() -> None:
    text = changed(21, "  - [de-Alpaca, bass]")
    text = changed(16, "    - benchmark: xquat", text)
    text = changed(13, "  batch: -4", text)
    text = changed(10, "    instrctions: 10", text)
    text = changed(2, "language: ge", text)
    found = problems(text)
    assert [line for line, _ in found] == [2, 10, 13, 16, 21]
    with pytest.raises(ExperimentError) as raised:
        Grid.parse(text, source="mine.yaml")
    assert [line.split(" ")[0] for line in str(raised.value).splitlines()] == [
        f"mine.yaml:{line}:" for line in (2, 10, 13, 16, 21)
    ]
    assert raised.value.exit_code == 2


@pytest.mark.parametrize(
    ("line", "more", "key"),
    [
        (1, "name: again", "name"),
        (5, "  instructions: b.json", "instructions"),
        (11, "  base: {}", "base"),
        (13, "  batch: 4", "batch"),
        (17, "      files: [y.json]", "files"),
        (19, "    batch: 2", "batch"),
    ],
)
def test_a_key_given_twice_is_named_with_the_line_of_the_second(line: int, more: str, key: str) -> None:
    assert only(added(line, more)) == (line + 1, f"key {key!r} is given twice")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("name: [unclosed\n", 2),
        ("name: mine\n\tlanguage: de\n", 2),
        ("name: mine\nlanguage: 'de\n", 3),
        ("name: mine\n  language: de\n", 2),
        ("{\n", 2),
        ("name: *absent\n", 1),
        ("name: mine\n---\nname: other\n", 2),
        ("a: 1\nb: !!python/object/apply:os.system ['true']\n", 2),
        ("a: 1\nb: !unknown x\n", 2),
    ],
)
def test_what_is_not_yaml_is_said_with_its_line(text: str, line: int) -> None:
    found, message = only(text)
    assert message.startswith("not YAML: ")
    assert found == line


@pytest.mark.parametrize(
    "text", ["name: \x00", "[" * 3000, "a: " + "9" * 5000, "? [a, b]\n: c\n", "a: 2020-13-45", "<<: 3\n"]
)
def test_yaml_that_cannot_be_used_is_one_line(text: str) -> None:
    _, message = only(text)
    assert message.startswith("not YAML")
    assert "\n" not in message


@pytest.mark.parametrize(
    "text", ["", "\n\n", "# only a comment\n", "---\n", "null\n", "just text\n", "3\n", "[a, b]\n"]
)
def test_a_file_without_settings_is_said_to_have_none(text: str) -> None:
    assert only(text) == (1, "is not a mapping of settings such as 'name: my-experiment'")


def test_an_empty_mapping_lacks_all_that_is_needed() -> None:
    assert {message for _, message in problems("{}")} == {
        f"{key!r} is missing" for key in ("name", "language", "backbone", "models", "evaluation")
    }


def test_a_missing_key_is_said_at_the_part_that_lacks_it() -> None:
    assert only(changed(16, "    - name: x")) == (16, "'evaluation.benchmarks.0.benchmark' is missing")


def test_a_file_that_is_not_utf8_is_said_to_be_none(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_bytes("name: Größe".encode("latin-1"))
    with pytest.raises(ExperimentError, match=r"mine\.yaml: is not UTF-8 text"):
        Grid.load(path)


def test_a_file_that_is_not_there_is_answered_with_what_ships() -> None:
    with pytest.raises(InputError, match=r"quickstrt: no such experiment file.*did you mean quickstart\?") as raised:
        experiment_path("quickstrt")
    assert all(name in str(raised.value) for name in shipped())


@pytest.mark.parametrize("name", ["x" * 300, "a/" * 5000, "\0"])
def test_a_name_that_cannot_even_be_looked_for_is_that_of_no_file(name: str) -> None:
    with pytest.raises(InputError, match="no such experiment file") as raised:
        Grid.load(name)
    assert "\n" not in str(raised.value)


def test_a_file_that_may_not_be_read_is_said_to_be_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> str:
        raise PermissionError(errno.EACCES, "Permission denied")

    (tmp_path / "mine.yaml").write_text(TEXT, encoding="utf-8")
    monkeypatch.setattr(Path, "read_text", refuse)
    with pytest.raises(ExperimentError, match=r"mine\.yaml: cannot be read \(Permission denied\)$"):
        Grid.load(tmp_path / "mine.yaml")


# Wrong types and values


@pytest.mark.parametrize(
    ("line", "replacement", "where"),
    [
        (1, "name: [mine]", "name"),
        (1, "name: 3", "name"),
        (1, "name: ../up", "name"),
        (1, "name: ''", "name"),
        (1, "name: 'a b'", "name"),
        (1, "name: mine\nseed: many", "seed"),
        (1, "name: mine\nseed: -1", "seed"),
        (1, "name: mine\nseed: 1.5", "seed"),
        (1, "name: mine\nseed: true", "seed"),
        (1, "name: mine\nseed: 4294967296", "seed"),  # numpy and transformers take 32 bits
        (2, "language: {de: 1}", "language"),
        (2, "language:", "language"),
        (6, "  bitext: [[a.en]]", "data.bitext"),
        (6, "  bitext: [[a.en, a.de, a.it]]", "data.bitext"),
        (6, "  bitext: [3]", "data.bitext"),
        (8, "  base: 3", "models.base"),
        (8, "  base: {}\n  'bad name': {}", "models.bad name"),
        (10, "    instructions: -1", "models.de-Alpaca.instructions"),
        (10, "    instructions: most", "models.de-Alpaca.instructions"),
        (10, "    instructions: true", "models.de-Alpaca.instructions"),
        (10, "    instructions: 1.5", "models.de-Alpaca.instructions"),
        (11, "    translations: {en-x: -5}", "models.de-Alpaca.translations.en-x"),
        (11, "    translations: {en-x: yes}", "models.de-Alpaca.translations.en-x"),
        (11, "    translations: 5", "models.de-Alpaca.translations"),
        (13, "  batch: 0", "training.batch"),
        (13, "  batch: true", "training.batch"),
        (13, "  batch: four", "training.batch"),
        (13, "  learning_rate: 0", "training.learning_rate"),
        (13, "  learning_rate: .inf", "training.learning_rate"),
        (13, "  learning_rate: .nan", "training.learning_rate"),
        (13, "  dropout: 1.0", "training.dropout"),
        (13, "  warmup: 1.1", "training.warmup"),
        (13, "  precision: fp8", "training.precision"),
        (13, "  targets: q_proj", "training.targets"),
        (17, "      files: []", "evaluation.benchmarks.0.files"),
        (17, "      files: x.json", "evaluation.benchmarks.0.files"),
        (17, "      files: [x.json]\n      items: 0", "evaluation.benchmarks.0.items"),
        (19, "    batch: 0", "evaluation.decoding.batch"),
        (21, "  - [de-Alpaca]", "compare"),
        (21, "  - [de-Alpaca, base, base]", "compare"),
        (21, "  - de-Alpaca", "compare"),
        (21, "  - [{de-Alpaca: 1}, base]", "compare"),
        (21, "  - [[de-Alpaca], base]", "compare"),
    ],
)
def test_a_value_of_the_wrong_kind_is_said_with_its_line_and_place(line: int, replacement: str, where: str) -> None:
    text = changed(line, replacement)
    found = problems(text)
    assert {number for number, _ in found} == {line + replacement.count("\n")}
    assert all(where in message and "\n" not in message for _, message in found)


@pytest.mark.parametrize(
    ("start", "end", "replacement", "where"),
    [
        (4, 6, "data: [a.json]", "data"),
        (7, 11, "models: [base]", "models"),
        (7, 11, "models: {}", "models"),
        (12, 13, "training: 3", "training"),
        (14, 19, "evaluation: xquad", "evaluation"),
        (14, 19, "evaluation: {benchmarks: []}", "evaluation.benchmarks"),
        (14, 19, "evaluation: {benchmarks: {benchmark: xquad}}", "evaluation.benchmarks"),
        (20, 21, "compare: base", "compare"),
    ],
)
def test_a_part_of_the_wrong_kind_is_said_with_its_line_and_place(
    start: int, end: int, replacement: str, where: str
) -> None:
    lines = TEXT.splitlines()
    found = problems("\n".join([*lines[: start - 1], replacement, *lines[end:]]))
    assert any(number == start and message.startswith(f"{where}:") for number, message in found)


# What one part asks of another


def test_instructions_without_a_file_of_them_are_a_problem_of_the_model() -> None:
    line, message = only(changed(5, "  # no instructions"))
    assert (line, "de-Alpaca" in message, "data.instructions" in message) == (9, True, True)


def test_translations_without_bitext_are_a_problem_of_the_model() -> None:
    line, message = only(changed(6, "  # no bitext"))
    assert (line, "de-Alpaca" in message, "data.bitext" in message) == (9, True, True)


def test_no_translations_need_no_bitext() -> None:
    text = changed(11, "    translations: {en-x: 0}", changed(6, "  # no bitext"))
    assert read(text).models["de-Alpaca"].translations == {"en-x": 0}


def test_a_model_is_not_compared_with_itself() -> None:
    assert only(changed(21, "  - [base, base]")) == (21, "compare: 'base' is compared with itself; name two models")


@pytest.mark.parametrize("benchmark", ["squad", "choices", "tasks"])
def test_an_own_file_needs_a_name(benchmark: str) -> None:
    text = changed(16, f"    - benchmark: {benchmark}")
    assert only(text) == (16, f"benchmark {benchmark}: an own file needs a name")
    named = added(17, "      name: my-own", text)
    assert read(named).evaluation.benchmarks[0].title == "my-own"


def test_two_benchmarks_of_one_name_are_a_problem() -> None:
    text = added(17, "    - benchmark: xquad\n      files: [y.json]")
    assert any("xquad" in message for _, message in problems(text))


@pytest.mark.parametrize("golds", ["[]", "[a.json]"])
def test_golds_are_one_for_each_file(golds: str) -> None:
    chosen = read(added(17, f"      golds: {golds}")).evaluation.benchmarks[0]
    assert [*chosen.golds] == yaml.safe_load(golds)


def test_golds_for_other_files_than_there_are_is_a_problem() -> None:
    assert only(added(17, "      golds: [a.json, b.json]")) == (
        18,
        "benchmark xquad: 2 golds for 1 files; name one for each",
    )


def test_the_own_chat_template_of_the_backbone_may_be_asked_for() -> None:
    assert read(added(3, "prompt: chat")).template.name == "chat"


# Whatever stands anywhere

PARSED: dict[str, Any] = yaml.safe_load(TEXT)


def places(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*above, key)
        yield from places(inner, (*above, key))


KEY = st.text(max_size=4) | st.integers(-3, 3) | st.none() | st.booleans()
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEY, inner, max_size=3),
    max_leaves=6,
)


@given(place=st.sampled_from(list(places(PARSED))), value=ANYTHING)
def test_whatever_stands_anywhere_is_an_experiment_or_its_problems(place: tuple[Any, ...], value: Any) -> None:
    raw = copy.deepcopy(PARSED)
    owner = raw
    for part in place[:-1]:
        owner = owner[part]
    owner[place[-1]] = value
    text = yaml.safe_dump(raw, sort_keys=False, allow_unicode=True)
    try:
        experiment = read(text)
    except ExperimentError as error:
        lines = len(text.splitlines())
        assert error.problems
        assert all(0 <= line <= lines and message and "\n" not in message for line, message in error.problems)
    else:
        assert experiment.models


@given(text=st.text() | st.text("ab:[]{}-,#&*!|>'\"\n ?%@", max_size=30))
def test_any_text_is_an_experiment_or_its_problems(text: str) -> None:
    with pytest.raises(ExperimentError) as raised:
        read(text)
    assert raised.value.problems


def test_a_server_answers_for_the_models_it_is_named_for() -> None:
    text = added(14, "  server: {url: 'http://localhost:8000/v1', models: {de-Alpaca: adapter}}")
    evaluation = read(text).evaluation
    served = evaluation.serving("de-Alpaca")
    assert served is not None
    assert (served.name, served.url, served.concurrent) == ("adapter", "http://localhost:8000/v1", 32)
    assert evaluation.serving("base") is None


def test_a_server_for_a_model_that_is_not_there_is_a_problem_with_the_nearest() -> None:
    line, message = only(added(14, "  server: {url: 'http://localhost:8000/v1', models: {de-Alpacca: adapter}}"))
    assert line == 15
    assert "no model is called 'de-Alpacca' (did you mean de-Alpaca?)" in message


@pytest.mark.parametrize(("value", "better"), [("!!set {a, b}", "a list"), ("!!binary aGk=", "text")])
def test_kinds_of_values_that_only_yaml_has_are_refused_with_their_line(value: str, better: str) -> None:
    line, message = only(changed(6, f"  bitext:\n    {value}"))
    assert (line, message) == (7, f"{value.split(maxsplit=1)[0]} is no kind of value here; write {better}")


def test_an_unknown_policy_for_long_prompts_is_a_problem() -> None:
    line, message = only(added(19, "    too_long: truncate"))
    assert line == 20
    assert "too_long" in message


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{en-x: 5, x-en: 7}", "{en-x: 40}%", "not YAML"),
        ("{en-x: 5, x-en: 7}", "{en-x: much}", "'much' is no count of translations"),
        ("    translations: {en-x: 5, x-en: 7}", "    control: repeated", "has no translations to stand in for"),
        (
            "    instructions: 10\n    translations: {en-x: 5, x-en: 7}",
            "    translations: {en-x: 5%}",
            "a share of its",
        ),
        (
            "  bitext:",
            "  filters: {numbres: false}\n  bitext:",
            "no filter is called 'numbres' (did you mean numbers?)",
        ),
        ("  bitext:", "  filters: {empty: 3}\n  bitext:", "'empty' has no bound"),
        ("  bitext:", "  leaks: ignore\n  bitext:", "data.leaks"),
    ],
)
def test_what_a_mixture_cannot_be_is_a_problem(old: str, new: str, said: str) -> None:
    assert old in TEXT
    assert any(said in message for _, message in problems(TEXT.replace(old, new)))


def test_shares_filters_and_controls_are_read() -> None:
    text = TEXT.replace("{en-x: 5, x-en: 7}", "{en-x: 40%}\n    wording: mixed\n    control: mis-paired")
    experiment = read(text.replace("  bitext:", "  filters: {numbers: false, long: 80}\n  bitext:"))
    model = experiment.models["de-Alpaca"]
    assert (model.translations, model.wording, model.control) == ({"en-x": "40%"}, "mixed", "mis-paired")
    assert experiment.data.filters == {"numbers": False, "long": 80}
