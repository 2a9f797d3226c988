"""Extractive questions in SQuAD v1.1 form (Rajpurkar et al. 2016): articles of paragraphs, each with its questions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from crossalpaca.benchmarks.forms.answers import KEYS, read_answer
from crossalpaca.benchmarks.forms.rows import Answer, Row
from crossalpaca.errors import DataError
from crossalpaca.sources.files import beginning


def squad_rows(path: Path, document: Any) -> list[Row]:
    """The questions of a document, in its order; those of a paragraph share their `passage`.

    Raises:
        DataError: articles or paragraphs are not those of SQuAD; the message names the first that is not.
    """
    if not isinstance(document, dict) or not isinstance(document.get("data"), list):
        keys = beginning(", ".join(document)) if isinstance(document, dict) else type(document).__name__
        raise DataError(f"{path}: not in SQuAD v1.1 form: no list under 'data' (found: {keys})")
    rows: list[Row] = []
    for number, paragraph in enumerate(_paragraphs(path, document["data"]), start=1):
        context, questions = paragraph.get("context"), paragraph.get("qas")
        if not isinstance(context, str) or not isinstance(questions, list):
            raise DataError(f"{path}: paragraph {number}: not in SQuAD v1.1 form: has no 'context' and 'qas'")
        for question in questions:
            rows.append(_row(question, Row("", len(rows) + 1, passage=str(number), context=context)))
    return rows


def _paragraphs(path: Path, data: list[Any]) -> Iterator[dict[str, Any]]:
    for number, article in enumerate(data, start=1):
        paragraphs = article.get("paragraphs") if isinstance(article, dict) else None
        if not isinstance(paragraphs, list) or not all(isinstance(each, dict) for each in paragraphs):
            raise DataError(f"{path}: article {number}: not in SQuAD v1.1 form: has no list of 'paragraphs'")
        yield from paragraphs


def _row(question: Any, row: Row) -> Row:
    """A row with what its question holds; `row` has the rest."""
    if not isinstance(question, dict):
        return replace(row, context="", problem="the question is no object")
    id, asked, answers = question.get("id"), question.get("question"), question.get("answers")
    row = replace(row, id="" if id is None else str(id), question=asked if isinstance(asked, str) else "")
    if not isinstance(asked, str) or not isinstance(answers, list):
        return replace(row, problem="has no 'question' and list of 'answers'")
    read: list[Answer] = []
    for each in answers:
        answer = read_answer(each.get("text"), each.get("answer_start")) if isinstance(each, dict) else None
        if answer is None:
            return replace(row, problem="an answer has no 'text' and whole number 'answer_start'")
        read.append(answer)
    return replace(row, answers=tuple(read), gold=read[0].text if read else "", keys=KEYS)
