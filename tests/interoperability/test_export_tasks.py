"""What `crossalpaca export-tasks` writes: the items and prompts of an evaluation, as tasks of another program."""

from __future__ import annotations

import importlib.util
import json
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from crossalpaca.benchmarks import BENCHMARKS
from crossalpaca.cli import main
from crossalpaca.errors import InputError
from crossalpaca.evaluation.predict import chosen_examples
from crossalpaca.grid import Grid
from crossalpaca.interoperability import lm_eval
from crossalpaca.planning import plan
from crossalpaca.prompts import ALPACA
from crossalpaca.records import Example
from crossalpaca.sources.files import source_file, starter_folder

Row = dict[str, Any]
Load = Callable[..., dict[str, list[Row]]]

QA, CHOICES = (starter_folder() / name for name in ("qa.it.json", "choices.it.csv"))


def arguments(benchmark: str = "squad", file: Path = QA, **changes: Any) -> Mapping[str, Any]:
    """What an evaluation is given, as far as tasks know of it."""
    common = {"template": ALPACA, "golds": [], "items": None, "seed": 42, "max_new_tokens": 9}
    return common | {"benchmark": benchmark, "name": "mine", "language": "it", "files": [source_file(file)]} | changes


def command(monkeypatch: pytest.MonkeyPatch, *words: str | Path) -> int:
    """Exit code of `crossalpaca export-tasks`, called in this process."""
    monkeypatch.setattr(sys, "argv", ["crossalpaca", "export-tasks", *map(str, words)])
    with pytest.raises(SystemExit) as left:
        main()
    return int(left.value.code or 0)


def rows(folder: Path, task: str) -> list[Row]:
    lines = (folder / f"{task}.jsonl").read_text(encoding="utf-8").split("\n")
    assert lines.pop() == ""
    return [json.loads(line) for line in lines]


class _Loader(yaml.SafeLoader):
    """Reads a function's name where the harness reads the function."""


_Loader.add_constructor("!function", lambda loader, node: "function " + str(node.value))


