"""Checks of BIG-Bench Hard, by the kind of task."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from crossalpaca.benchmarks.audit.expressions import (
    Unread,
    boolean_words,
    read_number,
    read_truth,
    solve_arithmetic,
    solve_boolean,
)
from crossalpaca.benchmarks.audit.findings import Tally, shown
from crossalpaca.benchmarks.audit.pairing import Pair
from crossalpaca.benchmarks.forms.rows import Row
from crossalpaca.benchmarks.labels import listed
from crossalpaca.languages import Language, language

_ENGLISH_LABEL = re.compile(r"\([A-Z]\)")
_LABEL = re.compile(r"[(（][^()（）\s]{1,12}[)）]")  # also what translators make of one, such as (UND)
_LETTERED = re.compile(r"^\s*[(（]\w{1,3}[)）]", re.MULTILINE)


def judge(tally: Tally, task: str, pairs: Sequence[Pair], spoken: Language) -> None:
    """Asks every check that a task has."""
    readable = [pair for pair in pairs if not pair.row.problem]
    for pair in readable:
        _judge_label(tally, pair)
    _judge_vocabulary(tally, task, [pair.row for pair in readable], spoken)
    if (judge_row := _TASKS.get(task)) is not None:
        for pair in readable:
            judge_row(tally, pair.row, spoken)


def _judge_label(tally: Tally, pair: Pair) -> None:
    """Of rows with a lettered gold: the English gold is `(X)`, or without an English file the gold looks like one."""
    row, english = pair.row, pair.english
    gold = row.gold.strip()
    if english is not None:
        original = english.gold.strip()
        if _ENGLISH_LABEL.fullmatch(original) is None:
            return
        if not row.by_row:
            changed = "" if gold == original else f"gold {shown(gold)}, in English {original}"
            tally.ask("label-changed", row.name, changed)
    elif _LABEL.fullmatch(gold) is None:
        return
    tally.ask("gold-not-in-options", row.name, "" if gold in row.question else f"{gold} is not in its input")


# Vocabulary

_ANSWERED_IN_WORDS = ("boolean_expressions", "sports_understanding", "web_of_lies")  # without options in the input


def _judge_vocabulary(tally: Tally, task: str, rows: Sequence[Row], spoken: Language) -> None:
    """A gold must be one of the answers that its input offers, and the golds of a task must be words of one language.

    Offered are the lines `- word` that end an input, or the labels at the beginning of its lines. Words are compared
    after NFKC and casefold, for a model's answer is compared so too. Where some golds of a task are English answer
    words (yes, no, true, false, valid, invalid) and some are not, the English ones are named.
    """
    english = {_word(answer) for answer in language("en").answers.values()}
    foreign = english - {_word(answer) for answer in spoken.answers.values()}
    golds = {_word(row.gold) for row in rows}
    mixed = golds & foreign if golds - english else set()
    for row in rows:
        offered = listed(row.question)
        lettered = len(_LETTERED.findall(row.question)) > 1
        if offered and _word(row.gold) not in map(_word, offered):
            wrong = f"gold {shown(row.gold)}, options {', '.join(map(shown, offered))}"
        elif lettered and not offered and _LABEL.fullmatch(row.gold.strip()) is None:
            wrong = f"gold {shown(row.gold)} is no label, the options have labels"
        elif _word(row.gold) in mixed:
            others = sorted(golds - english)
            wrong = f"gold {shown(row.gold)}, where others are {shown(', '.join(others))}"
        else:
            wrong = ""
        if offered or lettered or task in _ANSWERED_IN_WORDS:
            tally.ask("vocabulary-mixed", row.name, wrong)


def _word(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip().rstrip(".。")


# Tasks whose gold can be made again


def _judge_sorting(tally: Tally, row: Row, spoken: Language) -> None:
    words = row.gold.split()
    for check, key in (("not-sorted", str), ("not-sorted-casefold", str.casefold)):
        wrong = next((pair for pair in pairwise(words) if key(pair[0]) > key(pair[1])), None)
        tally.ask(check, row.name, f"{shown(wrong[0])} before {shown(wrong[1])}" if wrong else "")


_CLOSING = {"(": ")", "[": "]", "{": "}", "<": ">"}


def _judge_brackets(tally: Tally, row: Row, spoken: Language) -> None:
    """All brackets of input and gold, in any width; the text of the task has none, or whole pairs."""
    expected: list[str] = []
    wrong = ""
    for character in unicodedata.normalize("NFKC", row.question + row.gold):
        if character in _CLOSING:
            expected.append(_CLOSING[character])
        elif character in _CLOSING.values() and (not expected or expected.pop() != character):
            wrong = f"{character} closes nothing"
            break
    tally.ask("unbalanced", row.name, wrong or (f"{' '.join(reversed(expected))} is missing" if expected else ""))


def _judge_boolean(tally: Tally, row: Row, spoken: Language) -> None:
    words = boolean_words(spoken)
    spaced = spoken.segmentation == "space"
    _judge_solved(tally, row, lambda: solve_boolean(row.question, words, spaced), lambda: read_truth(row.gold, words))


def _judge_arithmetic(tally: Tally, row: Row, spoken: Language) -> None:
    _judge_solved(tally, row, lambda: solve_arithmetic(row.question), lambda: read_number(row.gold))


def _judge_solved(tally: Tally, row: Row, solve: Callable[[], int], gold: Callable[[], int]) -> None:
    try:
        value, expected = solve(), gold()
    except Unread as error:
        tally.ask("expression-unread", row.name, str(error))
        return
    tally.ask("expression-unread", row.name, "")
    wrong = "" if value == expected else f"{shown(row.question)} is {value}, the gold {shown(row.gold)}"
    tally.ask("expression-wrong", row.name, wrong)


_TASKS: Mapping[str, Callable[[Tally, Row, Language], None]] = {
    "word_sorting": _judge_sorting,
    "dyck_languages": _judge_brackets,
    "boolean_expressions": _judge_boolean,
    "multistep_arithmetic_two": _judge_arithmetic,
}
