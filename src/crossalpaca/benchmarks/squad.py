"""Extractive question answering in SQuAD v1.1 form: the form of XQuAD, MLQA and SQuAD-it, and of users' own files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from crossalpaca.errors import DataError
from crossalpaca.languages import Language
from crossalpaca.records import Example
from crossalpaca.sources.files import read_json


def read(path: Path, language: Language, name: str) -> list[Example]:
    """The questions of a file; a passage's questions are one cluster, named by the id of its first question.

    Raises:
        DataError: the file is not in SQuAD form, or an answer is not at its offset (counted in code points).
    """
    document = read_json(path)
    if not isinstance(document, dict) or not isinstance(document.get("data"), list):
        keys = ", ".join(map(str, document)) if isinstance(document, dict) else type(document).__name__
        raise DataError(f"{path}: not in SQuAD v1.1 form: no list under 'data' (found: {keys[:100]})")
    try:
        return [
            example
            for article in document["data"]
            for paragraph in article["paragraphs"]
            for example in _questions(paragraph, path, language, name)
        ]
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        raise DataError(f"{path}: not in SQuAD v1.1 form ({type(error).__name__}: {error})") from None


def _questions(paragraph: dict[str, Any], path: Path, language: Language, name: str) -> Iterator[Example]:
    context = paragraph["context"]
    cluster = str(paragraph["qas"][0]["id"])
    for question in paragraph["qas"]:
        where = f"{path}: item {question['id']}"
        asked = question.get("question")
        if not isinstance(asked, str):
            raise DataError(f"{where}: has no 'question'")
        yield Example(
            id=str(question["id"]),
            benchmark=name,
            task="",
            cluster=cluster,
            language=language.code,
            instruction=language.instructions["extractive_qa"],
            input=qa_input(language, context, asked),
            answer="span",
            labels=(),
            choices=(),
            references=_references(context, question.get("answers"), where),
            origin=path.name,
        )


def _references(context: str, answers: Any, where: str) -> tuple[str, ...]:
    """The distinct answer texts, each of which must stand in the context at its offset."""
    if not isinstance(answers, list) or not answers:
        raise DataError(f"{where}: has no answer")
    texts: list[str] = []
    for answer in answers:
        text, start = (answer.get("text"), answer.get("answer_start")) if isinstance(answer, dict) else (None, None)
        if not isinstance(text, str) or not isinstance(start, int):
            raise DataError(f"{where}: an answer has no 'text' and 'answer_start'")
        if not text.strip():
            raise DataError(f"{where}: an answer is empty")
        if start < 0 or context[start : start + len(text)] != text:
            raise DataError(f"{where}: answer {text!r} is not at offset {start}")
        texts.append(text)
    return tuple(dict.fromkeys(texts))


def qa_input(language: Language, context: str, question: str) -> str:
    """Passage and question with their labels; the passage first, so that its questions share a prefix."""
    labels = language.labels
    return f"{labels['context']}: {context}\n{labels['question']}: {question.strip()}"
