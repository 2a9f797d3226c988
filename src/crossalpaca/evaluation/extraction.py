"""The answer that a completion gives, read out of the text around it by stated rules.

A completion is the bare answer, a sentence that gives it, or either with an explanation. The rules, in their order:

1. The first line is nothing but the answer, punctuation and Markdown around it aside: that is the answer.
2. A noun that announces it ("answer", "Antwort", "答案"; English ones too) has the answer behind it in its sentence:
   the first one behind a copula or colon, else behind the noun. The first such sentence decides.
3. A number behind "=": the last one of the first paragraph that has one, for it ends a calculation.
4. The first answer of the text that stands by itself.

What does not stand by itself is not taken:

- Alternatives and expressions: answers that only "and", "or", commas or operators part ("A or B", "True and False").
- Options and lists read back: labels that begin one line after the other, in their order.
- What a question asks ("Is it valid?"), and what is denied ("not A", "A is wrong").
- Letters inside words, of abbreviations (U.S.), or that are words of the language where a word follows ("A dog",
  "I think", "L'uomo"); in a sentence only capitals count, and only Latin letters.
- yes and no that go on as a sentence ("there is no reason", "这是"): punctuation or the end must follow, or they begin
  the completion or follow a colon. In a script without spaces the word must have no letter on either side, a copula
  before it aside.
- A word of one Chinese character for true or false with others beside it.

true, false, valid and invalid are turned round by a negation within four words before them in their clause, or three
behind them where the language has it there ("nicht gültig", "geçerli değil"). The longest form wins ("non valido").
A number in digits counts, one in words does not; one with decimals is an answer, but no whole number, so None.

A list of words is the first line without a lead that ends in a colon, up to the end of a sentence; or, where that line
is one word or has a list mark, all lines of its kind that follow. Brackets are the first run of nothing else.

Every rule is one pass over the text, so that endless completions do no harm.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from itertools import groupby, pairwise

from crossalpaca.benchmarks.answers import canonical, plain
from crossalpaca.evaluation.cues import Cues, cues
from crossalpaca.evaluation.mentions import SENTENCE_END, SEPARATORS, Mention, mentions
from crossalpaca.languages import Language
from crossalpaca.records import AnswerKind


def extract(completion: str, kind: AnswerKind, language: Language) -> str | None:
    """The answer of a completion in its canonical form (`benchmarks.answers`), or None where none is clear.

    Args:
        completion: what a model generated, of any length.
        kind: what kind of answer its example wants.
        language: the language asked in; English words count beside its own.
    """
    if kind in ("span", "text"):
        return canonical(completion, kind, language)
    text = _prepared(completion)
    if kind == "words":
        return _listed(text, language)
    if (bare := canonical(text.split("\n", 1)[0], kind, language)) is not None:
        return bare
    known = cues(language.code)
    found = mentions(text, kind, known)
    chosen = _announced(text, found, known)
    if chosen is None and kind == "number":
        chosen = _computed(text, found)
    if chosen is None:
        chosen = next((mention for mention in found if mention.alone), None)
    return chosen.value if chosen else None


def _prepared(completion: str) -> str:
    """Without emphasis, and with what follows a colon on the colon's own line."""
    return re.sub(r":[^\S\n]*\n\s*", ": ", plain(completion).replace("**", "")).strip()


def _announced(text: str, found: Sequence[Mention], known: Cues) -> Mention | None:
    """The answer behind the first noun that has one in its sentence, before another such noun."""
    ends = [match.start() for match in SENTENCE_END.finditer(text)]
    starts = [mention.start for mention in found]
    nouns = [match.span() for match in known.announce.finditer(text)]
    for (_, begin), (following, _) in pairwise([*nouns, (len(text), 0)]):
        place = bisect_left(ends, begin)
        stop = min(following, ends[place] if place < len(ends) else len(text))
        near = found[bisect_left(starts, begin) : bisect_left(starts, stop)]
        lead = known.lead.search(text, begin, stop)
        chosen = _behind(text, near, lead.end(), lead[0] != ":") if lead else None
        if chosen := chosen or _behind(text, near, begin, True):
            return chosen
    return None


def _behind(text: str, near: Sequence[Mention], origin: int, announces: bool) -> Mention | None:
    """The first mention from a place on that stands by itself, or right there, if the place announces an answer.

    A colon alone does not: "Answer: A dog".
    """
    for mention in near:
        if mention.start < origin:
            continue
        if mention.alone or (announces and SEPARATORS.fullmatch(text, origin, mention.start)):
            return mention
    return None


def _computed(text: str, found: Sequence[Mention]) -> Mention | None:
    """The last number right behind an equals sign, of the first paragraph that has one."""
    results = [m for m in found if text[max(0, m.start - 8) : m.start].rstrip(" ($").endswith("=")]
    breaks = [match.start() for match in re.finditer(r"\n\s*\n", text)]
    for _, paragraph in groupby(results, lambda mention: bisect_left(breaks, mention.start)):
        return list(paragraph)[-1]
    return None


# Lists of words

_MARK = re.compile(r"\s*(?:[-•+]|\d{1,3}[.)])\s+")
_STOP = re.compile(r"[.!?](?=\s|$)|。")


def _listed(text: str, language: Language) -> str | None:
    first, *others = text.split("\n")
    _, _, tail = first.partition(":")
    items = [tail if tail.strip() else first]
    marked = _MARK.match(items[0]) is not None
    if marked or len(items[0].split()) == 1:
        for line in others:
            if (_MARK.match(line) is not None) != marked or (not marked and len(line.split()) != 1):
                break
            items.append(line)
    words = _STOP.split(" ".join(_MARK.sub("", item, count=1) for item in items), maxsplit=1)[0]
    if re.search(r"[,،、;]", words):
        last = max((match.span() for match in cues(language.code).conjoined.finditer(words)), default=(0, 0))
        if len(words[last[1] :].split()) == 1:
            words = f"{words[: last[0]]} {words[last[1] :]}"
    return canonical(words, "words", language)
