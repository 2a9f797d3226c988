"""What was measured, against whom and against which goal: from the result files of bench/, missed goals included."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from made_commands import prose

from crossalpaca.interoperability.markdown import Verbatim, cells, code, text

Bench = Mapping[str, Any]

_ABOUT = ("name", "ratio", "peer", "goal", "machine", "load", "versions", "command", "date", "precision")
_RAW = ("runs",)  # every single timing: the files have them


@dataclass(frozen=True, slots=True)
class Verdict:
    """One measured value beside its goal.

    Attributes:
        what: the part of the script's work.
        measured: the value.
        peer: what it is a ratio over; empty where the value is not a ratio.
        goal: what it should reach; None where none was set.
        reached: whether it does; None where there is no goal.
    """

    what: str
    measured: float
    peer: str
    goal: float | None
    reached: bool | None

    @classmethod
    def of(cls, what: str, measured: float, peer: str, goal: float | None) -> Self:
        """A value that is compared with the goal itself."""
        return cls(what, measured, peer, goal, None if goal is None else measured >= goal)


def performance(folder: Path) -> str:
    """A table of all verdicts, and a section for each result file, in Markdown."""
    benches = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("results/*.json"))]
    lines = ["| measured | result | ratio over | goal | outcome |", "|---|---:|---|---:|---|"]
    for bench in benches:
        lines += [_row(bench, verdict) for verdict in verdicts(bench)]
    for bench in benches:
        lines += ["", *_section(bench, folder)]
    return "\n".join(lines)


def _row(bench: Bench, verdict: Verdict) -> str:
    what = f"{bench['name']}: {verdict.what}" if verdict.what else bench["name"]
    goal = "none" if verdict.goal is None else shown(verdict.goal)
    outcome = {None: "", True: "reached", False: Verbatim("**missed**")}[verdict.reached]
    return cells([what.replace("_", " "), shown(verdict.measured), verdict.peer, goal, outcome])


def verdicts(bench: Bench) -> Iterator[Verdict]:
    """What a result file says of each goal that it names."""
    parts = [(name, part) for name, part in bench.get("parts", {}).items() if "ratio" in part or "ratios" in part]
    for name, part in parts:
        ratios, goals = part.get("ratios", {bench["peer"]: part.get("ratio")}), part.get("goals", {})
        for peer, ratio in ratios.items():
            yield Verdict.of(name, ratio, peer, goals.get(peer, part.get("goal")))
    if parts:
        return
    goal = bench.get("goal")
    if isinstance(goal, Mapping):
        yield from (Verdict.of(name, bench["ours"][name], "", least) for name, least in goal.items())
        yield Verdict.of("", bench["ratio"], bench["peer"], None)
    elif "ratio" in bench and bench["peer"].startswith("none; "):
        # Without a peer the ratio is over the goal.
        yield Verdict("", bench["ratio"], bench["peer"].removeprefix("none; "), goal, bench["ratio"] >= 1)
    elif "ratio" in bench:
        yield Verdict.of("", bench["ratio"], bench["peer"], goal)


def _section(bench: Bench, folder: Path) -> Iterator[str]:
    yield f"## {bench['name'].replace('_', ' ').capitalize()}"
    yield ""
    yield prose(_first_line(folder / f"{bench['name']}.py"))
    yield ""
    versions = ", ".join(f"{name} {version}" for name, version in bench.get("versions", {}).items())
    for said, value in (("Machine", bench.get("machine")), ("Versions", versions), ("Date", bench.get("date"))):
        if value:
            yield f"- {said}: {text(value)}"
    yield f"- Command: {code(bench['command'])}"
    yield ""
    figures = {key: value for key, value in bench.items() if key not in _ABOUT + _RAW}
    yield '??? note "All figures"'
    yield ""
    yield from (f"    {line}".rstrip() for line in _figures(figures, ""))


def _first_line(script: Path) -> str:
    """The first paragraph of the script's docstring; nothing where a result has no script of its name."""
    if not script.is_file():
        return ""
    said = ast.get_docstring(ast.parse(script.read_text(encoding="utf-8"))) or ""
    return said.partition("\n\n")[0]


def _figures(values: Mapping[str, Any], place: str) -> Iterator[str]:
    """Single values as one table, mappings of like ones as one table each, anything deeper under its own place."""
    single = {key: value for key, value in values.items() if not isinstance(value, Mapping)}
    nested = {key: value for key, value in values.items() if isinstance(value, Mapping) and value}
    if single:
        yield from _titled(place, [["figure", "value"], *([key, shown(value)] for key, value in single.items())])
    columns = list(next(iter(nested.values()), {}))
    alike = len(nested) > 1 and all(list(value) == columns and _flat(value) for value in nested.values())
    if alike:
        rows = ([key, *map(shown, value.values())] for key, value in nested.items())
        yield from _titled(place, [["", *columns], *rows])
        return
    for key, value in nested.items():
        yield from _figures(value, f"{place}, {key}" if place else key)


def _flat(value: Mapping[str, Any]) -> bool:
    return not any(isinstance(each, Mapping) for each in value.values())


def _titled(place: str, rows: list[list[str]]) -> Iterator[str]:
    if place:
        yield f"{text(place.replace('_', ' '))}:"
        yield ""
    yield cells(head.replace("_", " ") for head in rows[0])
    yield "|---" + "|---:" * (len(rows[0]) - 1) + "|"
    yield from (cells([row[0].replace("_", " "), *row[1:]]) for row in rows[1:])
    yield ""


def shown(value: Any) -> str:
    """A figure as the file has it, but for thousands and digits after the fourth."""
    if isinstance(value, list):
        return "; ".join(map(shown, value))
    if isinstance(value, float):
        return f"{round(value, 4):,}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
