"""`crossalpaca score` and `crossalpaca compare`, called in this process."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from crossalpaca.cli import main
from crossalpaca.records import Example, Prediction, write_jsonl


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


def evaluation(folder: Path, answers: list[str]) -> Path:
    """A folder as `crossalpaca evaluate` makes it: two questions a passage, the gold is always Rom."""
    folder.mkdir()
    examples = [
        Example(f"q{i}", "xquad", "", f"p{i // 2}", "de", "Antworte.", "?", (), ("Rom",), "file")
        for i in range(len(answers))
    ]
    predictions = [Prediction(f"q{i}", folder.name, answer, True, (8.0,), (), 5, 2) for i, answer in enumerate(answers)]
    write_jsonl(folder / "examples.jsonl", examples)
    write_jsonl(folder / "predictions.jsonl", predictions)
    return folder


def test_compare_counts_what_is_won_and_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cross = evaluation(tmp_path / "cross", ["Rom", "in Rom", "Rom", "Paris"])
    alpaca = evaluation(tmp_path / "alpaca", ["Paris", "Paris", "Rom", "Rom"])
    assert call(monkeypatch, "compare", str(cross), str(alpaca), "--json") == 0
    result = json.loads(capsys.readouterr().out)
    by_metric = {difference["metric"]: difference for difference in result["differences"]}
    assert by_metric["exact_match"]["value"] == 0.0
    assert (by_metric["exact_match"]["wins"], by_metric["exact_match"]["losses"]) == (1, 1)
    assert by_metric["contains"]["value"] == 0.25
    assert [item["example"] for item in result["changed"]["won"]] == ["q0", "q1"]
    assert [item["example"] for item in result["changed"]["lost"]] == ["q3"]


def test_compare_shows_a_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cross, alpaca = evaluation(tmp_path / "cross", ["Rom", "Rom"]), evaluation(tmp_path / "alpaca", ["Rom", "x"])
    assert call(monkeypatch, "compare", str(cross), str(alpaca)) == 0
    shown = capsys.readouterr().out
    assert "+0.5000" in shown
    assert "won: q1: 'Rom' against 'x', gold 'Rom'" in shown


def test_compare_refuses_other_items_and_names_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cross, alpaca = evaluation(tmp_path / "cross", ["Rom", "Rom"]), evaluation(tmp_path / "alpaca", ["Rom"])
    assert call(monkeypatch, "compare", str(cross), str(alpaca)) == 2
    assert "did not answer the same items: q1" in capsys.readouterr().err


def test_compare_wants_the_folder_of_an_evaluation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, "compare", str(tmp_path), str(tmp_path)) == 2
    assert "examples.jsonl: is not there" in capsys.readouterr().err
