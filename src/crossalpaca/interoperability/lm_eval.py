"""Tasks for lm-evaluation-harness (read and tested at 0.4.13): the items and prompts of an evaluation of ours.

DIR/README.md                  how to run them
DIR/crossalpaca_data.py        reads the items; in Python because the harness knows no path relative to a task's file
DIR/crossalpaca_X_de.jsonl     the items of benchmark X in German
DIR/crossalpaca_X_de.yaml      greedy answers to them
DIR/crossalpaca_X_de_labels.yaml, ..._choices.yaml  likelihoods, for the items that have labels or choices
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from crossalpaca.errors import InputError
from crossalpaca.evaluation.predict import chosen_examples
from crossalpaca.prompts import CHAT, Template
from crossalpaca.records import Example

TAG = "crossalpaca"
"""What all exported tasks are called together."""

_LOADER, _README = "crossalpaca_data.py", "README.md"
_ASKS = {"generate_until": "an answer, greedily", "multiple_choice": "the likeliest of `{}`"}
_STRIPPED = ("remove_whitespace", "take_first")  # the harness's names; at both ends, of the one answer
_UNMATCHED = " "  # answers are stripped before they are compared, so none equals a blank
_VERSION = 1  # raised when the tasks ask something else than before


def export_tasks(folder: Path, evaluations: Iterable[Mapping[str, Any]]) -> list[str]:
    """Adds tasks to a folder, which is made if need be; everything is read before anything is written.

    Args:
        folder: where the tasks go; other tasks in it stay.
        evaluations: arguments of `evaluation.predict.predict`: template, benchmark, name, language, files, golds,
            items, seed and max_new_tokens. Each gives one file of items and one to three tasks.

    Returns:
        The names of the tasks, in order.

    Raises:
        DataError: a benchmark cannot be read.
        InputError: the folder holds one of the tasks already or cannot be written, or the template is the backbone's
            own chat template.
    """
    exports = [_export(arguments) for arguments in evaluations]
    for export in exports:
        if (folder / export.file).exists():
            raise InputError(f"{folder / export.file}: is there already; remove it, or name another folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _LOADER).write_text(_resource("lm_eval_data.py.txt"), encoding="utf-8")
        names = [name for export in exports for name in _write(folder, export)]
        (folder / _README).write_text(_readme(folder), encoding="utf-8")
    except OSError as error:
        raise InputError(f"{folder}: cannot be written ({error.strerror}); name another folder") from error
    return names


@dataclass(frozen=True, slots=True)
class _Export:
    """The items of one benchmark and language.

    Attributes:
        name: of the task that asks for an answer.
        rows: one an item, as they are written.
        max_new_tokens: limit of an answer.
        prompt: name and hash of the template.
    """

    name: str
    rows: Sequence[Mapping[str, Any]]
    max_new_tokens: int
    prompt: str

    @property
    def file(self) -> str:
        """Name of the file of items."""
        return f"{self.name}.jsonl"


def _export(arguments: Mapping[str, Any]) -> _Export:
    template: Template = arguments["template"]
    if template == CHAT:
        raise InputError("prompt chat: only a backbone's tokenizer can render it, so it has no tasks; use alpaca")
    rows = [_row(example, template) for example in chosen_examples(arguments)]
    name = f"{TAG}_{arguments['name']}_{arguments['language']}"
    return _Export(name, rows, arguments["max_new_tokens"], template.signature)


def _row(example: Example, template: Template) -> dict[str, Any]:
    right = [index for index, label in enumerate(example.labels) if label in example.references]
    return {
        "id": example.id,
        "task": example.task,
        "prompt": template.render(example.instruction, example.input),
        "references": [reference.strip() for reference in example.references] or [_UNMATCHED],
        "labels": list(example.labels),
        "choices": list(example.choices),
        "gold": right[0] if right else -1,
    }


class _Function(str):
    """A function of the loader, which the harness finds beside the task's file."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    """Writes `_Function`s with the harness's tag."""


_Dumper.add_representer(_Function, lambda dumper, value: dumper.represent_scalar("!function", str(value)))


def _write(folder: Path, export: _Export) -> list[str]:
    """Writes the items, then the tasks; returns the tasks' names."""
    with (folder / export.file).open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in export.rows)
    configs = [_generation(export)]
    # A list with an empty text in it has nothing to measure there, and the harness fails on it.
    for kind in ("labels", "choices"):
        if any(row[kind] and all(row[kind]) for row in export.rows):
            configs.append(_choice(export, kind))
    for config in configs:
        text = yaml.dump(config, Dumper=_Dumper, sort_keys=False, allow_unicode=True)
        (folder / f"{config['task']}.yaml").write_text(text, encoding="utf-8")
    return [config["task"] for config in configs]


def _generation(export: _Export) -> dict[str, Any]:
    """A task that scores the greedy answer by our strict exact match: stripped, equal to one of the references."""
    return {
        **_common(export, export.name, {"file": export.file}),
        "output_type": "generate_until",
        "doc_to_target": "references",
        # Without `until` the harness stops at a blank line; with an empty one at the end of the text alone.
        "generation_kwargs": {"do_sample": False, "until": [], "max_gen_toks": export.max_new_tokens},
        "filter_list": [
            {"name": "stripped", "filter": [{"function": "remove_whitespace"}, {"function": "take_first"}]}
        ],
        "metric_list": _metrics("exact_match"),
    }


def _choice(export: _Export, kind: str) -> dict[str, Any]:
    """A task that scores the likeliest label or choice: in all, a character (acc_norm), a byte of UTF-8 (acc_bytes)."""
    return {
        **_common(export, f"{export.name}_{kind}", {"file": export.file, "having": kind}),
        "output_type": "multiple_choice",
        "doc_to_choice": kind,
        "doc_to_target": "gold",
        "target_delimiter": "",  # else a blank would come before each
        "metric_list": _metrics("acc", "acc_norm", "acc_bytes"),
    }


def _common(export: _Export, name: str, items: Mapping[str, str]) -> dict[str, Any]:
    return {
        "task": name,
        "tag": TAG,
        "custom_dataset": _Function(f"{Path(_LOADER).stem}.load"),
        "dataset_kwargs": dict(items),
        "test_split": "test",
        "num_fewshot": 0,
        "doc_to_text": "prompt",
        "metadata": {"version": _VERSION, "prompt": export.prompt},
    }


def _metrics(*names: str) -> list[dict[str, Any]]:
    return [{"metric": name, "aggregation": "mean", "higher_is_better": True} for name in names]


def _readme(folder: Path) -> str:
    """What the folder holds now, from this call and those before it."""
    rows = []
    for path in sorted(folder.glob(f"{TAG}_*.yaml")):
        config = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 (makes texts only)
        rows.append(f"| `{config['task']}` | {_ASKS[config['output_type']].format(config.get('doc_to_choice'))} |")
    return _resource("lm_eval_readme.md.txt").replace("@TASKS@", "\n".join(rows))


def _resource(name: str) -> str:
    return resources.files("crossalpaca.interoperability").joinpath(name).read_text(encoding="utf-8")
