"""Answers are those of the evaluation, whatever was asked before; they stream, stop at once, and repeat by seed."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossalpaca.decoding.models import load_engine
from crossalpaca.decoding.requests import Request
from crossalpaca.errors import DataError, InputError
from crossalpaca.playground import answering
from crossalpaca.playground.answering import Answer, Ensemble, Sampling
from crossalpaca.playground.lineup import Candidate, lineup
from tiny_run import finetune, tiny_run

QUESTIONS = (("Ciao, come stai?", ""), ("Translate the text.", "Il treno parte alle nove."), ("为什么天是蓝的？", ""))
SHORT = Sampling(max_new_tokens=24)
GEMMA = {
    "head_dim": 8,
    "query_pre_attn_scalar": 8,
    "sliding_window": 16,
    "layer_types": ["sliding_attention", "full_attention"],
}


def last(ensemble: Ensemble, name: str, sampling: Sampling = SHORT, question: tuple[str, str] = QUESTIONS[0]) -> Answer:
    """An answer when it has ended."""
    return list(ensemble.answer(name, *question, sampling))[-1]


def evaluated(candidate: Candidate) -> list[tuple[str, int, bool]]:
    """What the engine of the evaluation answers: text, tokens, and whether it ended by itself."""
    engine = load_engine(candidate.backbone, candidate.adapter, candidate.template, "fp32")
    asked = [Request(str(n), candidate.template.render(*each), (), 24) for n, each in enumerate(QUESTIONS)]
    return [(each.completion, each.completion_tokens, each.ended) for each in engine.decode(asked)]


@pytest.mark.parametrize(("kind", "changes"), [("Llama", {}), ("Qwen3", {"head_dim": 8}), ("Gemma3Text", GEMMA)])
def test_greedy_answers_are_those_of_the_evaluation(kind: str, changes: dict[str, Any], tmp_path: Path) -> None:
    candidates = lineup([tiny_run(tmp_path, kind, **changes)]).candidates
    ensemble = Ensemble(candidates, "fp32")
    found = {each.name: [last(ensemble, each.name, question=question) for question in QUESTIONS] for each in candidates}
    for each in candidates:
        assert [(a.text, a.tokens, a.end == "ended") for a in found[each.name]] == evaluated(each)
    assert len({answers[0].text for answers in found.values()}) == len(candidates), "the models answer alike"


@settings(max_examples=20)
@given(order=st.lists(st.sampled_from(["base", "it-Alpaca", "it-CrossAlpaca"]), min_size=1, max_size=5))
def test_an_answer_does_not_depend_on_who_was_asked_before(order: list[str], ensemble: Ensemble) -> None:
    short = Sampling(max_new_tokens=6)
    alone = {name: last(ensemble, name, short).text for name in ensemble.candidates}
    assert [last(ensemble, name, short).text for name in order] == [alone[name] for name in order]


def test_answers_under_way_at_the_same_time_do_not_mix(ensemble: Ensemble) -> None:
    names = list(ensemble.candidates)
    streams = [ensemble.answer(name, *QUESTIONS[0], SHORT) for name in names]
    together = list(zip(*streams, strict=False))[-1]
    assert [each.text for each in together] == [last(ensemble, name).text for name in names]


def test_each_token_is_shown(ensemble: Ensemble) -> None:
    parts = list(ensemble.answer("base", *QUESTIONS[0], SHORT))
    assert [part.tokens for part in parts] == list(range(1, 25))
    assert [part.end for part in parts] == [""] * 23 + ["limit"]
    assert all(parts[-1].text.startswith(part.text) for part in parts)
    assert all(0 < part.first <= part.seconds for part in parts)
    assert parts[-1].rate == 24 / parts[-1].seconds


@pytest.mark.parametrize("after", [0, 1, 5])
def test_stopping_takes_no_other_token(after: int, ensemble: Ensemble) -> None:
    parts: list[Answer] = []
    stream = ensemble.answer("it-Alpaca", *QUESTIONS[0], SHORT, lambda: len(parts) >= after)
    for part in stream:
        parts.append(part)
    assert (parts[-1].tokens, parts[-1].end, len(parts)) == (after, "stopped", after + 1)


def test_what_is_drawn_repeats_by_seed(ensemble: Ensemble) -> None:
    first, again, other = (
        last(ensemble, "base", Sampling(temperature=1.0, max_new_tokens=24, seed=seed)).text for seed in (7, 7, 8)
    )
    assert first == again != other


def test_a_small_top_p_takes_the_likeliest(ensemble: Ensemble) -> None:
    drawn = Sampling(temperature=0.5, top_p=1e-6, max_new_tokens=24)
    assert last(ensemble, "base", drawn).text == last(ensemble, "base").text


def test_the_window_bounds_prompt_and_answer(ensemble: Ensemble) -> None:
    answer = last(ensemble, "base", question=("a " * 2000, ""))
    assert (answer.end, answer.tokens, answer.window) == ("too-long", 0, 1024)
    assert answer.prompt_tokens > 1024
    words = next(n for n in range(400, 2000) if ensemble_tokens(ensemble, n) > 1010)
    near = last(ensemble, "base", question=("a " * words, ""))
    assert near.tokens <= 1024 - near.prompt_tokens < 24


def ensemble_tokens(ensemble: Ensemble, words: int) -> int:
    """Tokens of a prompt of so many words."""
    return next(ensemble.answer("base", "a " * words, "", Sampling(max_new_tokens=1))).prompt_tokens


def test_a_backbone_is_loaded_once(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded, load = [], answering.load_model
    monkeypatch.setattr(answering, "load_model", lambda *given: loaded.append(given[0].id) or load(*given))
    Ensemble(lineup([run]).candidates, "fp32")
    assert loaded == ["backbone"]


def test_broken_weights_are_refused_in_one_line(run: Path, tmp_path: Path) -> None:
    folder = finetune(tmp_path / "broken", run.parents[1] / "backbone", seed=3)
    weights = folder / "adapter" / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:500])
    with pytest.raises(DataError, match=r"adapter_model.safetensors: cannot be used .*; train it again") as caught:
        Ensemble(lineup([folder]).candidates, "fp32")
    assert "\n" not in str(caught.value)


def test_another_template_is_refused(run: Path, tmp_path: Path) -> None:
    folder = tmp_path / "other"
    shutil.copytree(run.parents[1] / "artefacts" / "train-0", folder)
    record = folder / "adapter.json"
    record.write_text(record.read_text().replace('"template_hash": "', '"template_hash": "0'))
    with pytest.raises(InputError, match="another prompt template"):
        Ensemble(lineup([folder]).candidates, "fp32")
