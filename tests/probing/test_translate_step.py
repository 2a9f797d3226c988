"""The step that has a model translate: how it is asked, and what is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sacrebleu
from tiny_models import ENGLISH, GERMAN, step_run

from crossalpaca.demonstrations.wording import instruction
from crossalpaca.errors import DataError, InputError
from crossalpaca.evaluation.answered import EXAMPLES, PREDICTIONS
from crossalpaca.languages import language
from crossalpaca.probing.artefacts import STATISTICS, read_translated
from crossalpaca.probing.quality import corpus_scores
from crossalpaca.probing.translate import translate
from crossalpaca.prompts import ALPACA
from crossalpaca.records import Direction, Example, Prediction, SentencePair, read_jsonl
from crossalpaca.sources.files import source_file


def test_every_sentence_is_asked_in_both_directions_as_demonstrations_are_worded(
    tmp_path: Path, asked: dict[str, Any]
) -> None:
    run = step_run(tmp_path, asked)
    translate(run)
    examples = list(read_jsonl(run.output / EXAMPLES, Example))
    assert [example.input for example in examples] == [*ENGLISH[:5], *GERMAN[:5]]
    assert [example.references for example in examples] == [(text,) for text in (*GERMAN[:5], *ENGLISH[:5])]
    for example in examples:
        texts = (example.input, example.references[0])
        english, other = texts if example.task == "en-x" else texts[::-1]
        pair = SentencePair("", "", ("en", "de"), (english, other))
        direction: Direction = "en-x" if example.task == "en-x" else "x-en"
        assert example.instruction == instruction(pair, direction, language("de"), 42, "english")


def test_the_statistics_add_up_to_sacrebleu_s_scores_of_the_hypotheses(tmp_path: Path, asked: dict[str, Any]) -> None:
    run = step_run(tmp_path, asked)
    translate(run)
    hypotheses = [each.completion.strip() for each in read_jsonl(run.output / PREDICTIONS, Prediction)]
    found = read_translated(run.output)
    for direction, made, references in (("en-x", hypotheses[:5], GERMAN[:5]), ("x-en", hypotheses[5:], ENGLISH[:5])):
        for metric, expected in (
            ("chrf", sacrebleu.corpus_chrf(made, [references])),
            ("bleu", sacrebleu.corpus_bleu(made, [references])),
        ):
            statistics = found.statistics[direction, metric]  # type: ignore[index]
            score = corpus_scores(metric, statistics.counts.sum(axis=0, keepdims=True))  # type: ignore[arg-type]
            assert score[0] == pytest.approx(expected.score, abs=1e-9)
            assert f"prompt:{ALPACA.signature}|decode:greedy/fp32|tokens:6" in statistics.signature


def test_what_is_in_chinese_is_parted_by_sacrebleu_s_rules_for_it(tmp_path: Path, asked: dict[str, Any]) -> None:
    for code, lines in (("en", ENGLISH[:3]), ("zh", ("河水上涨了。", "没有人问过面包师。", "七艘船离开了港口。"))):
        (tmp_path / f"s.{code}").write_text("\n".join(lines) + "\n", encoding="utf-8")
    files = [source_file(tmp_path / f"s.{code}") for code in ("en", "zh")]
    run = step_run(tmp_path / "run", asked | {"files": files, "language": "zh-Hans", "sentences": None})
    translate(run)
    found = {
        direction: each.signature
        for (direction, metric), each in read_translated(run.output).statistics.items()
        if metric == "bleu"
    }
    assert "|tok:zh|" in found["en-x"]
    assert "|tok:13a|" in found["x-en"]


def test_the_adapter_translates_otherwise_than_the_backbone(
    tmp_path: Path, asked: dict[str, Any], tiny_adapter: Path
) -> None:
    runs = [step_run(tmp_path / "base", asked), step_run(tmp_path / "tuned", asked, {"adapter": tiny_adapter})]
    for run in runs:
        translate(run)
    assert (runs[0].output / PREDICTIONS).read_bytes() != (runs[1].output / PREDICTIONS).read_bytes()
    assert (runs[0].output / EXAMPLES).read_bytes() == (runs[1].output / EXAMPLES).read_bytes()


def test_what_does_not_fit_the_window_is_named_before_anything_is_asked(tmp_path: Path, asked: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=r"small:1:en-x: .* window of 1024; lower probing.max_new_tokens"):
        translate(step_run(tmp_path, asked | {"max_new_tokens": 1000}))


def test_a_damaged_artefact_is_named(tmp_path: Path, asked: dict[str, Any]) -> None:
    run = step_run(tmp_path, asked)
    translate(run)
    path = run.output / STATISTICS
    path.write_text(path.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    with pytest.raises(DataError, match="cut off"):
        read_translated(run.output)
