"""Commands on predictions that are there already: score, compare."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crossalpaca.cli import display
from crossalpaca.cli.options import JsonOption
from crossalpaca.errors import printable

if TYPE_CHECKING:
    from crossalpaca.evaluation.answered import Answered
    from crossalpaca.evaluation.scores import Difference
    from crossalpaca.report.comparing import Place


def register(app: typer.Typer) -> None:
    """Adds the commands to the application."""
    app.command(epilog='Example line: {"language": "de", "prediction": "Rom.", "references": ["Rom"]}')(score)
    app.command(
        epilog="Example: crossalpaca compare cross-scores alpaca-scores, or of runs: "
        "crossalpaca compare crossalpaca-store/reports/one:de-CrossAlpaca crossalpaca-store/reports/two:de-Alpaca"
    )(compare)


def score(
    file: Annotated[
        Path, typer.Argument(help="JSON lines of language, prediction and references; or the folder of an evaluation.")
    ],
    as_json: JsonOption = False,
) -> None:
    """Score answers as the official scorers of SQuAD v1.1 and MLQA do, line by line; the means without --json.

    The answers of an evaluation's folder are scored by every metric, from strict to lenient; no model is asked again.
    """
    if file.is_dir():
        _score_evaluation(file, as_json)
    else:
        _score_lines(file, as_json)


def _score_lines(file: Path, as_json: bool) -> None:
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
            display.print_json_line(verdict)
    if not verdicts:
        raise DataError(f"{file}: is empty")
    if not as_json:
        for rules in ("squad", "mlqa"):
            means = {name: fmean(verdict[rules][name] for verdict in verdicts) for name in ("exact_match", "f1")}
            print(f"{rules:6} exact_match {means['exact_match']:.4f}  f1 {means['f1']:.4f}  n={len(verdicts)}")


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


def _score_evaluation(folder: Path, as_json: bool) -> None:
    from dataclasses import asdict

    from crossalpaca.artefacts import manifest_of
    from crossalpaca.evaluation.metrics import METRICS
    from crossalpaca.evaluation.scores import scores
    from crossalpaca.report.comparing import named, place_of

    manifest = manifest_of(folder)
    answered = _evaluation(folder, manifest)
    # What the audit found lies beside the benchmark, not here, so the sound items are unknown.
    found = [each for each in scores(answered, manifest.get("seed", 42)) if each.items == "all"]
    if as_json:
        display.print_json({"scores": [asdict(each) for each in found]})
        return
    cells = [
        [
            each.task,
            each.metric,
            f"{each.value:.4f}",
            f"[{each.interval[0]:.4f}, {each.interval[1]:.4f}]",
            str(each.n),
            METRICS[each.metric].describes,
        ]
        for each in found
    ]
    title = f"{answered.model} on {named(place_of(answered))}, from strict to lenient"
    display.print_table(title, ["task", "metric", ">score", ">95% interval", ">n", "what it counts"], cells)


def _evaluation(folder: Path, manifest: Mapping[str, Any]) -> Answered:
    """An evaluation's answers; how they were asked for is in its manifest, where it has one."""
    from crossalpaca.decoding.requests import decoding_signature
    from crossalpaca.evaluation.answered import read_answered
    from crossalpaca.prompts import TEMPLATES

    asked = manifest.get("arguments", {})
    template = asked.get("template", {}).get("identity", "unknown")
    known = {template.identity: template.signature for template in TEMPLATES.values()}
    return read_answered(
        folder,
        asked.get("model", folder.resolve().name),
        known.get(template, template),
        decoding_signature(asked["decoding"]["precision"], served=asked.get("served") is not None)
        if "decoding" in asked
        else "unknown",
        "by-row" if asked.get("golds") else "own",
    )


def compare(
    model: Annotated[
        str,
        typer.Argument(
            help="Folder of an evaluation, made by `evaluate` or a step of a store; or RUN:MODEL, a model of the run "
            "whose report is in the folder RUN."
        ),
    ],
    baseline: Annotated[str, typer.Argument(help="What is subtracted from it; named in either way.")],
    seed: Annotated[int, typer.Option(min=0, help="Of the resampling.")] = 42,
    as_json: JsonOption = False,
) -> None:
    """Compare two models on the same items: paired differences with intervals and tests, items won and lost.

    Of runs, every benchmark and language that both have is compared; p_holm is p corrected over all of them.
    """
    from dataclasses import asdict

    from crossalpaca.errors import DataError
    from crossalpaca.evaluation.scores import adjusted
    from crossalpaca.report.comparing import answers_of, compared, named, won_and_lost

    first, second = answers_of(model), answers_of(baseline)
    shared = [place for place in first if place in second]
    if not shared:
        ours, theirs = (", ".join(map(named, side)) for side in (first, second))
        raise DataError(f"{model} answered {ours}, {baseline} {theirs}: there is nothing to compare")
    found = adjusted([each for place in shared for each in compared(first[place], second[place], seed)])
    changed = won_and_lost([(first[place], second[place]) for place in shared])
    left_out = [named(place) for place in dict.fromkeys([*first, *second]) if place not in shared]
    if as_json:
        differences = [asdict(each) for each in found]
        display.print_json({"differences": differences, "changed": changed, "left_out": left_out})
        return
    _print_differences(f"{model} minus {baseline}", found)
    _print_changed(changed)
    if left_out:
        display.say(f"Left out, since only one of the two has them: {', '.join(left_out)}")


def _print_changed(changed: Mapping[str, Sequence[Mapping[str, str]]]) -> None:
    """The first three items won and lost of each benchmark and language."""
    from crossalpaca.report.comparing import named

    for kind, items in changed.items():
        shown: Counter[Place] = Counter()
        for item in items:
            place = (item["benchmark"], item["language"])
            shown[place] += 1
            if shown[place] <= 3:
                answers = f"{item['model']!r} against {item['baseline']!r}, gold {item['gold']!r}"
                display.say(printable(f"{kind}: {named(place)}: {item['example']}: {answers}"))


def _print_differences(title: str, found: Sequence[Difference]) -> None:
    from crossalpaca.report.comparing import named

    sizes = {(each.benchmark, each.language, each.task, each.metric): each.n for each in found if each.items == "all"}
    cells = [
        [
            named((each.benchmark, each.language)),
            each.task,
            each.items,
            each.metric,
            str(each.n),
            f"{each.value:+.4f}",
            f"[{each.interval[0]:+.4f}, {each.interval[1]:+.4f}]",
            str(each.wins),
            str(each.losses),
            f"{each.p:.4f} ({each.test})",
            "-" if each.p_holm is None else f"{each.p_holm:.4f}",
        ]
        for each in found
        if each.items == "all" or each.n != sizes[each.benchmark, each.language, each.task, each.metric]
    ]
    heads = ["benchmark", "task", "items", "metric", ">n", ">difference", ">95% interval", ">won", ">lost", ">p"]
    display.print_table(title, [*heads, ">p_holm"], cells)
