"""`crossalpaca score` and `crossalpaca compare`, called in this process."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from crossalpaca.cli import main
from crossalpaca.evaluation.metrics import METRICS
from crossalpaca.prompts import ALPACA
from crossalpaca.records import Example, Prediction, write_jsonl
from sealing import flipped, sealed


def call(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["crossalpaca", *arguments])
    with pytest.raises(SystemExit) as left:
        main()
    return int(left.value.code or 0)


def test_score_answers_what_the_official_scorers_answer_line_by_line(
    data_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    golden = data_folder / "scoring/golden.jsonl"
    assert call(monkeypatch, "score", str(golden), "--json") == 0
    answers = [json.loads(line) for line in capsys.readouterr().out.split("\n")[:-1]]
    expected = [json.loads(line) for line in golden.read_text(encoding="utf-8").split("\n")[:-1]]
    assert len(answers) == len(expected) == 2100
    assert answers == [{rules: case[rules] for rules in ("squad", "mlqa")} for case in expected]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ('{"language": "de", "prediction": "Rom"', "1: not JSON"),
        ('{"language": "xx", "prediction": "Rom", "references": ["Rom"]}', "1: unknown language 'xx'"),
        ('{"language": "de", "references": ["Rom"]}', "1: needs 'language' and 'prediction'"),
        ('{"language": "de", "prediction": "Rom", "references": []}', "1: 'references' is not a list"),
        ("[]", "1: needs 'language' and 'prediction'"),
    ],
)
def test_a_line_that_cannot_be_scored_is_named(
    line: str, complaint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_text(line + "\n", encoding="utf-8")
    assert call(monkeypatch, "score", str(path)) == 2
    assert complaint in capsys.readouterr().err


def evaluation(
    folder: Path, answers: list[str], benchmark: str = "xquad", language: str = "de", gold: str = "Rom"
) -> Path:
    """A folder as `crossalpaca evaluate` makes it: two questions a passage, all with one gold."""
    folder.mkdir(parents=True)
    examples = [
        Example(
            id=f"q{i}",
            benchmark=benchmark,
            task="",
            cluster=f"p{i // 2}",
            language=language,
            instruction="Antworte.",
            input="?",
            answer="span",
            labels=(),
            choices=(),
            references=(gold,),
            origin="file",
        )
        for i in range(len(answers))
    ]
    predictions = [
        Prediction(f"q{i}", folder.name, answer, True, (8.0,), (), (), 5, 2) for i, answer in enumerate(answers)
    ]
    write_jsonl(folder / "examples.jsonl", examples)
    write_jsonl(folder / "predictions.jsonl", predictions)
    return folder


def choices(folder: Path, answers: list[str]) -> Path:
    """Two tasks of questions with two choices; the gold is always A, and the model finds the first choice likelier."""
    folder.mkdir(parents=True)
    write_jsonl(
        folder / "examples.jsonl",
        [
            Example(f"q{i}", "bbh", f"t{i % 2}", f"q{i}", "de", "", "?", "letter", ("A", "B"), ("x", "yy"), ("A",), "f")
            for i in range(len(answers))
        ],
    )
    write_jsonl(
        folder / "predictions.jsonl",
        [
            Prediction(f"q{i}", "m", answer, True, (1.0,), (1.0, 2.0), (3.0, 4.0), 5, 2)
            for i, answer in enumerate(answers)
        ],
    )
    return folder


def run_of(store: Path, name: str, evaluations: dict[str, Path], failing: dict[str, list[str]] | None = None) -> Path:
    """The folder of a report that names evaluations of a store by their role without `evaluate/`."""
    folder = store / "reports" / name
    folder.mkdir(parents=True)
    audits = [
        {"benchmark": place.split("/")[0], "language": place.split("/")[1], "asked_failing": items}
        for place, items in (failing or {}).items()
    ]
    steps = [{"role": f"evaluate/{role}", "artefact": path.name} for role, path in evaluations.items()]
    others = [{"role": "train/Cross", "artefact": "train-1"}]
    (folder / "report.json").write_text(json.dumps({"audits": audits, "provenance": others + steps}), encoding="utf-8")
    return folder


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """A store with two runs: `one` has xquad and mlqa of Cross, `two` xquad, mlqa and bbh of Alpaca."""
    made = tmp_path / "store" / "artefacts"
    one = {
        "Cross/xquad/de": evaluation(made / "evaluate-1", ["Rom"] * 8),
        "Cross/mlqa/de": evaluation(made / "evaluate-2", ["Rom", "Rom", "x", "Rom"], "mlqa"),
        "base/mlqa/de": evaluation(made / "evaluate-3", ["x", "x", "x", "x"], "mlqa"),
    }
    two = {
        "Alpaca/xquad/de": evaluation(made / "evaluate-4", ["x"] * 8),
        "Alpaca/mlqa/de": evaluation(made / "evaluate-5", ["x", "x", "Rom", "Rom"], "mlqa"),
        "Alpaca/bbh/de": choices(made / "evaluate-6", ["A", "B"]),
    }
    run_of(tmp_path / "store", "one", one, {"mlqa/de": ["q0"]})
    run_of(tmp_path / "store", "two", two)
    return tmp_path / "store" / "reports"


def test_score_prints_the_ladder_of_an_evaluation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = evaluation(tmp_path / "cross", ["Rom", "Rom.", "Rom\nDas ist so.", "in Rom"])
    assert call(monkeypatch, "score", str(folder)) == 0
    shown = capsys.readouterr().out
    rows = {cells[0]: cells[1] for cells in (line.split() for line in shown.splitlines()) if len(cells) > 1}
    ladder = ("exact_match", "exact_match_mlqa", "first_line", "contains")
    assert [rows[metric] for metric in ladder] == ["0.2500", "0.5000", "0.7500", "1.0000"]
    assert "cross on xquad (de)" in shown
    order = [line.split()[0] for line in shown.splitlines() if line.split() and line.split()[0] in METRICS]
    assert order == [metric for metric in METRICS if metric in order]


def test_score_gives_scores_with_signatures_for_machines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = choices(tmp_path / "cross", ["A", "(A)", "B", "it is B"])
    assert call(monkeypatch, "score", str(folder), "--json") == 0
    found = json.loads(capsys.readouterr().out)["scores"]
    values = {(score["metric"], score["task"]): score["value"] for score in found}
    assert len(values) == len(found)
    assert values["exact_match", ""] == 0.25
    assert values["accuracy_generated", ""] == 0.5
    assert values["accuracy_generated", "t0"] == 0.5
    assert values["accuracy_labels", ""] == 1.0
    assert values["accuracy_choices", ""] == 1.0
    assert values["accuracy_choices_normalised", ""] == 0.0
    assert all(
        f"{score['metric']}|" in score["signature"] and f"n:{score['n']}" in score["signature"] for score in found
    )
    assert all("prompt:unknown" in score["signature"] for score in found)


def test_an_evaluation_that_says_how_it_was_asked_is_signed_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = evaluation(tmp_path / "evaluate-1", ["Rom", "x"])
    asked = {
        "model": "Cross",
        "template": {"identity": ALPACA.hash},
        "decoding": {"precision": "fp32", "batch": 32},
        "golds": [],
    }
    sealed(folder, "evaluate", asked | {"seed": 7})
    assert call(monkeypatch, "score", str(folder), "--json") == 0
    (score, *_) = json.loads(capsys.readouterr().out)["scores"]
    assert score["model"] == "Cross"
    assert f"|prompt:alpaca/{ALPACA.hash}|decode:greedy/fp32|" in score["signature"]
    assert "seed7" in score["signature"]
    assert "golds:own" in score["signature"]


@pytest.mark.parametrize("command", [("score",), ("compare", "OTHER")])
@pytest.mark.parametrize("file", ["predictions.jsonl", "examples.jsonl"])
def test_a_flipped_bit_in_an_evaluation_is_refused_in_one_line(
    file: str,
    command: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder, other = (sealed(evaluation(tmp_path / name, ["Rom"] * 4), "evaluate") for name in ("cross", "other"))
    name, *others = (str(other) if word == "OTHER" else word for word in command)
    assert call(monkeypatch, name, str(folder), *others) == 0
    capsys.readouterr()
    path = flipped(folder / file, (folder / file).read_bytes().index(b"Rom"))
    assert call(monkeypatch, name, str(folder), *others) == 1
    assert capsys.readouterr().err.startswith(f"crossalpaca: {path}: differs from what was written; remove")


@pytest.mark.parametrize("command", [("score",), ("compare", "OTHER")])
@pytest.mark.parametrize(
    ("broken", "complaint"),
    [
        (lambda text: text[:-30], "predictions.jsonl:4: not a line of JSON"),
        (lambda text: text.replace('"q1"', '"q9"'), "prediction q9 is not for example q1"),
        (lambda text: "".join(text.splitlines(keepends=True)[:-1]), "3 predictions for 4 examples"),
        (lambda text: text.replace("[8.0]", "[8.0, 1.0]"), "likelihoods of 2 references for the 1 of the example"),
        (lambda text: text.replace('"completion"', '"answer"'), "predictions.jsonl:1: not a prediction"),
    ],
)
def test_predictions_that_do_not_belong_are_refused_in_one_line(
    broken: Callable[[str], str],
    complaint: str,
    command: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder, other = (evaluation(tmp_path / name, ["Rom"] * 4) for name in ("cross", "other"))
    path = folder / "predictions.jsonl"
    path.write_text(broken(path.read_text(encoding="utf-8")), encoding="utf-8")
    name, *others = (str(other) if word == "OTHER" else word for word in command)
    assert call(monkeypatch, name, str(folder), *others) == 2
    said = capsys.readouterr().err
    assert complaint in said
    assert said.count("\n") == 1


def test_compare_counts_what_is_won_and_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cross = evaluation(tmp_path / "cross", ["Rom", "in Rom", "Rom", "Paris"])
    alpaca = evaluation(tmp_path / "alpaca", ["Paris", "Paris", "Rom", "Rom"])
    assert call(monkeypatch, "compare", str(cross), str(alpaca), "--json") == 0
    result = json.loads(capsys.readouterr().out)
    by_metric = {d["metric"]: d for d in result["differences"] if d["items"] == "all"}
    assert by_metric["exact_match"]["value"] == 0.0
    assert (by_metric["exact_match"]["wins"], by_metric["exact_match"]["losses"]) == (1, 1)
    assert by_metric["contains"]["value"] == 0.25
    assert by_metric["contains"]["p_holm"] == by_metric["contains"]["p"]
    assert [item["example"] for item in result["changed"]["won"]] == ["q0", "q1"]
    assert [item["example"] for item in result["changed"]["lost"]] == ["q3"]
    assert result["left_out"] == []


def test_compare_shows_a_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cross, alpaca = evaluation(tmp_path / "cross", ["Rom", "Rom"]), evaluation(tmp_path / "alpaca", ["Rom", "x"])
    assert call(monkeypatch, "compare", str(cross), str(alpaca)) == 0
    shown = capsys.readouterr().out
    assert "+0.5000" in shown
    assert "p_holm" in shown
    assert "sound" not in shown
    assert "won: xquad (de): q1: 'Rom' against 'x', gold 'Rom'" in shown


def test_answers_in_a_kind_are_won_by_the_answer_found_in_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cross, alpaca = choices(tmp_path / "cross", ["(A)", "B"]), choices(tmp_path / "alpaca", ["B", "B"])
    assert call(monkeypatch, "compare", str(cross), str(alpaca), "--json") == 0
    changed = json.loads(capsys.readouterr().out)["changed"]
    assert changed == {
        "won": [
            {"benchmark": "bbh", "language": "de", "example": "q0", "model": "(A)", "baseline": "B", "gold": "A"},
        ],
        "lost": [],
    }


def test_compare_refuses_other_items_and_names_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cross, alpaca = evaluation(tmp_path / "cross", ["Rom", "Rom"]), evaluation(tmp_path / "alpaca", ["Rom"])
    assert call(monkeypatch, "compare", str(cross), str(alpaca)) == 2
    assert "xquad (de): cross and alpaca did not answer the same items: q1" in capsys.readouterr().err


def test_compare_refuses_other_golds_under_the_same_ids(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cross = evaluation(tmp_path / "cross", ["Rom", "Rom"])
    alpaca = evaluation(tmp_path / "alpaca", ["Rom", "Rom"], gold="Paris")
    assert call(monkeypatch, "compare", str(cross), str(alpaca)) == 2
    assert "were asked other texts, or have other golds: q0, q1;" in capsys.readouterr().err


def test_compare_refuses_evaluations_of_other_benchmarks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cross, alpaca = evaluation(tmp_path / "cross", ["Rom"]), evaluation(tmp_path / "alpaca", ["Rom"], "mlqa")
    assert call(monkeypatch, "compare", str(cross), str(alpaca)) == 2
    assert "answered xquad (de)," in capsys.readouterr().err


def test_compare_wants_the_folder_of_an_evaluation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, "compare", str(tmp_path), str(tmp_path)) == 2
    assert "examples.jsonl: is not there" in capsys.readouterr().err


def test_runs_are_compared_on_what_both_have(
    runs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, "compare", f"{runs / 'one'}:Cross", f"{runs / 'two'}:Alpaca", "--json") == 0
    result = json.loads(capsys.readouterr().out)
    assert {(d["benchmark"], d["language"]) for d in result["differences"]} == {("xquad", "de"), ("mlqa", "de")}
    assert {(d["model"], d["baseline"]) for d in result["differences"]} == {("one:Cross", "two:Alpaca")}
    assert result["left_out"] == ["bbh (de)"]
    strict = {(d["benchmark"], d["items"]): d for d in result["differences"] if d["metric"] == "exact_match"}
    assert strict["mlqa", "all"]["value"] == 0.25
    assert (strict["mlqa", "sound"]["n"], strict["mlqa", "sound"]["value"]) == (3, 0.0)  # q0 fails the audit
    smaller, larger = sorted((strict["xquad", "all"], strict["mlqa", "all"]), key=lambda d: d["p"])
    assert smaller["p_holm"] == pytest.approx(min(1, 2 * smaller["p"]))
    assert larger["p_holm"] == pytest.approx(max(larger["p"], smaller["p_holm"]))
    assert [(item["benchmark"], item["example"]) for item in result["changed"]["lost"]] == [("mlqa", "q2")]


def test_the_table_of_runs_has_p_and_p_holm_and_examples_by_benchmark(
    runs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, "compare", f"{runs / 'one'}:Cross", f"{runs / 'two'}:Alpaca") == 0
    shown = capsys.readouterr().out
    (heads,) = (line.split() for line in shown.splitlines() if "p_holm" in line)
    assert heads[-2:] == ["p", "p_holm"]
    assert shown.count("won: xquad (de): ") == 3  # of eight
    assert shown.count("won: mlqa (de): ") == 2
    assert "lost: mlqa (de): q2: 'x' against 'Rom', gold 'Rom'" in shown
    assert "Left out, since only one of the two has them: bbh (de)" in shown
    assert any("mlqa (de)" in line and " sound " in line and " 3 " in line for line in shown.splitlines())
    assert not any("xquad (de)" in line and " sound " in line for line in shown.splitlines())


def test_a_run_is_compared_with_itself_and_with_an_evaluation(
    runs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, "compare", f"{runs / 'one'}:Cross", f"{runs / 'one'}:base", "--json") == 0
    result = json.loads(capsys.readouterr().out)
    assert {d["benchmark"] for d in result["differences"]} == {"mlqa"}
    folder = runs.parent / "artefacts" / "evaluate-5"
    assert call(monkeypatch, "compare", f"{runs / 'one'}:Cross", str(folder), "--json") == 0
    assert json.loads(capsys.readouterr().out)["left_out"] == ["xquad (de)"]


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("one:Cros", "has no model 'Cros' (did you mean Cross?): there are Cross, base"),
        ("three:Cross", "three/report.json: is not there; name the folder of a run's report"),
        ("one", "one/examples.jsonl: is not there; name the folder of an evaluation"),
    ],
)
def test_a_run_or_model_that_is_not_there_is_named(
    name: str, complaint: str, runs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, "compare", str(runs / name), f"{runs / 'two'}:Alpaca") == 2
    said = capsys.readouterr().err
    assert complaint in said
    assert said.count("\n") == 1


def test_a_report_without_its_store_is_refused(
    runs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (runs.parent / "artefacts").rename(runs.parent / "elsewhere")
    assert call(monkeypatch, "compare", f"{runs / 'one'}:Cross", f"{runs / 'two'}:Alpaca") == 2
    assert "artefacts/evaluate-1: is not there; name the report in its store" in capsys.readouterr().err


@pytest.mark.parametrize("content", ["[]", "{}", '{"provenance": [1]}', '{"provenance": [{"role": "evaluate/a/b/c"}]}'])
def test_another_json_is_no_report(
    content: str, runs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (runs / "one" / "report.json").write_text(content, encoding="utf-8")
    assert call(monkeypatch, "compare", f"{runs / 'one'}:Cross", f"{runs / 'two'}:Alpaca") == 2
    assert "report.json: is not the report of a run" in capsys.readouterr().err


def test_compare_refuses_runs_whose_items_differ(
    runs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = runs.parent / "artefacts" / "evaluate-5"
    for name in ("examples.jsonl", "predictions.jsonl"):
        lines = (folder / name).read_text(encoding="utf-8").splitlines(keepends=True)
        (folder / name).write_text("".join(lines[1:]), encoding="utf-8")
    assert call(monkeypatch, "compare", f"{runs / 'one'}:Cross", f"{runs / 'two'}:Alpaca") == 2
    assert "mlqa (de): one:Cross and two:Alpaca did not answer the same items: q0" in capsys.readouterr().err
