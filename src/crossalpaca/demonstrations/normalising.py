"""The form in which sentence pairs are kept and compared, as a polars expression."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

# U+200C and U+200D join and split letters in Hindi and Persian, so they stay.
INVISIBLE = "\u00ad\u200b\u200e\u200f\u2060\ufeff"
_SPACES = r"[\s\x1c-\x1f]+"  # what Python's str.split takes for white space
# Characters that normalising never touches, whatever stands before them: ASCII, Latin, Greek and Cyrillic letters, most
# Arabic ones, quotes and dashes, kana, Han and full-width characters.
_SETTLED = (
    r" -~\u{a1}-\u{ac}\u{ae}-\u{2ff}\u{388}-\u{3ff}\u{400}-\u{481}"
    r"\u{60c}\u{61b}\u{61f}\u{621}-\u{64a}\u{660}-\u{66d}\u{2010}-\u{2027}\u{2030}-\u{205e}"
    r"\u{3001}-\u{3029}\u{3041}-\u{3094}\u{30a1}-\u{30fa}\u{4e00}-\u{9fff}\u{ff01}-\u{ff5e}"
)
_UNSETTLED = rf"[^{_SETTLED}]|  |^ | $"


def normalised(column: str) -> pl.Expr:
    """NFC, without invisible characters, white space folded to single spaces.

    Composing is by the Unicode version of polars; characters that Python's does not know may differ from it.
    """
    text = pl.col(column)
    folded = (
        text.str.replace_all(f"[{INVISIBLE}]", "")
        .str.normalize("NFC")
        .str.replace_all(_SPACES, " ")
        .str.strip_chars(" ")
    )
    return where(text.str.contains(_UNSETTLED), [text], folded, text, pl.String).alias(column)


def where(
    needed: pl.Expr, columns: Sequence[pl.Expr], costly: pl.Expr, otherwise: pl.Expr, kind: type[pl.DataType]
) -> pl.Expr:
    """`costly`, an expression over the columns, where it is needed, and `otherwise` elsewhere; both are of the kind.

    `pl.when` computes both for every row; this computes what is costly for the rows that need it alone.
    """

    def of_rows(series: Sequence[pl.Series]) -> pl.Series:
        needed, rest, *columns = series
        if len(rest) < len(needed):
            rest = rest.new_from_index(0, len(needed))  # a literal
        if not needed.any():
            return rest
        rows = pl.DataFrame(columns).lazy().filter(needed).select(costly).collect().to_series()
        return rest.clone().scatter(needed.arg_true(), rows)

    return pl.map_batches([needed, otherwise, *columns], of_rows, return_dtype=kind, is_elementwise=True)
