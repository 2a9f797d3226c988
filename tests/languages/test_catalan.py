"""Catalan, which the paper does not have: its words, and all that somebody meets who adds a language."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from crossalpaca import languages as package
from crossalpaca.cli import app
from crossalpaca.cli.display import Lines
from crossalpaca.errors import InputError
from crossalpaca.evaluation.extraction import extract
from crossalpaca.evaluation.normalisation import mlqa_normalise
from crossalpaca.experiment_files import commented_template
from crossalpaca.grid import Grid
from crossalpaca.languages import language, languages
from crossalpaca.planning import plan
from crossalpaca.records import AnswerKind
from crossalpaca.runner import run_step
from crossalpaca.store import Store, step_key
from crossalpaca.translation.engines.apertium import Apertium, modes

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "your-own-language.md").read_text(encoding="utf-8")
FOLDER = Path(package.__file__).parent
FILES = dict(re.findall(r'```yaml title="(\S+)"\n(.*?)```', PAGE, re.DOTALL))

needs_pair = pytest.mark.skipif("eng-cat" not in modes(), reason="apertium-eng-cat is not installed")


# Catalan


@pytest.mark.parametrize(
    ("kind", "completion", "answer"),
    [
        ("letter", "La resposta correcta és l'opció D.", "D"),
        ("letter", "A no és correcta. La resposta és B.", "B"),
        ("letter", "A vegades plou. I no sé més.", None),
        ("letter", "L'home diu que D'Artagnan ho sap.", None),
        ("truth", "No és cert.", "false"),
        ("truth", "No, és cert.", "true"),
        ("truth", "La resposta és Fals, no Cert.", "false"),
        ("yes-no", "Sí, no hi ha dubte.", "yes"),
        ("yes-no", "Ell no sap res d'això", None),
        ("validity", "L'argument no és vàlid.", "invalid"),
        ("validity", "L'argument és deductivament vàlid.", "valid"),
        ("words", "arbre, vaixell i casa", "arbre vaixell casa"),
    ],
)
def test_an_answer_in_catalan_is_found(kind: AnswerKind, completion: str, answer: str | None) -> None:
    assert extract(completion, kind, language("ca")) == answer


def test_articles_are_dropped_and_elided_ones_stay() -> None:
    assert mlqa_normalise("Els gats, «una» casa i l'home", language("ca")) == "gats casa i lhome"


@needs_pair
def test_a_text_that_crashes_the_pair_takes_no_other_with_it() -> None:
    crashes = "but are increasingly branching into other institutions"
    texts = ["The red house.", crashes, "I see the dog.", f"Hello.\n{crashes}"]
    alone = [Apertium().translate([text], "en", "ca")[0] for text in texts]
    assert Apertium().translate(texts, "en", "ca") == alone
    assert alone == ["La casa vermella.", "", "Veig el gos.", ""]


EXPERIMENT = """
name: small
language: ca
backbone: smollm2-135m-instruct
data: {instructions: "starter:instructions.en.json", translate: {engine: apertium}, leaks: none}
models: {ca-Alpaca: {instructions: 8}}
evaluation:
  benchmarks:
    - {benchmark: tasks, name: reasoning, files: ["starter:bbh.en/navigate.json"], translate: {engine: apertium}}
