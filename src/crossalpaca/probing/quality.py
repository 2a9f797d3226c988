"""chrF and BLEU of translations, by sacrebleu, from statistics of each sentence that can be added up and resampled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from sacrebleu.metrics.base import Metric as Scorer

Quality = Literal["chrf", "bleu"]
QUALITIES: tuple[Quality, ...] = get_args(Quality)
Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Statistics:
    """What a metric counts in each sentence: n-grams of hypothesis and reference, those in both, and lengths.

    Attributes:
        signature: sacrebleu's.
        counts: [sentences, counts], in sacrebleu's own order.
    """

    signature: str
    counts: Counts


def statistics(metric: Quality, hypotheses: Sequence[str], references: Sequence[str], target: str) -> Statistics:
    """The statistics of translations into a language, one reference each; Chinese is parted by sacrebleu's `zh`."""
    scorer = _scorer(metric, "zh" if target.startswith("zh") else "13a")
    # sacrebleu gives the statistics of sentences to its own significance tests alone.
    counts = scorer._extract_corpus_statistics(hypotheses, [references])
    return Statistics(str(scorer.get_signature()), np.asarray(counts, dtype=np.int64))


def corpus_scores(metric: Quality, sums: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """The corpus score, 0 to 100, of each row of summed statistics: [rows, counts] to [rows]."""
    scorer = _scorer(metric, "13a")  # of what is counted already, the tokenizer is no part
    rows = sums.astype(np.int64).tolist()
    return np.array([scorer._compute_score_from_stats(row).score for row in rows])


def _scorer(metric: Quality, tokenizer: str) -> Scorer:
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.chrf import CHRF

    if metric == "chrf":
        return CHRF()
    return BLEU(tokenize=tokenizer, force=True)  # else it warns of texts that look tokenised
