"""BIG-Bench Hard (Suzgun et al. 2022): reasoning tasks with one short answer, one JSON file a task."""

from __future__ import annotations

from pathlib import Path

from crossalpaca.errors import DataError
from crossalpaca.languages import Language
from crossalpaca.records import Example
from crossalpaca.sources.files import read_json


def read(path: Path, language: Language, name: str) -> list[Example]:
    """The items of one task, named after the file.

    Raises:
        DataError: the file is not in BIG-Bench Hard's form.
    """
    task = path.name.removesuffix(".gz").removesuffix(".json")
    document = read_json(path)
    rows = document.get("examples") if isinstance(document, dict) else None
    if not isinstance(rows, list):
        raise DataError(f"{path}: not in BIG-Bench Hard's form: no list under 'examples'")
    examples = []
    for number, row in enumerate(rows, start=1):
        values = (row.get("input"), row.get("target")) if isinstance(row, dict) else (None, None)
        if not (isinstance(values[0], str) and isinstance(values[1], str)):
            raise DataError(f"{path}: item {number}: has no 'input' and 'target'")
        id = f"{task}:{number}"
        examples.append(
            Example(
                id=id,
                benchmark=name,
                task=task,
                cluster=id,
                language=language.code,
                instruction=language.instructions["reasoning"],
                input=values[0].strip(),
                answer="text",
                labels=(),
                choices=(),
                references=(values[1].strip(),),
                origin=path.name,
            )
        )
    return examples
