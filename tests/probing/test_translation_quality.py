"""chrF and BLEU from statistics are sacrebleu's own."""

from __future__ import annotations

import numpy as np
import pytest
import sacrebleu
from hypothesis import given
from hypothesis import strategies as st

from crossalpaca.probing.quality import QUALITIES, Quality, corpus_scores, statistics

TEXTS = st.text("abcd ., äé天地人", max_size=30)
PAIRS = st.lists(st.tuples(TEXTS, TEXTS.filter(str.strip)), min_size=1, max_size=8)


def official(metric: Quality, hypotheses: list[str], references: list[str], target: str) -> float:
    if metric == "chrf":
        return float(sacrebleu.corpus_chrf(hypotheses, [references]).score)
    tokenize = "zh" if target == "zh-Hans" else "13a"
    return float(sacrebleu.corpus_bleu(hypotheses, [references], tokenize=tokenize, force=True).score)


@given(pairs=PAIRS, metric=st.sampled_from(QUALITIES), target=st.sampled_from(["de", "zh-Hans", "ar"]))
def test_the_sum_of_the_statistics_gives_sacrebleu_s_corpus_score(
    pairs: list[tuple[str, str]], metric: Quality, target: str
) -> None:
    hypotheses, references = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    counts = statistics(metric, hypotheses, references, target).counts
    score = corpus_scores(metric, counts.sum(axis=0, keepdims=True))[0]
    assert score == pytest.approx(official(metric, hypotheses, references, target), abs=1e-9)


@given(pairs=PAIRS, metric=st.sampled_from(QUALITIES))
def test_drawing_a_sentence_twice_is_as_if_it_stood_there_twice(pairs: list[tuple[str, str]], metric: Quality) -> None:
    hypotheses, references = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    counts = statistics(metric, hypotheses, references, "de").counts
    drawn = np.array([0, 0, len(pairs) - 1])
    score = corpus_scores(metric, counts[drawn].sum(axis=0, keepdims=True))[0]
    expected = official(metric, [hypotheses[n] for n in drawn], [references[n] for n in drawn], "de")
    assert score == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("target", "tokenizer"), [("zh-Hans", "zh"), ("zh-Hant", "zh"), ("de", "13a"), ("en", "13a")])
def test_the_signature_names_the_tokenizer(target: str, tokenizer: str) -> None:
    assert f"tok:{tokenizer}" in statistics("bleu", ["a b"], ["a b"], target).signature
    assert "nrefs:1" in statistics("chrf", ["a b"], ["a b"], target).signature