"""


@needs_pair
def test_preflight_counts_the_prompts_of_a_translated_benchmark_once_it_is_translated(
    data_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CROSSALPACA_MEMORY", str(tmp_path / "memory.sqlite"))
    path, store = tmp_path / "small.yaml", tmp_path / "store"
    path.write_text(EXPERIMENT, encoding="utf-8")
    tokenizer = data_folder / "tokenizer" / "llama-sp.model"
    words = ["preflight", str(path), "--store", str(store), "--tokenizer", str(tokenizer)]
    before = CliRunner().invoke(app, words)
    assert "reasoning (ca) is translated when the experiment runs" in before.stdout
    steps = plan(Grid.load(path))
    translate = next(step for step in steps if step.name == "translate-benchmark")
    run_step(steps, step_key(translate), Store(store), Lines())
    after = CliRunner().invoke(app, [*words, "--json"])
    assert json.loads(after.stdout)["prompts"]["reasoning (ca)"]["count"] > 0


# A language that is not there yet


def test_an_unknown_code_names_the_file_to_add() -> None:
    with pytest.raises(InputError) as raised:
        language("oc")
    assert f"copy es.toml to {FOLDER / 'oc.toml'} and translate its texts" in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("code", ["oc", "ja", "cs"])
def test_another_code_of_two_letters_is_no_slip_of_the_pen(code: str) -> None:
    with pytest.raises(InputError, match="to add it") as raised:
        language(code)
    assert "did you mean" not in str(raised.value)


@pytest.mark.parametrize("text", ["../../etc/passwd", "Catalan", "ca.toml", ""])
def test_what_is_no_code_names_no_file(text: str) -> None:
    with pytest.raises(InputError) as raised:
        language(text)
    assert "to add it" not in str(raised.value)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of language files in the place of the package's."""
    for code in ("en", "es"):
        shutil.copy(FOLDER / f"{code}.toml", tmp_path)
    monkeypatch.setattr(package, "_folder", lambda: tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('code = "es"', 'code = "es"', "code is 'es', not 'oc' as in the file's name"),
        ("rtl = false", "", "rtl is missing"),
        ("rtl = false", 'rtl = "no"', "rtl must be true or false"),
        ("aliases = []", "aliases = []\nalias = 1", "alias is unknown"),
        ('"space"', '"spaces"', "segmentation is 'spaces', not one of space, character, none"),
        ("length_ratio = ", "length_ratio = -", "and must be above 0"),
        ('question = "¿Quién', 'quest = "¿Quién', "examples.read.quest is unknown, examples.read.question is missing"),
        ('context = "Texto"', "", "labels.context is missing"),
        (
            'announce = ["solución", "resultado"]',
            'announce = "solución"',
            "answer_cues.announce must be a list of texts",
        ),
        ('name = "Spanish"', 'name = "Spanish', "not TOML in UTF-8"),
    ],
)
def test_a_file_with_an_error_is_named_with_the_error_in_one_line(folder: Path, old: str, new: str, said: str) -> None:
    text = (folder / "es.toml").read_text(encoding="utf-8")
    assert old in text
    changed = text.replace(old, new, 1)
    if "code" not in old:
        changed = changed.replace('code = "es"', 'code = "oc"')
    (folder / "oc.toml").write_text(changed, encoding="utf-8")
    with pytest.raises(InputError) as raised:
        languages.__wrapped__()
    assert f"{folder / 'oc.toml'}: " in str(raised.value)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_file_that_is_only_copied_and_renamed_is_a_language(folder: Path) -> None:
    text = (folder / "es.toml").read_text(encoding="utf-8")
    (folder / "oc.toml").write_text(text.replace('code = "es"', 'code = "oc"'), encoding="utf-8")
    assert list(languages.__wrapped__()) == ["en", "es", "oc"]


# What `init` writes


@pytest.mark.parametrize("code", sorted(set(languages()) - {"en"}))
def test_the_commented_template_is_an_experiment(code: str) -> None:
    text = commented_template(code, "smollm2-135m-instruct")
    assert "@" not in text
    (cell,) = Grid.parse(text).cells
    assert cell.language == code
    assert cell.data.translate is None


def test_its_commented_settings_can_take_the_place_of_what_stands_above_them() -> None:
    text = commented_template("ca", "smollm2-135m-instruct")
    text = re.sub(r"^ +- \{benchmark: .*\n", "", text, flags=re.MULTILINE)
    text, count = re.subn(r"^( +)# (translate: |- \{)", r"\1\2", text, flags=re.MULTILINE)
    (cell,) = Grid.parse(text).cells
    assert count == 2
    assert cell.data.translate is not None
    assert [choice.translate is not None for choice in cell.evaluation.benchmarks] == [True]


# The page


def test_the_page_has_a_file_for_each_thing_that_may_be_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in FILES.items():
        Path(name).write_text(text, encoding="utf-8")
    cells = {name: Grid.load(name).cells for name in FILES}
    assert {name: len(each) for name, each in cells.items()} == dict.fromkeys(FILES, 1)
    assert len(FILES) == PAGE.count("```yaml") == 4
    found = {name: each[0] for name, each in cells.items()}
    assert found["no-engine.yaml"].data.translate is None
    assert all(choice.translate is None for choice in found["no-engine.yaml"].evaluation.benchmarks)
    assert not any(model.instructions for model in found["no-instructions.yaml"].models.values())
    assert not any(model.translations for model in found["no-pairs.yaml"].models.values())
    assert {cell.language for cell in found.values()} == {"ca"}


def commands() -> list[list[str]]:
    """What the page calls, in its blocks and in its sentences, without the program's name."""
    lines = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]
    lines += [" ".join(text.split()) for text in re.findall(r"`(crossalpaca [^`]+)`", PAGE)]
    return [shlex.split(line)[1:] for line in lines if line.startswith("crossalpaca ")]


def test_the_page_calls_the_commands_of_a_first_run() -> None:
    assert {words[0] for words in commands()} >= {"init", "languages", "demonstrations", "plan", "run", "report"}


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_a_command_of_the_page_is_one(words: list[str]) -> None:
    command = typer.main.get_command(app)
    context = command.make_context("crossalpaca", list(words))
    name, found, rest = command.resolve_command(context, list(words))  # type: ignore[attr-defined]
    assert found is not None
    found.make_context(name, list(rest), parent=context)


def test_the_page_links_to_pages_that_exist() -> None:
    linked = re.findall(r"\]\(([a-z-]+\.md)", PAGE)
    assert linked
    assert [name for name in linked if not (ROOT / "docs" / name).is_file()] == []
