"""The report as tidy CSV files: one number a row, with everything that it is a number of."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from crossalpaca.report.table import Report

Row = Mapping[str, object]

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet may take for the beginning of a formula."""


def write_csv(report: Report, folder: Path) -> list[Path]:
    """Writes `scores.csv`, `differences.csv`, `models.csv`, `alignment.csv`, `translation.csv` and `audits.csv`.

    UTF-8 with a header, quoted as RFC 4180 says. Numbers are written so that they read back as the same numbers.
    An interval is two columns, `low` and `high`; the numbers by seed are columns `by_seed_1`, `by_seed_2` and so on, in
    the order of the model's seeds; what is not there is an empty cell; lists are joined by blanks. A text that a
    spreadsheet would run as a formula gets an apostrophe in front. A file of which the report holds nothing has its
    header alone, so that there are always six.

    Args:
        report: as `collect` makes it.
        folder: is there already; files of these names are written anew.

    Raises:
        OSError: the folder cannot be written.
    """
    written = []
    for name, (columns, rows) in TABLES.items():
        path = folder / f"{name}.csv"
        _write(path, columns, list(rows(report)))
        written.append(path)
    return written


def _write(path: Path, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """One file. `by_seed` among the columns stands for as many columns as the longest of its lists has numbers; fields
    that entries have besides the columns follow at the end."""
    seeds = max((len(_numbers(row)) for row in rows), default=0)
    by_seed = [f"by_seed_{i + 1}" for i in range(seeds)]
    further = [field for row in rows for field in row if field not in (*columns, "interval")]
    heads = [head for column in columns for head in (by_seed if column == "by_seed" else [column])]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*heads, *dict.fromkeys(further)], extrasaction="ignore")
        writer.writeheader()
        for row in rows:
            cells = dict(row) | dict(zip(by_seed, _numbers(row), strict=False))
            writer.writerow({head: _cell(value) for head, value in cells.items()})


def _numbers(row: Row) -> Sequence[float]:
    found = row.get("by_seed") or ()
    return found if isinstance(found, Sequence) else ()


def _cell(value: object) -> str:
    """A cell's text: numbers as Python writes them, which is the shortest text that reads back as the same number."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    text = " ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _entries(key: str) -> Callable[[Report], Iterator[Row]]:
    """The entries of one list of the report, or of its probing, each a row."""

    def rows(report: Report) -> Iterator[Row]:
        probing = report.get("probing") or {}
        entries: Iterable[Mapping[str, Any]] = report.get(key, probing.get(key, ()))
        for entry in entries:
            low, high = entry["interval"]
            yield dict(entry) | {"low": low, "high": high}

    return rows


def _models(report: Report) -> Iterator[Row]:
    for name, described in report["models"].items():
        asked = dict(described["settings"])
        translations = asked.pop("translations")
        behaviour = described["behaviour"]
        differs = behaviour.get("differs_from", {})
        yield {
            "model": name,
            **{key: described[key] for key in ("trained", "backbone", "languages", "seeds")},
            **asked,
            **{f"translations_{direction.replace('-', '_')}": n for direction, n in translations.items()},
            **{key: value for key, value in behaviour.items() if not isinstance(value, Mapping | list)},
            "differs_from": differs.get("model"),
            "differs_share": differs.get("share"),
            "differs_answers": differs.get("answers"),
        }


def _audits(report: Report) -> Iterator[Row]:
    """A row for each check that found something; one without a check for an audit that found nothing."""
    for audit in report["audits"]:
        place = {key: audit[key] for key in ("benchmark", "language", "golds", "items", "failing", "asked")}
        place |= {
            "asked_failing": len(audit["asked_failing"]),
            "engine": (audit.get("translated") or {}).get("engine"),
        }
        for check, found in audit["checks"].items() or [(None, {})]:
            counts = {key: found.get(key) for key in ("severity", "count", "errors", "of")}
            yield place | counts | {"check": check, "count_asked": found.get("asked")}


_MEASURED = ("value", "n", "low", "high", "by_seed")
_PLACE = ("benchmark", "task", "language", "metric", "items")
_TRAINED = ("instructions", "translations_en_x", "translations_x_en", "wording", "control")
_ANSWERED = ("answers", "ended_with_eos", "mean_completion_tokens", "differs_from", "differs_share", "differs_answers")
_FOUND = ("check", "severity", "count", "errors", "of", "count_asked")

TABLES: Mapping[str, tuple[Sequence[str], Callable[[Report], Iterator[Row]]]] = {
    "scores": (("model", *_PLACE, *_MEASURED, "signature"), _entries("scores")),
    "differences": (
        ("model", "baseline", *_PLACE, *_MEASURED, "wins", "losses", "p", "test", "p_holm"),
        _entries("differences"),
    ),
    "models": (("model", "trained", "backbone", "languages", "seeds", *_TRAINED, *_ANSWERED), _models),
    "alignment": (("model", "language", "direction", "measure", "layer", "layers", *_MEASURED), _entries("alignment")),
    "translation": (("model", "language", "direction", "metric", *_MEASURED, "signature"), _entries("translation")),
    "audits": (
        ("benchmark", "language", "golds", "engine", "items", "failing", "asked", "asked_failing", *_FOUND),
        _audits,
    ),
}
"""The files: their columns, and the rows of a report. In `audits`, `asked` is how many items were put to the models,
`asked_failing` how many of those have an error, `of` how many items of the files a check looked at, `count_asked` how
many of the items that were put to the models it found something in."""
