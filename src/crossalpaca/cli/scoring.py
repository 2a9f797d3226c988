"""Commands on predictions that are there already: score, compare."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from crossalpaca.cli.experiments import JsonOption


def register(app: typer.Typer) -> None:
    """Adds the commands to the application."""
    app.command(epilog='Example line: {"language": "de", "prediction": "Rom.", "references": ["Rom"]}')(score)
    app.command(epilog="Example: crossalpaca compare cross-scores alpaca-scores")(compare)


def score(
    file: Annotated[Path, typer.Argument(help="JSON lines of language, prediction and references.")],
    as_json: JsonOption = False,
) -> None:
    """Score answers as the official scorers of SQuAD v1.1 and MLQA do, line by line; the means without --json."""
    import json
    from dataclasses import asdict
    from statistics import fmean

    from crossalpaca.errors import DataError
    from crossalpaca.evaluation.official import mlqa_verdict, squad_verdict
    from crossalpaca.sources.files import parse_json, read_lines, source_file

    verdicts = []
    for number, line in enumerate(read_lines(source_file(file).path), start=1):
        row = parse_json(line, str(file), number)
        language, prediction, references = _checked(row, f"{file}:{number}")
        verdict = {
            "squad": asdict(squad_verdict(prediction, references)),
            "mlqa": asdict(mlqa_verdict(prediction, references, language)),
        }
        verdicts.append(verdict)
        if as_json:
            print(json.dumps(verdict, ensure_ascii=False))
    if not verdicts:
        raise DataError(f"{file}: is empty")
    if not as_json:
        for rules in ("squad", "mlqa"):
            means = {name: fmean(verdict[rules][name] for verdict in verdicts) for name in ("exact_match", "f1")}
            print(f"{rules:6} exact_match {means['exact_match']:.4f}  f1 {means['f1']:.4f}  n={len(verdicts)}")


def compare(
    model: Annotated[
        Path, typer.Argument(help="Folder of an evaluation: one made by `evaluate`, or a step of a store.")
    ],
    baseline: Annotated[Path, typer.Argument(help="The evaluation that is subtracted from it.")],
    seed: Annotated[int, typer.Option(min=0, help="Of the resampling.")] = 42,
    as_json: JsonOption = False,
) -> None:
    """Compare two models on the same items: paired differences with intervals and tests, items won and lost."""
    from dataclasses import asdict

    from crossalpaca.cli import display
    from crossalpaca.evaluation.answered import read_answered
    from crossalpaca.evaluation.metrics import METRICS
    from crossalpaca.evaluation.scores import changed_items, differences

    first, second = (read_answered(folder, folder.name, "", "") for folder in (model, baseline))
    found = list(differences(first, second, seed))
    changed = changed_items(first, second, METRICS["exact_match"] if first.examples[0].choices else METRICS["contains"])
    if as_json:
        display.print_json({"differences": [asdict(each) for each in found], "changed": changed})
        return
    cells = [
        [
            each.metric,
            each.task,
            f"{each.value:+.4f}",
            f"[{each.interval[0]:+.4f}, {each.interval[1]:+.4f}]",
            str(each.wins),
            str(each.losses),
            f"{each.p:.4f} ({each.test})",
        ]
        for each in found
    ]
    heads = ["metric", "task", ">difference", ">95% interval", ">won", ">lost", ">p"]
    display.print_table(f"{model} minus {baseline}, n={found[0].n}", heads, cells)
    for kind, items in changed.items():
        for item in items[:3]:
            print(f"{kind}: {item['example']}: {item['model']!r} against {item['baseline']!r}, gold {item['gold']!r}")


def _checked(row: Any, where: str) -> tuple[Any, str, list[str]]:
    """Language, prediction and references of a line, or an error that names it."""
    from crossalpaca.errors import DataError, InputError
    from crossalpaca.languages import language

    values = row if isinstance(row, dict) else {}
    code, prediction, references = (values.get(name) for name in ("language", "prediction", "references"))
    if not isinstance(code, str) or not isinstance(prediction, str):
        raise DataError(f"{where}: needs 'language' and 'prediction' as texts, and 'references' as a list of texts")
    if not isinstance(references, list) or not all(isinstance(text, str) for text in references) or not references:
        raise DataError(f"{where}: 'references' is not a list of one or more texts")
    try:
        return language(code), prediction, references
    except InputError as error:
        raise DataError(f"{where}: {error}") from None
