"""Four-choice questions taken apart: the letters are not in the texts, formulae and answer words stay out of them."""

from __future__ import annotations

from dataclasses import replace

from crossalpaca.benchmarks.audit.multiple_choice import folded
from crossalpaca.benchmarks.forms.rows import Row
from crossalpaca.languages import Language
from crossalpaca.translation.benchmarks.drafts import Draft, Refused, answer_words, filled, option_parts
from crossalpaca.translation.items import Unit


def draft(row: Row, source: Language, target: Language) -> Draft:
    """The question and the options; an option of answer words alone is that of the target's table."""
    texts = [row.question]
    options = [option_parts(option, answer_words(option, source, target), texts) for option in row.options]
    return Draft(Unit(tuple(texts)), (0,), tuple(options), row.gold.strip())


def finished(row: Row, draft: Draft, texts: tuple[str, ...], source: Language) -> Row | Refused:
    """The translated row, or why it is none: options that differ in the original have become equal."""
    options = tuple(filled(parts, texts) for parts in draft.options)
    if twins := merged(row.options, options):
        return Refused("options-merged", twins)
    return replace(row, question=filled(draft.question, texts), options=options, gold=draft.gold)


def merged(originals: tuple[str, ...], options: tuple[str, ...]) -> str:
    """The first option that is equal to another, while the originals differ; empty where there is none."""
    seen: dict[str, str] = {}
    for original, option in zip(originals, options, strict=True):
        first = seen.setdefault(folded(option), original)
        if folded(first) != folded(original):
            return f"{first!r} and {original!r} both became {option!r}"
    return ""
