"""The command that writes our benchmarks as tasks for lm-evaluation-harness."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from crossalpaca.cli import display
from crossalpaca.cli.experiments import DataOption, JsonOption
from crossalpaca.cli.stages import reading_of


def register(app: typer.Typer) -> None:
    """Adds the command to the application."""
    app.command(epilog="Example: crossalpaca export-tasks tasks --experiment german-small --data ../data")(export_tasks)


def export_tasks(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder for the tasks; others in it stay.")],
    experiment: Annotated[
        str | None, typer.Option(help="Export every benchmark and language of this experiment, with its items.")
    ] = None,
    data: DataOption = None,
    benchmark: Annotated[str | None, typer.Option(help="Or one benchmark or form, by its id.")] = None,
    language: Annotated[str | None, typer.Option("--language", "-l", help="BCP-47 code.")] = None,
    file: Annotated[
        list[Path] | None, typer.Option("--file", "-f", help="A file of the benchmark; repeatable.")
    ] = None,
    golds: Annotated[
        list[Path] | None, typer.Option(help="English original of each file, to take golds from by row; repeatable.")
    ] = None,
    items: Annotated[int | None, typer.Option(min=1, help="How many items, drawn by passage [default: all].")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Of the draw [default: 42].")] = None,
    prompt: Annotated[str | None, typer.Option(help="Prompt template [default: alpaca].")] = None,
    max_new_tokens: Annotated[
        int | None, typer.Option(min=1, help="Limit of an answer [default: the benchmark's].")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write benchmarks as tasks for lm-evaluation-harness: the same items, the same prompts."""
    from crossalpaca.errors import InputError
    from crossalpaca.interoperability import lm_eval

    if experiment is not None:
        alone = (benchmark, language, file or None, golds or None, items, seed, prompt, max_new_tokens)
        if any(value is not None for value in alone):
            raise InputError("--experiment says what to export, and how; leave out the options of a single benchmark")
        evaluations = _of_experiment(experiment, data)
    elif benchmark and language and file:
        drawn = {"items": items, "seed": 42 if seed is None else seed}
        evaluations = [_of_files(benchmark, language, file, golds or [], prompt or "alpaca", max_new_tokens) | drawn]
    else:
        raise InputError("nothing to export: give --experiment, or --benchmark with --language and --file")
    names = lm_eval.export_tasks(folder, evaluations)
    if as_json:
        display.print_json({"out": str(folder), "tasks": names})
        return
    print("\n".join(names))
    print(f"Written to {folder}; run them all with:")
    print(f"lm_eval --model hf --model_args pretrained=MODEL --include_path {folder} --tasks {lm_eval.TAG}")


def _of_experiment(source: str, data: Path | None) -> list[dict[str, Any]]:
    """What an experiment evaluates on: the steps of its models differ in nothing that tasks know of."""
    from crossalpaca.experiment import Experiment
    from crossalpaca.planning import plan

    steps = [step for step in plan(Experiment.load(source, data)) if step.name == "evaluate"]
    found = {(step.arguments["name"], step.arguments["language"]): dict(step.arguments) for step in steps}
    return list(found.values())


def _of_files(
    benchmark: str, language: str, files: Sequence[Path], golds: Sequence[Path], prompt: str, limit: int | None
) -> dict[str, Any]:
    from crossalpaca.benchmarks import find_benchmark
    from crossalpaca.prompts import template

    known = find_benchmark(benchmark)
    return reading_of(benchmark, language, files, golds) | {
        "template": template(prompt),
        "name": known.id,
        "max_new_tokens": limit or known.max_new_tokens,
    }