def config(folder: Path, task: str) -> dict[str, Any]:
    found = yaml.load((folder / f"{task}.yaml").read_text(encoding="utf-8"), Loader=_Loader)
    assert isinstance(found, dict)
    return found


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], Load]:
    """The loader of a folder, with lists in place of the harness's data sets."""
    monkeypatch.setitem(sys.modules, "datasets", SimpleNamespace(Dataset=SimpleNamespace(from_list=list)))

    def loader(folder: Path) -> Load:
        spec = importlib.util.spec_from_file_location("exported", folder / "crossalpaca_data.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        found: Load = module.load
        return found

    return loader


# Items and prompts


@pytest.mark.parametrize(("items", "seed"), [(5, 7), (5, 8), (13, 7), (None, 7)])
@pytest.mark.parametrize(("benchmark", "file"), [("squad", QA), ("choices", CHOICES)])
def test_the_items_are_those_of_an_evaluation(
    benchmark: str, file: Path, items: int | None, seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = ["--items", str(items)] if items else []
    words = ("--benchmark", benchmark, "--language", "it", "--file", file, "--seed", str(seed), *drawn)
    assert command(monkeypatch, tmp_path, *words) == 0
    examples = chosen_examples(arguments(benchmark, file, name=benchmark, items=items, seed=seed))
    found = rows(tmp_path, f"crossalpaca_{benchmark}_it")
    assert [row["id"] for row in found] == [example.id for example in examples]
    assert [row["prompt"] for row in found] == [ALPACA.render(each.instruction, each.input) for each in examples]
    assert [tuple(row["references"]) for row in found] == [example.references for example in examples]
    for row, example in zip(found, examples, strict=True):
        assert (tuple(row["labels"]), tuple(row["choices"])) == (example.labels, example.choices)
        assert (row["labels"][row["gold"]] in example.references) if example.labels else row["gold"] == -1


def test_an_experiment_gives_every_benchmark_and_language_with_its_items(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(monkeypatch, tmp_path, "--experiment", "quickstart", "--json") == 0
    written = json.loads(capsys.readouterr().out)
    assert written["tasks"] == [name for name in written["tasks"] if (tmp_path / f"{name}.yaml").is_file()]
    assert len(written["tasks"]) == len(set(written["tasks"])) == len(list(tmp_path.glob("*.yaml")))
    steps = [step for step in plan(Grid.load("quickstart")) if step.name == "evaluate"]
    assert {f"{step.arguments['name']}_{step.arguments['language']}" for step in steps} == {
        path.stem.removeprefix("crossalpaca_") for path in tmp_path.glob("*.jsonl")
    }
    for step in steps:
        task = f"crossalpaca_{step.arguments['name']}_{step.arguments['language']}"
        assert [row["id"] for row in rows(tmp_path, task)] == [each.id for each in chosen_examples(step.arguments)]
        limit = config(tmp_path, task)["generation_kwargs"]["max_gen_toks"]
        assert limit == step.arguments["max_new_tokens"]


def test_real_questions_keep_their_ids_and_texts(data_folder: Path, tmp_path: Path) -> None:
    file = data_folder / "xquad/xquad.zh.json.gz"
    lm_eval.export_tasks(tmp_path, [arguments("xquad", file, name="xquad", language="zh-Hans", items=50)])
    found = rows(tmp_path, "crossalpaca_xquad_zh-Hans")
    assert len(found) == 50
    for row in found:
        assert all(reference in row["prompt"] for reference in row["references"])


LABELS = ("A", "B")


@pytest.mark.parametrize(
    ("references", "labels", "written", "gold"),
    [
        (("Rom",), (), ["Rom"], -1),
        (("Rom", "in Rom"), (), ["Rom", "in Rom"], -1),
        ((" Rom\n",), (), ["Rom"], -1),
        (("B",), LABELS, ["B"], 1),
        (("A",), LABELS, ["A"], 0),
        (("C",), LABELS, ["C"], -1),
        ((), LABELS, [" "], -1),
        ((), (), [" "], -1),
    ],
)
def test_references_and_gold(
    references: tuple[str, ...],
    labels: tuple[str, ...],
    written: list[str],
    gold: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    example = Example("e1", "mine", "", "e1", "it", "Answer.", "?", "text", labels, (), references, "file")
    monkeypatch.setattr(lm_eval, "chosen_examples", lambda arguments: [example])
    lm_eval.export_tasks(tmp_path, [arguments()])
    (row,) = rows(tmp_path, "crossalpaca_mine_it")
    assert (row["references"], row["gold"]) == (written, gold)


# Tasks


COMMON = {
    "tag": "crossalpaca",
    "custom_dataset": "function crossalpaca_data.load",
    "test_split": "test",
    "num_fewshot": 0,
    "doc_to_text": "prompt",
    "metadata": {"version": 1, "prompt": ALPACA.signature},
}
MEAN = {"aggregation": "mean", "higher_is_better": True}


def test_an_answer_is_greedy_ends_with_the_text_and_is_matched_exactly(tmp_path: Path) -> None:
    assert lm_eval.export_tasks(tmp_path, [arguments()]) == ["crossalpaca_mine_it"]
    assert config(tmp_path, "crossalpaca_mine_it") == COMMON | {
        "task": "crossalpaca_mine_it",
        "dataset_kwargs": {"file": "crossalpaca_mine_it.jsonl"},
        "output_type": "generate_until",
        "doc_to_target": "references",
        "generation_kwargs": {"do_sample": False, "until": [], "max_gen_toks": 9},
        "filter_list": [
            {"name": "stripped", "filter": [{"function": "remove_whitespace"}, {"function": "take_first"}]}
        ],
        "metric_list": [{"metric": "exact_match"} | MEAN],
    }


def test_labels_and_choices_are_tasks_of_their_own(tmp_path: Path) -> None:
    names = lm_eval.export_tasks(tmp_path, [arguments("choices", CHOICES)])
    assert names == ["crossalpaca_mine_it", "crossalpaca_mine_it_labels", "crossalpaca_mine_it_choices"]
    for kind in ("labels", "choices"):
        assert config(tmp_path, f"crossalpaca_mine_it_{kind}") == COMMON | {
            "task": f"crossalpaca_mine_it_{kind}",
            "dataset_kwargs": {"file": "crossalpaca_mine_it.jsonl", "having": kind},
            "output_type": "multiple_choice",
            "doc_to_choice": kind,
            "doc_to_target": "gold",
            "target_delimiter": "",
            "metric_list": [{"metric": name} | MEAN for name in ("acc", "acc_norm", "acc_bytes")],
        }


def test_the_limit_of_an_answer_is_the_benchmarks_unless_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("--benchmark", "squad", "--language", "it", "--file", QA)
    assert command(monkeypatch, tmp_path / "own", *words) == 0
    assert command(monkeypatch, tmp_path / "given", *words, "--max-new-tokens", "3") == 0
    for folder, limit in (("own", BENCHMARKS["squad"].max_new_tokens), ("given", 3)):
        assert config(tmp_path / folder, "crossalpaca_squad_it")["generation_kwargs"]["max_gen_toks"] == limit


# The folder


def test_calls_add_to_a_folder_and_its_readme(tmp_path: Path) -> None:
    lm_eval.export_tasks(tmp_path, [arguments()])
    before = (tmp_path / "crossalpaca_mine_it.yaml").read_bytes()
    lm_eval.export_tasks(tmp_path, [arguments("choices", CHOICES, name="four")])
    assert (tmp_path / "crossalpaca_mine_it.yaml").read_bytes() == before
    readme = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert [line for line in readme.splitlines() if line.startswith("| `")] == [
        "| `crossalpaca_four_it` | an answer, greedily |",
        "| `crossalpaca_four_it_choices` | the likeliest of `choices` |",
        "| `crossalpaca_four_it_labels` | the likeliest of `labels` |",
        "| `crossalpaca_mine_it` | an answer, greedily |",
    ]


def test_nothing_in_a_folder_says_where_it_or_its_data_lie(tmp_path: Path) -> None:
    folder = tmp_path / "tasks"
    lm_eval.export_tasks(folder, [arguments(), arguments("choices", CHOICES, name="four")])
    for path in folder.iterdir():
        text = path.read_text(encoding="utf-8")
        assert str(tmp_path) not in text
        assert str(QA.parent) not in text


def test_the_loader_finds_its_rows_wherever_the_folder_is_moved(
    load: Callable[[Path], Load], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lm_eval.export_tasks(tmp_path / "first", [arguments()])
    moved = Path(shutil.move(tmp_path / "first", tmp_path / "second"))
    monkeypatch.chdir("/")
    task = config(moved, "crossalpaca_mine_it")
    found = load(moved)(**task["metadata"], **task["dataset_kwargs"])
    assert found == {"test": rows(moved, "crossalpaca_mine_it")}


def test_the_loader_leaves_texts_as_they_are_and_lists_with_gaps_out(
    load: Callable[[Path], Load], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def example(id: str, text: str, choices: tuple[str, ...]) -> Example:
        labels = LABELS[: len(choices)]
        return Example(id, "mine", "", id, "it", "Answer.", text, "text", labels, choices, ("2020-01-01",), "file")

    texts = ["a\u2028b\x85c", "a\r\nb\rc", "2020-01-01", "\x00\x1c"]
    examples = [
        *(example(f"t{number}", text, ("one", "two")) for number, text in enumerate(texts)),
        example("empty choice", "?", ("one", "")),
        example("no choice", "?", ()),
    ]
    monkeypatch.setattr(lm_eval, "chosen_examples", lambda arguments: examples)
    lm_eval.export_tasks(tmp_path, [arguments()])
    loaded = load(tmp_path)

    def ids(task: str) -> list[str]:
        return [row["id"] for row in loaded(**config(tmp_path, task)["dataset_kwargs"])["test"]]

    assert ids("crossalpaca_mine_it") == [each.id for each in examples]
    assert ids("crossalpaca_mine_it_labels") == ["t0", "t1", "t2", "t3", "empty choice"]
    assert ids("crossalpaca_mine_it_choices") == ["t0", "t1", "t2", "t3"]
    prompts = [row["prompt"] for row in loaded("crossalpaca_mine_it.jsonl")["test"]]
    assert prompts == [ALPACA.render("Answer.", each.input) for each in examples]


# Refusals


def test_a_task_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    lm_eval.export_tasks(tmp_path, [arguments()])
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(InputError, match=r"crossalpaca_mine_it\.jsonl: is there already; remove it"):
        lm_eval.export_tasks(tmp_path, [arguments("choices", CHOICES, name="other"), arguments(items=3)])
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


ONE = ("--benchmark", "squad", "--language", "it", "--file", str(QA))


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ((), "nothing to export: give --experiment, or --benchmark with --language and --file"),
        (("--benchmark", "squad", "--language", "it"), "nothing to export"),
        (("--experiment", "quickstart", "--benchmark", "squad"), "leave out the options of a single benchmark"),
        (("--experiment", "quickstart", "--seed", "0"), "leave out the options of a single benchmark"),
        (("--experiment", "quickstar"), "did you mean quickstart?"),
        ((*ONE, "--prompt", "chat"), "prompt chat: only a backbone's tokenizer can render it"),
        ((*ONE, "--prompt", "alpacca"), "unknown prompt template 'alpacca' (did you mean alpaca?)"),
        (("--benchmark", "squat", *ONE[2:]), "unknown benchmark 'squat' (did you mean squad?)"),
        ((*ONE[:5], "absent.json"), "absent.json: is not there"),
    ],
)
def test_a_refusal_is_one_line_and_nothing_is_written(
    words: tuple[str, ...],
    complaint: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert command(monkeypatch, tmp_path / "tasks", *words) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert complaint in line
    assert not (tmp_path / "tasks").exists()


def test_a_folder_that_cannot_be_one_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert command(monkeypatch, tmp_path / "file", *ONE) == 2
    assert "cannot be written (File exists); name another folder" in capsys.readouterr().err
