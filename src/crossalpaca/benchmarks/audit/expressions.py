"""Solving the expressions of boolean_expressions and multistep_arithmetic_two again, without evaluating any code."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from crossalpaca.benchmarks.answers import visible
from crossalpaca.languages import Language, language

MAX_LENGTH, MAX_DEPTH = 2000, 60  # characters and open brackets; the published expressions have 60 and 4


class Unread(Exception):
    """The text is not an expression that is understood; the message says where."""


# Solving

Infix = Mapping[str, Callable[[int, int], int]]


@dataclass(frozen=True, slots=True)
class Grammar:
    """Operators of a kind of expression: prefixes bind tightest, then the last level of `infix`, the first least."""

    prefix: Mapping[str, Callable[[int], int]]
    infix: tuple[Infix, ...]


BOOLEAN = Grammar({"not": lambda a: 1 - a}, ({"or": lambda a, b: a | b}, {"and": lambda a, b: a & b}))
ARITHMETIC = Grammar(
    {"-": lambda a: -a, "+": lambda a: a},
    ({"+": lambda a, b: a + b, "-": lambda a, b: a - b}, {"*": lambda a, b: a * b}),
)


@dataclass(slots=True)
class _Solver:
    """A recursive descent over tokens: whole numbers, brackets and the operators of a grammar."""

    grammar: Grammar
    tokens: Sequence[str | int]
    position: int = 0
    depth: int = 0

    def solve(self) -> int:
        value = self._level(0)
        if self.position != len(self.tokens):
            raise Unread(f"{self.tokens[self.position]!r} is not expected")
        return value

    def _peek(self) -> str | int | None:
        return self.tokens[self.position] if self.position < len(self.tokens) else None

    def _level(self, level: int) -> int:
        if level == len(self.grammar.infix):
            return self._operand()
        value = self._level(level + 1)
        while (operator := self._peek()) in (operators := self.grammar.infix[level]):
            self.position += 1
            value = operators[str(operator)](value, self._level(level + 1))
        return value

    def _operand(self) -> int:
        prefixes = []
        while (found := self._peek()) in self.grammar.prefix:
            prefixes.append(str(found))
            self.position += 1
        self.position += 1
        if isinstance(found, int):
            value = found
        elif found == "(":
            value = self._bracket()
        else:
            raise Unread("it ends too early" if found is None else f"{found!r} is not expected")
        for prefix in reversed(prefixes):
            value = self.grammar.prefix[prefix](value)
        return value

    def _bracket(self) -> int:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Unread("too many brackets within one another")
        value = self._level(0)
        if self._peek() != ")":
            raise Unread("a bracket does not close")
        self.position += 1
        self.depth -= 1
        return value


# Arithmetic

_SIGNS = str.maketrans({"×": "*", "·": "*", "∙": "*", "⋅": "*", "−": "-", "–": "-", "—": "-"})
_ARITHMETIC_TOKEN = re.compile(r"\s*(?:(\d{1,15})|([-+*()]))")


def solve_arithmetic(text: str) -> int:
    """The value of `((1 + -2) * 3) =`, digits of any script.

    Raises:
        Unread: it holds anything but whole numbers, + - * and brackets.
    """
    rest = _normal(text).translate(_SIGNS).strip().removesuffix("=").rstrip()
    tokens: list[str | int] = []
    position = 0
    while position < len(rest):
        match = _ARITHMETIC_TOKEN.match(rest, position)
        if match is None:
            raise Unread(f"{rest[position : position + 12]!r} is not understood")
        tokens.append(int(match[1]) if match[1] else match[2])
        position = match.end()
    return _Solver(ARITHMETIC, tokens).solve()


def read_number(text: str) -> int:
    """A whole number, digits of any script.

    Raises:
        Unread: it is none.
    """
    plain = _normal(text).translate(_SIGNS).replace(" ", "")
    if not re.fullmatch(r"[-+]?\d{1,40}", plain):
        raise Unread(f"the gold {text[:20]!r} is not a number")
    return int(plain)


# Booleans


def boolean_words(spoken: Language) -> dict[str, str | None]:
    """What each word means in a language and in English: true, false, not, and, or.

    It is empty for a copula, which says nothing, and None for a word that may mean one thing or another, so that the
    text is not read.
    """
    words: dict[str, str | None] = {}
    for each in (language("en"), spoken):
        for meaning in ("true", "false"):
            words |= _meaning((*each.answer_variants[meaning], each.answers[meaning]), meaning)
        for meaning in ("not", "and", "or"):
            words |= _meaning(each.logic[meaning], meaning)
        words |= _meaning(each.logic["copula"], "") | _meaning(each.logic["unclear"], None)
    return words


def _meaning(words: Sequence[str], meaning: str | None) -> dict[str, str | None]:
    return dict.fromkeys((_normal(word).casefold() for word in words), meaning)


def solve_boolean(text: str, words: Mapping[str, str | None], spaced: bool) -> bool:
    """The value of `not ( True ) and False is`, in English words, in those of `boolean_words`, or in both.

    Args:
        text: the expression.
        words: from `boolean_words`.
        spaced: words are set apart by spaces; otherwise the longest word that fits is taken.

    Raises:
        Unread: a word is not known, or its meaning here is unclear, or the words make no expression.
    """
    meanings: list[str | int] = []
    for word in _split(_normal(text).casefold(), words, spaced):
        meaning = word if word in ("(", ")") else words.get(word)
        if meaning is None:
            raise Unread(f"{word!r} is not understood")
        if meaning:
            meanings.append({"true": 1, "false": 0}.get(meaning, meaning))
    return bool(_Solver(BOOLEAN, meanings).solve())


def read_truth(text: str, words: Mapping[str, str | None]) -> bool:
    """A gold, such as `True` or `WAHR`.

    Raises:
        Unread: it is no word for true or false.
    """
    meaning = words.get(_normal(text).casefold().strip())
    if meaning not in ("true", "false"):
        raise Unread(f"the gold {text[:20]!r} is not a word for true or false")
    return meaning == "true"


def _split(text: str, words: Mapping[str, str | None], spaced: bool) -> list[str]:
    """Words and brackets, and every other character that is not white space by itself."""
    if spaced:
        runs = groupby(text, lambda c: unicodedata.category(c)[0] in "LM")  # Hindi's vowels are marks
        found: list[str] = []
        for is_word, run in runs:
            found += ["".join(run)] if is_word else [character for character in run if not character.isspace()]
        return found
    known = sorted(words, key=len, reverse=True)
    return re.findall("|".join(["[a-z]+", *map(re.escape, known), r"\S"]), text)


def _normal(text: str) -> str:
    """The text as `visible` has it.

    Raises:
        Unread: it is too long to be an expression.
    """
    if len(text) > MAX_LENGTH:
        raise Unread(f"{len(text)} characters")
    return visible(text)
