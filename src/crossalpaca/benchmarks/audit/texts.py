"""Checks that every benchmark has: columns, ids, the number of rows, and what the texts are written in."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import cache

from crossalpaca.benchmarks.audit.findings import Tally, shown
from crossalpaca.benchmarks.audit.pairing import Pair, has_ids
from crossalpaca.benchmarks.forms.rows import Table
from crossalpaca.languages import Language
from crossalpaca.languages.scripts import SCRIPTS, letter_script


def judge_table(tally: Tally, table: Table, english: Table | None, *, counted: bool) -> None:
    """Asks what is asked of a file as a whole, and of its ids.

    Args:
        tally: where the answers go.
        table: the file.
        english: the English file.
        counted: every English row has a row here; MLQA's languages hold different parts of it.
    """
    tally.ask("header-changed", table.name, table.header)
    if english is not None and counted:
        rows, expected = len(table.rows), len(english.rows)
        tally.ask("row-count", table.name, "" if rows == expected else f"{rows} rows, in English {expected}")
    if has_ids(table.rows):
        _judge_ids(tally, table, english)
    _judge_contradictions(tally, table)
    for row in table.rows:
        tally.ask("unparseable", row.name, row.problem)


def _judge_ids(tally: Tally, table: Table, english: Table | None) -> None:
    known = {row.id for row in english.rows} if english is not None and has_ids(english.rows) else None
    seen: dict[str, int] = {}
    for row in table.rows:
        first = seen.setdefault(row.id, row.number)
        tally.ask("id-duplicate", row.name, "" if first == row.number else f"{shown(row.id)}, as in row {first}")
        if known is not None:
            tally.ask("id-changed", row.name, "" if row.id in known else f"{shown(row.id)} is no English id")


def _judge_contradictions(tally: Tally, table: Table) -> None:
    """The same question, context and options with another gold; of two such rows the later one is named."""
    seen: dict[tuple[str, ...], tuple[str, str]] = {}
    for row in table.rows:
        if row.problem or row.answers or not row.question.strip():
            continue  # two extractive answers to one question may both be right
        first, gold = seen.setdefault((row.question.strip(), *row.options), (row.name, row.gold.strip()))
        same = gold == row.gold.strip()
        tally.ask("gold-contradicted", row.name, "" if same else f"{shown(row.gold)}, {shown(gold)} at {first}")


def judge_texts(tally: Tally, pairs: Sequence[Pair], language: Language) -> None:
    """Asks what is asked of every item's texts."""
    for pair in pairs:
        row = pair.row
        if row.problem:
            continue
        if pair.english is not None and language.code != "en":
            texts = ((row.question, pair.english.question), (row.context, pair.english.context))
            same = next((text for text, original in texts if _untranslated(text, original)), "")
            tally.ask("untranslated", row.name, shown(same) if same else "")
        if language.script in SCRIPTS:
            text = "\n".join((row.context, row.question, *row.options))
            tally.ask("wrong-language", row.name, _foreign(text, language))
        tally.ask("invisible-characters", row.name, _invisible("".join(row.texts), language))


_WORD = re.compile(r"[^\W\d_]{2,}")


def _untranslated(text: str, english: str) -> bool:
    """Equal to the English text, though there are at least three words of two letters in it to translate."""
    return text.strip() == english.strip() and len(_WORD.findall(text)) > 2


_LETTERS_NEEDED = 20
_SHARE = 0.2


def _foreign(text: str, language: Language) -> str:
    """What is wrong where less than a fifth of at least 20 letters is in the language's script.

    A letter of the script counts for as many English ones as it stands for (three, in Chinese), since formulae and
    names keep theirs.
    """
    names = SCRIPTS[language.script]
    letters = {c: count for c, count in Counter(text).items() if c.isalpha()}
    total = sum(letters.values())
    own = sum(count for letter, count in letters.items() if letter_script(letter) in names)
    weight = own / language.length_ratio
    if total < _LETTERS_NEEDED or weight >= _SHARE * (weight + total - own):
        return ""
    return f"{own} of {total} letters are of the script {language.script}: {shown(text.strip(), 40)}"


# U+200C and U+200D join and part letters in these scripts, and U+200B parts the words of Thai.
_JOINING = {"Arab": "\u200c\u200d", "Deva": "\u200c\u200d", "Thai": "\u200b"}
_DIRECTIONS = "\u200e\u200f\u061c"


def _invisible(text: str, language: Language) -> str:
    """Format, control, private and unassigned characters and U+FFFD, but those that the language is written with."""
    if text.isascii() and text.isprintable():
        return ""
    allowed = _JOINING.get(language.script, "") + (_DIRECTIONS if language.rtl else "")
    found = Counter(c for c in text if _is_invisible(c) and c not in allowed)
    return ", ".join(f"U+{ord(c):04X} x{count}" for c, count in sorted(found.items()))


@cache
def _is_invisible(character: str) -> bool:
    if character in "\t\n\r":
        return False
    return unicodedata.category(character) in ("Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp") or character == "\ufffd"
