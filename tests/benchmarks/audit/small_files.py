"""Rows in the forms of the benchmarks."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence

Rows = Sequence[Sequence[object]]


def as_csv(rows: Rows) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def as_squad(rows: Rows) -> str:
    """Rows of id, context, question, text and offset in SQuAD v1.1 form, a paragraph a context."""
    paragraphs: dict[object, list[object]] = {}
    for id, context, question, text, start in rows:
        answers = [] if text is None else [{"text": text, "answer_start": start}]
        paragraphs.setdefault(context, []).append({"id": id, "question": question, "answers": answers})
    listed = [{"context": context, "qas": questions} for context, questions in paragraphs.items()]
    return json.dumps({"data": [{"title": "t", "paragraphs": listed}]})


def as_bbh(rows: Rows) -> str:
    return json.dumps({"canary": "x", "examples": [{"input": i, "target": t} for i, t in rows]})
