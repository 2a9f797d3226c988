"""Whether a sentence finds its translation among all others: the measure of how well two languages are aligned.

`centred`, the main measure, takes each language's mean off its vectors first, and so compares what a sentence says
apart from the language it is in (Libovický et al. 2020, "On the Language Neutrality of Pre-trained Multilingual
Representations", arXiv 2004.05160; Pires et al. 2019, "How multilingual is Multilingual BERT?", ACL P19-1493, move
sentences by the difference of the two means before they look for the nearest, layer by layer). `plain` is the cosine
as it is: there all vectors of a decoder lie in one narrow cone (Ethayarajh 2019, "How Contextual are Contextualized
Word Representations?", ACL D19-1006), the languages lie apart in it, and a few sentences are the nearest of very many.
The means are those of the sentences at hand, so accuracies compare between models probed with the same ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from crossalpaca.records import Direction

Measure = Literal["centred", "plain"]
MEASURES: tuple[Measure, ...] = get_args(Measure)
Hits = npt.NDArray[np.bool_]

_TIE = 1e-9  # of cosines in float64
_ROWS = 1024  # compared at a time, which bounds the memory


def hits(english: npt.NDArray[Any], other: npt.NDArray[Any]) -> Mapping[tuple[Measure, Direction], Hits]:
    """Whether each sentence finds its translation, by measure and direction.

    Args:
        english, other: [sentences, width], row by row each other's translation.

    Returns:
        [sentences] each: `en-x` has English sentences look for their translations, `x-en` the other way round. A tie
        with another sentence is a miss.
    """
    found: dict[tuple[Measure, Direction], Hits] = {}
    for measure in MEASURES:
        sides = [_unit(side, centred=measure == "centred") for side in (english, other)]
        found[measure, "en-x"] = _found(sides[0], sides[1])
        found[measure, "x-en"] = _found(sides[1], sides[0])
    return found


def _unit(vectors: npt.NDArray[Any], *, centred: bool) -> npt.NDArray[np.float64]:
    """Vectors of length 1, or 0 where there is nothing left of one."""
    exact = vectors.astype(np.float64)
    if centred:
        exact -= exact.mean(axis=0)
    length = np.linalg.norm(exact, axis=1, keepdims=True)
    unit: npt.NDArray[np.float64] = np.divide(exact, length, out=np.zeros_like(exact), where=length > 0)
    return unit


def _found(queries: npt.NDArray[np.float64], targets: npt.NDArray[np.float64]) -> Hits:
    parts = []
    for start in range(0, len(queries), _ROWS):
        cosines = queries[start : start + _ROWS] @ targets.T
        rows = np.arange(len(cosines))
        own = cosines[rows, start + rows].copy()
        cosines[rows, start + rows] = -np.inf
        parts.append(own > cosines.max(axis=1) + _TIE)
    return np.concatenate(parts)
