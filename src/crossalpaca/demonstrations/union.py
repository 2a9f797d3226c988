"""The step that puts the demonstrations of several languages together, for one model of all of them."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import Any

from crossalpaca.demonstrations.build import DEMONSTRATIONS, REPORT
from crossalpaca.demonstrations.mixture import DIRECTIONS
from crossalpaca.records import Demonstration, StepRun, read_jsonl, write_jsonl

VERSION = 1


def unite(run: StepRun) -> None:
    """Writes `demonstrations.jsonl`, language after language, and `report.json` with the report of each.

    Ids begin with the code of the language, since sets translated from one source share theirs. Training shuffles, so
    that the order here does not matter to it.

    Arguments of the step: languages (codes, in order), seed. Inputs: by code, the demonstrations of each language.
    """
    made: list[Demonstration] = []
    reports: dict[str, Any] = {}
    for code in run.arguments["languages"]:
        folder = run.inputs[code]
        own = read_jsonl(folder / DEMONSTRATIONS, Demonstration)
        made += [replace(each, id=f"{code}/{each.id}") for each in own]
        reports[code] = json.loads((folder / REPORT).read_text(encoding="utf-8"))
    write_jsonl(run.output / DEMONSTRATIONS, made)
    directions = Counter(each.direction for each in made)
    mixture = {
        "demonstrations": len(made),
        "instructions": directions[None],
        "translations": {each: directions[each] for each in DIRECTIONS if directions[each]},
    }
    report = {"languages": reports, "seed": run.arguments["seed"], "mixture": mixture}
    (run.output / REPORT).write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    run.progress(1, 1, "set", {})
