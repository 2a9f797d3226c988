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
        answers = question["answers"]
        if not answers:
            raise DataError(f"{path}: item {question['id']}: has no answer")
        for answer in answers:
            start = answer["answer_start"]
            if context[start : start + len(answer["text"])] != answer["text"]:
                raise DataError(f"{path}: item {question['id']}: answer {answer['text']!r} is not at offset {start}")
        yield Example(
            id=str(question["id"]),
            benchmark=name,
            task="",
            cluster=cluster,
            language=language.code,
            instruction=language.instructions["extractive_qa"],
            input=qa_input(language, context, question["question"]),
            choices=(),
            references=tuple(dict.fromkeys(answer["text"] for answer in answers)),
            origin=path.name,
        )


def qa_input(language: Language, context: str, question: str) -> str:
    """Passage and question with their labels; the passage first, so that its questions share a prefix."""
    labels = language.labels
    return f"{labels['context']}: {context}\n{labels['question']}: {question.strip()}"
