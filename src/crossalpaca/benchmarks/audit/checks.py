"""The checks: what each is called, how bad a finding is, and what it means in one line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]
Form = Literal["extractive", "choices", "reasoning", "any"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that can be wrong.

    Attributes:
        id: what findings and the JSON call it.
        form: which form of benchmarks it is asked of, as `benchmarks.Form` is named.
        severity: `error` where an item cannot be scored as it stands or is another item than the English one,
            `warning` where a person should look.
        description: one line for people.
        compares: it needs the English file.
        of_file: it is asked of a file as a whole, not of items.
    """

    id: str
    form: Form
    severity: Severity
    description: str
    compares: bool = False
    of_file: bool = False


CHECKS: Mapping[str, Check] = {
    check.id: check
    for check in (
        Check(
            "header-changed",
            "any",
            "error",
            "column names are not the original ones, so a reader by name fails",
            of_file=True,
        ),
        Check("row-count", "any", "error", "not as many rows as the English file", True, True),
        Check("id-changed", "any", "error", "the id is not one of the English file", compares=True),
        Check("id-duplicate", "any", "error", "the id was already given to an earlier row"),
        Check("unparseable", "any", "error", "the row, or its answers cell, does not read"),
        Check("keys-changed", "extractive", "error", "keys of the answers cell are not text and answer_start"),
        Check("gold-empty", "extractive", "error", "there is no gold answer"),
        Check("gold-not-in-context", "extractive", "error", "the gold answer does not occur in its context"),
        Check("offset-mismatch", "extractive", "error", "the gold answer occurs, but not at its offset"),
        Check("context-differs", "extractive", "error", "rows of one passage have different contexts"),
        Check("gold-ambiguous", "extractive", "warning", "the gold answer occurs more than once in its context"),
        Check("option-count", "choices", "error", "not four options with text in them"),
        Check("option-duplicate", "choices", "error", "two options are equal (NFKC, casefold, stripped)"),
        Check("options-merged", "choices", "error", "two options are equal, the English ones differ", True),
        Check("key-invalid", "choices", "error", "the key is not one of A, B, C, D"),
        Check("key-changed", "choices", "error", "the key is not the English key", compares=True),
        Check("numbers-lost", "choices", "warning", "a number of the English text is missing", compares=True),
        Check("label-changed", "reasoning", "error", "the gold label is not the English one, such as (E)", True),
        Check("gold-not-in-options", "reasoning", "error", "the gold label does not occur in its own input"),
        Check(
            "vocabulary-mixed", "reasoning", "error", "gold and offered options, or golds of a task, differ in words"
        ),
        Check("not-sorted", "reasoning", "error", "word_sorting: the gold is not sorted by code point"),
        Check("not-sorted-casefold", "reasoning", "warning", "word_sorting: the gold is not sorted, case ignored"),
        Check("unbalanced", "reasoning", "error", "dyck_languages: input and gold together do not close"),
        Check(
            "expression-wrong", "reasoning", "error", "the expression, solved again, has another value than the gold"
        ),
        Check("expression-unread", "reasoning", "warning", "the expression does not read, so it was not solved again"),
        Check("gold-contradicted", "any", "warning", "the same question has another gold elsewhere in the file"),
        Check("untranslated", "any", "warning", "a text of several words is the English one", compares=True),
        Check("wrong-language", "any", "warning", "hardly a letter is in the language's script"),
        Check("invisible-characters", "any", "warning", "characters that cannot be seen, such as U+200B"),
    )
}
"""Every check by id, in the order in which reports show them."""
