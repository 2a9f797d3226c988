"""Answer normalisation by the rules of the official scorers of SQuAD v1.1 and MLQA.

Both lower the case, drop punctuation, drop articles and fold white space. They differ in what is punctuation, in the
articles, and in how a text becomes tokens. Sources: SQuAD's evaluate-v1.1.py and MLQA's mlqa_evaluation_v1.py.
"""

from __future__ import annotations

import re
import string
import unicodedata
from functools import cache

from crossalpaca.languages import Language

_ASCII_PUNCTUATION = frozenset(string.punctuation)
_ENGLISH_ARTICLES = re.compile(r"\b(a|an|the)\b")


@cache
def _is_punctuation(character: str) -> bool:
    return character in _ASCII_PUNCTUATION or unicodedata.category(character).startswith("P")


def squad_normalise(text: str) -> str:
    """SQuAD v1.1: English rules whatever the language, ASCII punctuation; also the official rule of XQuAD."""
    text = "".join(character for character in text.lower() if character not in _ASCII_PUNCTUATION)
    return " ".join(_ENGLISH_ARTICLES.sub(" ", text).split())


def mlqa_normalise(text: str, language: Language) -> str:
    """MLQA: every Unicode punctuation mark, the articles of the language, Chinese by character."""
    text = "".join(character for character in text.lower() if not _is_punctuation(character))
    for prefix in language.article_prefixes:
        text = text.replace(prefix, " ")
    if language.articles:
        text = _articles(language.articles).sub(" ", text)
    return " ".join(_by_character(text) if language.segmentation == "character" else text.split())


@cache
def _articles(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"\b({'|'.join(map(re.escape, words))})\b")


def _by_character(text: str) -> list[str]:
    """Tokens of mixed text: each character of U+4E00-9FA5 and each punctuation mark by itself, other runs whole."""
    spaced = "".join(f" {c} " if "\u4e00" <= c <= "\u9fa5" or _is_punctuation(c) else c for c in text)
    return spaced.split()


def f1(prediction: str, reference: str) -> float:
    """Token F1 of two normalised answers, as both official scorers compute it: 0 where they share no token."""
    predicted, expected = prediction.split(), reference.split()
    counts: dict[str, int] = {}
    for token in expected:
        counts[token] = counts.get(token, 0) + 1
    same = 0
    for token in predicted:
        if counts.get(token, 0):
            counts[token] -= 1
            same += 1
    if not same:
        return 0.0
    precision, recall = same / len(predicted), same / len(expected)
    return 2 * precision * recall / (precision + recall)
