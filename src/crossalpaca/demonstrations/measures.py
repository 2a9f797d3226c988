"""What filters measure of a normalised sentence pair: polars expressions over the columns `en` and `x`."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache

import polars as pl

from crossalpaca.demonstrations.normalising import where
from crossalpaca.languages import Language
from crossalpaca.languages.scripts import SCRIPTS

ENGLISH_WORD = 5  # characters that stand for one English word where words are not separated
# Groups of three digits apart by spaces; else digits with points, commas, apostrophes or colons inside. (A word
# boundary of all scripts would be many times slower than this one of ASCII.)
_NUMBER = r"\d{1,3}(?: \d{3})+(?-u:\b)(?:[.,٫]\d+)?|\d+(?:[.,'’:٫٬]\d+)*"
_INSIDE_NUMBERS = r"[ .,'’:٫٬]"
_MARKUP = r"(?i)https?:|www\.|</?[a-z][^<>]*>|<!--|&(?:[a-z]{2,8}|#x?[0-9a-f]+);|\{\{|\}\}|\[\[|\]\]|\]\("


def words(column: str) -> pl.Expr:
    """Number of words that spaces separate."""
    text = pl.col(column)
    return text.str.count_matches(" ", literal=True) + (text != "").cast(pl.UInt32)


def words_of(language: Language) -> pl.Expr:
    """Number of words of `x`, or for scripts without spaces what its characters stand for in English words."""
    if language.segmentation == "space":
        return words("x")
    return pl.col("x").str.len_chars() / (ENGLISH_WORD * language.length_ratio)


def long_word(column: str, characters: float) -> pl.Expr:
    """True where a word has more characters."""
    return pl.col(column).str.contains(f"[^ ]{{{int(characters) + 1}}}")


def script_share(column: str, script: str, weight: float = 1) -> pl.Expr:
    """Share of letters that are of the script (ISO 15924), 1 where there are none; each of them counts `weight`."""
    own = "".join(rf"\p{{scx:{'Han' if name == 'CJK' else name.title()}}}" for name in SCRIPTS[script])
    letter, text = r"\p{Alphabetic}", pl.col(column)
    inside, outside = text.str.count_matches(f"[{letter}&&[{own}]]"), text.str.count_matches(f"[{letter}--[{own}]]")
    share = inside * weight / (inside * weight + outside)
    return where(text.str.contains(f"[{letter}--[{own}]]"), [text], share, pl.lit(1.0), pl.Float64)


def markup(column: str) -> pl.Expr:
    """True where there is a web address, a tag, an entity or what wikis write."""
    return pl.col(column).str.contains(_MARKUP)


@cache
def _digits() -> dict[str, str]:
    """Every decimal digit outside ASCII, to the ASCII one."""
    return {digit: str(int(digit)) for digit in re.findall(r"(?![0-9])\d", "".join(map(chr, range(sys.maxunicode))))}


def numbers(column: str) -> pl.Expr:
    """The numbers of a text in its order, a line each, in ASCII digits alone: 2,500.5 equals 2.500,5 and ٢٬٥٠٠٫٥."""
    found = pl.col(column).str.extract_all(_NUMBER).list.join("\n")
    return found.str.replace_all(_INSIDE_NUMBERS, "").str.replace_many(_digits())


def nonzero_digits(column: str) -> pl.Expr:
    """The ASCII digits 1 to 9 of a text in its order, a line each."""
    return pl.col(column).str.extract_all("[1-9]").list.join("\n")


def number_agreement() -> pl.Expr:
    """Share of the numbers of both texts that have their equal in the other, in any order; 1 where there are none."""
    return _agreement(r"\d", numbers)


def digit_agreement() -> pl.Expr:
    """The same of the digits 1 to 9. (OpusFilter's NonZeroNumeralsFilter gives at most this: it looks at the order.)"""
    return _agreement("[1-9]", nonzero_digits)


def _agreement(sign: str, lines: Callable[[str], pl.Expr]) -> pl.Expr:
    sides = [pl.col("en"), pl.col("x")]
    shared = pl.map_batches(sides, _shared, return_dtype=pl.Float64, is_elementwise=True)
    of_lines = where(lines("en") != lines("x"), [lines("en"), lines("x")], shared, pl.lit(1.0), pl.Float64)
    return where(sides[0].str.contains(sign) | sides[1].str.contains(sign), sides, of_lines, pl.lit(1.0), pl.Float64)


def _shared(sides: Sequence[pl.Series]) -> pl.Series:
    # Python's counters are quicker than sorted lists in polars, for the few pairs that differ.
    return pl.Series([_share(*pair) for pair in zip(*sides, strict=True)], dtype=pl.Float64)


def _share(first: str, second: str) -> float:
    counts = Counter(first.split()), Counter(second.split())
    return 2 * (counts[0] & counts[1]).total() / (counts[0].total() + counts[1].total())
