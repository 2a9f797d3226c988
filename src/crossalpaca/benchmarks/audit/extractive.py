"""Checks of extractive questions: is the gold answer in its context, where it says, and only there?"""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from crossalpaca.benchmarks.audit.findings import Tally, shown
from crossalpaca.benchmarks.audit.pairing import Pair
from crossalpaca.benchmarks.forms.answers import KEYS
from crossalpaca.benchmarks.forms.rows import Answer, Row


def judge(tally: Tally, pairs: Sequence[Pair], translated: bool) -> None:
    """Asks every check of extractive questions.

    Args:
        tally: where the answers go.
        pairs: the rows.
        translated: the passages are translations of the English ones, so they group the questions alike; those of
            MLQA are found in each language by itself.
    """
    for pair in pairs:
        if not pair.row.problem:
            _judge_keys(tally, pair.row)
            _judge_golds(tally, pair.row)
    differing = _regrouped(pairs) if translated and any(pair.english for pair in pairs) else _respelled(pairs)
    for pair in pairs:
        tally.ask("context-differs", pair.row.name, differing.get(pair.row.number, ""))


def _judge_keys(tally: Tally, row: Row) -> None:
    wrong = "" if row.keys == KEYS else f"keys {', '.join(row.keys)!r}, expected {', '.join(KEYS)!r}"
    tally.ask("keys-changed", row.name, wrong)


def _judge_golds(tally: Tally, row: Row) -> None:
    """Substring tests in code points, as the published counts are made; an item is named once a check."""
    golds = [answer for answer in row.answers if answer.text.strip()]
    empty = "" if golds and len(golds) == len(row.answers) else "no answer, or an empty one"
    tally.ask("gold-empty", row.name, empty)
    if not golds:
        return
    missing = [gold.text for gold in golds if gold.text not in row.context]
    tally.ask("gold-not-in-context", row.name, f"{shown(missing[0])} is not in the context" if missing else "")
    present = [gold for gold in golds if gold.text in row.context]
    if any(gold.start is not None for gold in present):
        tally.ask("offset-mismatch", row.name, _misplaced(present, row.context))
    if present:
        tally.ask("gold-ambiguous", row.name, _ambiguous(present, row.context))


def _misplaced(golds: Iterable[Answer], context: str) -> str:
    for gold in golds:
        if gold.start is not None and (gold.start < 0 or not context.startswith(gold.text, gold.start)):
            there = shown(context[max(gold.start, 0) : max(gold.start, 0) + len(gold.text)])
            return f"{shown(gold.text)} is at {context.find(gold.text)}; at {gold.start} stands {there}"
    return ""


def _ambiguous(golds: Iterable[Answer], context: str) -> str:
    for gold in golds:
        first = context.find(gold.text)
        if context.find(gold.text, first + 1) >= 0:
            return f"{shown(gold.text)} occurs again at {context.find(gold.text, first + 1)}"
    return ""


def _regrouped(pairs: Sequence[Pair]) -> dict[int, str]:
    """Rows, by number, that share a context otherwise than in English.

    Most rows of an English passage say which context is its own here, and most rows of a context here say which
    English passage it is of; the other rows have left their group.
    """
    known = [(pair.row, pair.english.context) for pair in pairs if pair.english is not None and pair.row.context]
    contexts: dict[str, Counter[str]] = defaultdict(Counter)
    passages: dict[str, Counter[str]] = defaultdict(Counter)
    for row, passage in known:
        contexts[passage][row.context] += 1
        passages[row.context][passage] += 1
    own = {passage: _most(counted) for passage, counted in contexts.items()}
    original = {context: _most(counted) for context, counted in passages.items()}
    wrong: dict[int, str] = {}
    for row, passage in known:
        if row.context != own[passage]:
            wrong[row.number] = f"other rows of its passage have another context: {shown(own[passage])}"
        elif original[row.context] != passage:
            wrong[row.number] = "two English passages have become one context"
    return wrong


def _respelled(pairs: Sequence[Pair]) -> dict[int, str]:
    """Rows, by number, whose context has the letters and digits of other rows' context and is spelt otherwise."""
    spellings: dict[str, Counter[str]] = defaultdict(Counter)
    letters: dict[str, str] = {}
    for pair in pairs:
        context = pair.row.context
        if context and context not in letters:
            folded = unicodedata.normalize("NFKC", context).casefold()
            letters[context] = "".join(filter(str.isalnum, folded))
        if context:
            spellings[letters[context]][context] += 1
    usual = {folded: _most(counted) for folded, counted in spellings.items()}
    return {
        pair.row.number: "differs from other rows' context in spaces, case or marks"
        for pair in pairs
        if pair.row.context and usual[letters[pair.row.context]] != pair.row.context
    }


def _most(counted: Counter[str]) -> str:
    """The most frequent text; of equally frequent ones the least, so that the order of rows does not matter."""
    return min(counted, key=lambda text: (-counted[text], text))
