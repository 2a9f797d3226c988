"""BIG-Bench Hard (Suzgun et al. 2022): 27 reasoning tasks with one short answer, one JSON file a task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from crossalpaca.benchmarks.answers import canonical
from crossalpaca.benchmarks.forms.rows import Row, Table
from crossalpaca.benchmarks.labels import labels
from crossalpaca.errors import DataError, nearest
from crossalpaca.languages import Language
from crossalpaca.languages import language as find_language
from crossalpaca.records import AnswerKind, Example

KINDS: Mapping[str, AnswerKind] = {
    "boolean_expressions": "truth",
    "causal_judgement": "yes-no",
    "date_understanding": "letter",
    "disambiguation_qa": "letter",
    "dyck_languages": "brackets",
    "formal_fallacies": "validity",
    "geometric_shapes": "letter",
    "hyperbaton": "letter",
    "logical_deduction_five_objects": "letter",
    "logical_deduction_seven_objects": "letter",
    "logical_deduction_three_objects": "letter",
    "movie_recommendation": "letter",
    "multistep_arithmetic_two": "number",
    "navigate": "yes-no",
    "object_counting": "number",
    "penguins_in_a_table": "letter",
    "reasoning_about_colored_objects": "letter",
    "ruin_names": "letter",
    "salient_translation_error_detection": "letter",
    "snarks": "letter",
    "sports_understanding": "yes-no",
    "temporal_sequences": "letter",
    "tracking_shuffled_objects_five_objects": "letter",
    "tracking_shuffled_objects_seven_objects": "letter",
    "tracking_shuffled_objects_three_objects": "letter",
    "web_of_lies": "yes-no",
    "word_sorting": "words",
}
"""What kind of answer each task wants."""

ITEMS = 250
FEWER: Mapping[str, int] = {"causal_judgement": 187, "penguins_in_a_table": 146, "snarks": 178}

_INFERRED: tuple[AnswerKind, ...] = ("letter", "truth", "yes-no", "validity", "number")


def check(tables: Sequence[Table]) -> None:
    """Refuses unknown tasks and files of other counts.

    Raises:
        DataError: a file's name is no task, or its count is not the published one.
    """
    advice = "or use the benchmark 'tasks' for a file of your own"
    for table in tables:
        if table.task not in KINDS:
            known = nearest(table.task, KINDS)
            raise DataError(f"{table.path}: unknown task {table.task!r}{known} of BIG-Bench Hard; rename it, {advice}")
        expected = FEWER.get(table.task, ITEMS)
        if len(table.rows) != expected:
            raise DataError(
                f"{table.path}: {len(table.rows)} items, BIG-Bench Hard has {expected} of {table.task}; "
                f"get the file again, {advice}"
            )


def kind(table: Table, language: Language) -> AnswerKind:
    """What kind of answer a file's items want: by its task, or of other tasks by what all golds are."""
    if table.task in KINDS:
        return KINDS[table.task]
    golds = {row.gold for row in table.rows if row.gold.strip()}
    fitting = (each for each in _INFERRED if golds and None not in {canonical(g, each, language) for g in golds})
    return next(fitting, "text")


def take_golds(table: Table, english: Table, language: Language) -> Table:
    """The rows with the golds of the English rows of the same number, as the labels that they have here.

    Golds that are words or texts stay: the lists to sort were translated, so the English answer is none here.
    """
    spoken = find_language("en")
    wanted = kind(english, spoken)
    if wanted in ("words", "text"):
        return table
    rows = []
    for row, other in zip(table.rows, english.rows, strict=True):
        meant = canonical(other.gold, wanted, spoken)
        gold = _label(meant, labels(row.question, wanted, language)[0], wanted, language) or other.gold
        rows.append(replace(row, gold=gold, by_row=True))
    return replace(table, rows=tuple(rows))


def _label(meant: str | None, offered: Sequence[str], wanted: AnswerKind, language: Language) -> str | None:
    """The label that means an answer in its canonical form, if one does."""
    return next((label for label in offered if meant is not None and canonical(label, wanted, language) == meant), None)


def examples(table: Table, language: Language, name: str) -> list[Example]:
    """The items of a file; a gold becomes the label that means the same, and stays as it is where none does."""
    wanted = kind(table, language)
    return [_example(row, wanted, table, language, name) for row in table.rows]


def _example(row: Row, wanted: AnswerKind, table: Table, language: Language, name: str) -> Example:
    offered, choices = labels(row.question, wanted, language)
    gold = _label(canonical(row.gold, wanted, language), offered, wanted, language) or row.gold.strip()
    return Example(
        id=row.name,
        benchmark=name,
        task=row.task,
        cluster=row.passage,
        language=language.code,
        instruction=language.instructions["reasoning"],
        input=row.question.strip(),
        answer=wanted,
        labels=offered,
        choices=choices,
        references=(gold,) if gold else (),
        origin=table.name,
    )
