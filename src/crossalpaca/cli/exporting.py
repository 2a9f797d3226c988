"""Commands that pass on what was made: fine-tunes, data, and benchmarks as tasks for lm-evaluation-harness."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from crossalpaca.cli import display
from crossalpaca.cli.options import DataOption, GoldsOption, ItemsOption, JsonOption, LimitOption
from crossalpaca.cli.stages import OutOption, reading_of

if TYPE_CHECKING:
    from crossalpaca.interoperability.merge import Agreement
    from crossalpaca.interoperability.publish import Publication


def register(app: typer.Typer) -> None:
    """Adds the commands to the application."""
    app.command(
        epilog="Example: crossalpaca export crossalpaca-store/reports/german-small:de-CrossAlpaca --out german"
    )(export)
    app.command(epilog="Example: crossalpaca publish german --to owner/german")(publish)
    app.command(epilog="Example: crossalpaca export-tasks tasks --experiment german-small --data ../data")(export_tasks)


def export(
    run: Annotated[
        str,
        typer.Argument(
            metavar="RUN",
            help="Folder of a fine-tune, made by `train` or a step of a store; or REPORT:MODEL, a model of the run "
            "whose report is in the folder REPORT.",
        ),
    ],
    out: OutOption,
    merge: Annotated[bool, typer.Option("--merge", help="Merge the adapter into the backbone's weights.")] = False,
    precision: Annotated[
        Literal["bf16", "fp16", "fp32"] | None, typer.Option(help="Of the merged weights [default: bf16].")
    ] = None,
    gguf: Annotated[bool, typer.Option("--gguf", help="With --merge: also a file for llama.cpp.")] = False,
    backbone: Annotated[
        str | None, typer.Option(help="Folder of the backbone, if it is one that has moved since.")
    ] = None,
    demonstrations: Annotated[
        Path | None, typer.Option(help="Folder of the demonstrations, for the card [default: those in its store].")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write a fine-tune as others load it: the adapter in peft's format or the merged model, with prompt and card."""
    from crossalpaca.errors import InputError
    from crossalpaca.interoperability.export import export_finetune
    from crossalpaca.interoperability.finetunes import backbone_of, find_finetune

    if not merge and (gguf or precision):
        raise InputError(f"--{'gguf' if gguf else 'precision'}: is of merged weights; give --merge too")
    tune = find_finetune(run, demonstrations)
    agreement = export_finetune(tune, backbone_of(tune, backbone), out, (precision or "bf16") if merge else None, gguf)
    _show_export(out, agreement, as_json)


def _show_export(out: Path, agreement: Agreement | None, as_json: bool) -> None:
    from dataclasses import asdict

    if as_json:
        files = sorted(path.name for path in out.iterdir())
        display.print_json({"out": str(out), "files": files, "agreement": asdict(agreement) if agreement else None})
        return
    if agreement:
        print(
            f"Merged in {agreement.precision}: logits are off by {agreement.difference:.1e} "
            f"(accepted: {agreement.tolerance:g}); the adapter changes them by {agreement.effect:.1e}"
        )
    print(f"Written to {out}; look at its README.md, then: crossalpaca publish {out} --to OWNER/NAME")


def publish(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="What `export` wrote, `demonstrations` or `translate benchmark`.")
    ],
    to: Annotated[str, typer.Option(metavar="OWNER/NAME", help="Repository on the hub; made if it is not there.")],
    kind: Annotated[
        Literal["model", "dataset"] | None, typer.Option(help="Of repository [default: as the folder is].")
    ] = None,
    private: Annotated[bool, typer.Option("--private", help="Only for those who may see it.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Send it. Without this, only say what would be sent.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Publish a model or data on the Hugging Face hub: says what would be sent, and with --yes sends it."""
    from crossalpaca.interoperability import hub
    from crossalpaca.interoperability.publish import publication

    hub.require_name(to)
    found = publication(folder, kind)
    if not (yes or as_json):
        _print_publication(found, to, private)
    address = hub.send(found, to, private) if yes else None
    if as_json:
        files = [{"path": path, "bytes": size} for path, size in found.files.items()]
        shown = {"to": to, "kind": found.kind, "private": private, "files": files, "card": found.card}
        display.print_json(shown | {"sent": address})
    elif address:
        print(f"Sent {len(found.files)} files: {address}")


def _print_publication(found: Publication, to: str, private: bool) -> None:
    rows = [[path, f"{size:,}"] for path, size in found.files.items()]
    title = f"{'Private' if private else 'Public'} {found.kind} {to}, {sum(found.files.values()):,} bytes"
    display.print_table(title, ["file", ">bytes"], rows)
    display.say(f"Its card:\n\n{found.card}")
    print("Nothing was sent; the same command with --yes sends it")


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
    golds: GoldsOption = None,
    items: ItemsOption = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Of the draw [default: 42].")] = None,
    prompt: Annotated[str | None, typer.Option(help="Prompt template [default: alpaca].")] = None,
    max_new_tokens: LimitOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write benchmarks as tasks for lm-evaluation-harness: the same items, the same prompts."""
    from crossalpaca.interoperability import lm_eval

    single = (benchmark, language, file or None, golds or None, items, seed, prompt, max_new_tokens)
    if experiment is not None:
        evaluations = _of_experiment(experiment, data, single)
    else:
        drawn = {"items": items, "seed": 42 if seed is None else seed}
        evaluations = [_of_files(benchmark, language, file or [], golds or [], prompt, max_new_tokens) | drawn]
    names = lm_eval.export_tasks(folder, evaluations)
    if as_json:
        display.print_json({"out": str(folder), "tasks": names})
        return
    print("\n".join(names))
    print(f"Written to {folder}; run them all with:")
    print(
        f"lm_eval --model hf --model_args pretrained=MODEL,dtype=float32 --include_path {folder} --tasks {lm_eval.TAG}"
    )


def _of_experiment(source: str, data: Path | None, single: Sequence[object]) -> list[dict[str, Any]]:
    """What an experiment evaluates on: the steps of its models differ in nothing that tasks know of."""
    from crossalpaca.errors import InputError
    from crossalpaca.grid import Grid
    from crossalpaca.planning import plan

    if any(value is not None for value in single):
        raise InputError("--experiment says what to export, and how; leave out the options of a single benchmark")
    steps = [step for step in plan(Grid.load(source, data)) if step.name == "evaluate"]
    found = {(step.arguments["name"], step.arguments["language"]): dict(step.arguments) for step in steps}
    return list(found.values())


def _of_files(
    benchmark: str | None,
    language: str | None,
    files: Sequence[Path],
    golds: Sequence[Path],
    prompt: str | None,
    limit: int | None,
) -> dict[str, Any]:
    from crossalpaca.benchmarks import find_benchmark
    from crossalpaca.errors import InputError
    from crossalpaca.prompts import template

    if not (benchmark and language and files):
        raise InputError("nothing to export: give --experiment, or --benchmark with --language and --file")
    known = find_benchmark(benchmark)
    return reading_of(benchmark, language, files, golds) | {
        "template": template(prompt or "alpaca"),
        "name": known.id,
        "max_new_tokens": limit or known.max_new_tokens,
    }
