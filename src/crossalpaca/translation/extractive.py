"""Extractive benchmarks translated whole: a document in SQuAD v1.1 form in, one in the same form out.

An engine is given passages, questions and answers; ids and titles never. Every passage is translated once without
markers, and that is what is published; the translations with markers say where the answers went (see `spans`).
A question whose answers cannot be placed is left out and named.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crossalpaca.benchmarks.forms.rows import Answer, Row, named_by_id
from crossalpaca.benchmarks.forms.squad import squad_rows
from crossalpaca.languages import Language
from crossalpaca.translation.items import Translate
from crossalpaca.translation.markers import Span, marked, passes
from crossalpaca.translation.spans import Passage, Projection, project

Placed = Mapping[Span, Projection | str]


@dataclass(frozen=True, slots=True)
class Item:
    """What became of a question.

    Attributes:
        name: its id, or its number where it has none of its own (see `Row.name`).
        answers: its answers that were placed; those of a question that is left out too.
        problem: why it is left out; empty where it is published.
    """

    name: str
    answers: tuple[Projection, ...]
    problem: str


@dataclass(frozen=True, slots=True)
class Translated:
    """A translated benchmark.

    Attributes:
        document: in SQuAD v1.1 form, with the questions that are published.
        items: every question of the original, in its order.
    """

    document: dict[str, Any]
    items: tuple[Item, ...]


def translate_squad(
    path: Path, document: Any, source: Language, target: Language, translate: Translate, keeps_markup: bool
) -> Translated:
    """Translates a document.

    Args:
        path: where the document comes from, for messages.
        document: the JSON value.
        source, target: from which language into which.
        translate: the engine, of many texts at once.
        keeps_markup: it is given HTML and keeps its tags; else plain text, and answers are placed without markers.

    Raises:
        DataError: the document is not in SQuAD v1.1 form.
    """
    rows = named_by_id(squad_rows(path, document))
    passages = _by_passage(rows)
    plain = _plainly(rows, translate, keeps_markup)
    with_markers = _with_markers(passages, translate) if keeps_markup else {}
    placed: dict[str, Placed] = {}
    for name, (context, spans) in passages.items():
        apart = {context[slice(*span)]: plain[context[slice(*span)]] for span in spans}
        passage = Passage(context, plain[context], with_markers.get(name, ()), apart, source, target)
        placed[name] = project(passage, spans)
    items = tuple(_item(row, plain, placed.get(row.passage, {})) for row in rows)
    return Translated(_document(document, rows, items, plain), items)


def _by_passage(rows: Iterable[Row]) -> dict[str, tuple[str, list[Span]]]:
    """Each passage that a sound question is about, with the answers in it that stand where they say."""
    passages: dict[str, tuple[str, list[Span]]] = {}
    for row in rows:
        if row.problem:
            continue
        spans = passages.setdefault(row.passage, (row.context, []))[1]
        spans += [span for answer in row.answers if (span := _span(answer, row.context)) is not None]
    return passages


def _span(answer: Answer, context: str) -> Span | None:
    start = answer.start
    if start is None or start < 0 or not answer.text.strip() or not context.startswith(answer.text, start):
        return None
    return start, start + len(answer.text)


def _plainly(rows: Sequence[Row], translate: Translate, keeps_markup: bool) -> dict[str, str]:
    """Every passage, question and answer, translated by itself."""
    texts = list(dict.fromkeys(text for row in rows for text in row.texts if text.strip()))
    sent = [html.escape(text, quote=False) for text in texts] if keeps_markup else texts
    got = translate(sent)
    empty = {text: "" for row in rows for text in row.texts}
    return empty | dict(zip(texts, map(html.unescape, got) if keeps_markup else got, strict=True))


def _with_markers(passages: Mapping[str, tuple[str, list[Span]]], translate: Translate) -> dict[str, list[str]]:
    """The translations of each passage with markers, one for each group of answers."""
    owners = [(name, marked(text, group)) for name, (text, spans) in passages.items() for group in passes(spans)]
    done: dict[str, list[str]] = {}
    for (name, _), translated in zip(owners, translate([text for _, text in owners]), strict=True):
        done.setdefault(name, []).append(translated)
    return done


def _item(row: Row, plain: Mapping[str, str], placed: Placed) -> Item:
    if row.problem:
        return Item(row.name, (), row.problem)
    if not plain[row.question].strip():
        return Item(row.name, (), "the question is empty")
    spans = [_span(answer, row.context) for answer in row.answers]
    results = [placed[span] for span in spans if span is not None]
    found = tuple(dict.fromkeys(result for result in results if not isinstance(result, str)))
    if found:
        return Item(row.name, found, "")
    reasons = [result for result in results if isinstance(result, str)]
    return Item(row.name, (), reasons[0] if reasons else "no answer stands where the original says")


def _document(document: Any, rows: Sequence[Row], items: Sequence[Item], plain: Mapping[str, str]) -> dict[str, Any]:
    """The document with what is published; paragraphs and articles without questions are left out."""
    left = iter(zip(rows, items, strict=True))
    articles = []
    for article in document["data"]:
        paragraphs = []
        for paragraph in article["paragraphs"]:
            questions = list(_questions(len(paragraph["qas"]), left, plain))
            if questions:
                paragraphs.append({"context": plain[paragraph["context"]], "qas": questions})
        if paragraphs:
            articles.append({"title": article.get("title", ""), "paragraphs": paragraphs})
    return {"version": document.get("version", "1.1"), "data": articles}


def _questions(count: int, left: Iterator[tuple[Row, Item]], plain: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    for _ in range(count):
        row, item = next(left)
        if not item.problem:
            answers = [{"text": answer.text, "answer_start": answer.start} for answer in item.answers]
            yield {"id": row.id, "question": plain[row.question], "answers": answers}
