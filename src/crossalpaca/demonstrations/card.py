"""The dataset card: what a set of demonstrations is made of, so that it can be made again and passed on."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from crossalpaca.languages import language
from crossalpaca.records import SourceFile
from crossalpaca.sources.catalogue import CORPORA, INSTRUCTION_SETS
from crossalpaca.version import __version__

CARD = "README.md"
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


def card(arguments: Mapping[str, Any], report: Mapping[str, Any]) -> str:
    """The card in Markdown with YAML front matter, for the arguments of the step and its report."""
    spoken = language(arguments["language"])
    mixture = report["mixture"]
    total = mixture["demonstrations"]
    codes = sorted({spoken.code.partition("-")[0]} | ({"en"} if mixture["translations"] else set()))
    size = next((name for limit, name in _SIZES if total < limit), "n>1M")
    front = [
        "---",
        "language:",
        *(f"- {code}" for code in codes),
        "license: unknown",
        "task_categories:",
        "- text-generation",
        *(["- translation"] if mixture["translations"] else []),
        "size_categories:",
        f"- {size}",
        "configs:",
        "- config_name: default",
        "  data_files: demonstrations.jsonl",
        "---",
    ]
    body = [
        "",
        f"# Demonstrations in {spoken.name}",
        "",
        *_summary(mixture),
        "",
        "`demonstrations.jsonl` has one demonstration a line with its id, kind, language, direction and origin;",
        "`alpaca.json` has the same in Alpaca form. `report.json` says what was dropped, and why.",
        "The licence is that of the sources; it is given below where the name of a file is that of a known corpus.",
        "",
        *_sources(arguments),
        "",
        *_making(arguments),
        "",
    ]
    return "\n".join(front + body)


def _summary(mixture: Mapping[str, Any]) -> list[str]:
    rows = [("instruction", mixture["instructions"]), *mixture["translations"].items()]
    lines = ["| demonstrations | count |", "|---|---:|"]
    lines += [f"| {name} | {n} |" for name, n in rows] + [f"| all | {mixture['demonstrations']} |"]
    if mixture["control"] == "mis-paired":
        lines += ["", "A control: every translation is that of another source."]
    if mixture["control"] == "repeated":
        lines += ["", "A control: instruction demonstrations are repeated; there are no translations."]
    return lines


def _sources(arguments: Mapping[str, Any]) -> list[str]:
    lines = ["## Sources", "", "| file | use | licence | sha256 |", "|---|---|---|---|"]
    instructions: SourceFile | None = arguments["instructions"]
    rows = [("instructions", instructions)] if instructions else []
    rows += [("bitext", file) for files in arguments["bitext"] for file in files]
    lines += [f"| {file.name} | {use} | {_licence(file.name)} | {file.sha256} |" for use, file in rows]
    checked = [f"{entry['benchmark']} ({_file_or_folder(entry['files'])})" for entry in arguments["against"]]
    return [*lines, "", f"Checked against {', '.join(checked)}; `report.json` says what leaked."] if checked else lines


def _licence(name: str) -> str:
    """As the catalogue states it for the corpus or instruction set that a file is named after."""
    licences = {id: corpus.licence for id, corpus in CORPORA.items()}
    licences |= {id: instructions.licence for id, instructions in INSTRUCTION_SETS.items()}
    return next((licence for id, licence in licences.items() if id in name.casefold()), "") or "unknown"


def _making(arguments: Mapping[str, Any]) -> list[str]:
    settings = {name: arguments[name] for name in ("seed", "wording", "control", "leaks", "translations")}
    lines = ["## How it was made", "", f"By crossalpaca {__version__} with {json.dumps(settings)}."]
    made = command(arguments)
    return [*lines, "", "```", made, "```"] if made else lines


def command(arguments: Mapping[str, Any]) -> str:
    """The command that makes the same, by the names of the files; empty where counts are not even."""
    words = ["crossalpaca", "demonstrations", "--language", arguments["language"]]
    for files in arguments["bitext"]:
        words += ["--bitext", *(file.name for file in files)]
    if arguments["instructions"] is not None:
        words += ["--instructions", arguments["instructions"].name]
    if arguments["instruction_count"] is not None:
        words += ["--instruction-count", str(arguments["instruction_count"])]
    if arguments["translations"]:
        total, directions = _total(arguments["translations"])
        if not total:
            return ""
        words += ["--translation-count", total, "--directions", directions]
    for name, default in (("wording", "english"), ("control", None), ("leaks", "remove")):
        words += [f"--{name}", arguments[name]] if arguments[name] != default else []
    for entry in arguments["against"]:
        words += ["--against", f"{entry['benchmark']}={_file_or_folder(entry['files'])}"]
    return shlex.join([*words, "--seed", str(arguments["seed"]), "--out", "DIR"])


def _total(translations: Mapping[str, int | str]) -> tuple[str, str]:
    """The count in all and the directions, as the command is told; empty where one command cannot say it."""
    if len(translations) == 1:
        return next((str(count), direction) for direction, count in translations.items())
    first, second = translations["en-x"], translations["x-en"]
    if isinstance(first, int) and isinstance(second, int):
        return (str(first + second), "both") if 0 <= first - second <= 1 else ("", "")
    if first != second or not isinstance(first, str):
        return "", ""
    return f"{(2 * Decimal(first.removesuffix('%'))).normalize():f}%", "both"


def _file_or_folder(files: Sequence[SourceFile]) -> str:
    return files[0].name if len(files) == 1 else files[0].path.parent.name
