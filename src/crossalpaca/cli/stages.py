"""Commands for a single stage, with files and folders in place of an experiment; the code is that of `run`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from crossalpaca.cli import display
from crossalpaca.cli.options import GoldsOption, ItemsOption, JsonOption, LimitOption

if TYPE_CHECKING:
    from crossalpaca.decoding.requests import Served
    from crossalpaca.records import Step

OutOption = Annotated[Path, typer.Option("--out", "-o", help="Folder for the result; must not exist yet.")]
SeedOption = Annotated[int, typer.Option(min=0, help="Of every sample and order.")]
BackboneOption = Annotated[str, typer.Option(help="Registered id, hub id or folder.")]
SetOption = Annotated[list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A setting, such as batch=8.")]
Settings = TypeVar("Settings")


AdapterOption = Annotated[Path | None, typer.Option(help="Folder made by `crossalpaca train` [default: none].")]
ServerOption = Annotated[
    str | None, typer.Option(help="OpenAI-compatible server that has the model; its URL up to /v1.")
]


def register(app: typer.Typer) -> None:
    """Adds the commands to the application."""
    app.command(epilog="Example: crossalpaca train --demonstrations german --set steps=100 --out adapter")(train)
    app.command(
        epilog="Example: crossalpaca evaluate --adapter adapter --benchmark xquad --language de --file xquad.de.json "
        "--out scores"
    )(evaluate)


def train(
    demonstrations: Annotated[
        Path, typer.Option("--demonstrations", help="Folder made by `crossalpaca demonstrations`.")
    ],
    out: OutOption,
    backbone: BackboneOption = "smollm2-135m-instruct",
    prompt: Annotated[str, typer.Option(help="Prompt template.")] = "alpaca",
    settings: SetOption = None,
    seed: SeedOption = 42,
    as_json: JsonOption = False,
) -> None:
    """Fine-tune a backbone with LoRA on demonstrations; settings are those of `training` in an experiment file."""
    from crossalpaca.artefacts import require_written
    from crossalpaca.backbones import resolve
    from crossalpaca.demonstrations.build import DEMONSTRATIONS
    from crossalpaca.prompts import template
    from crossalpaca.records import Step
    from crossalpaca.sources.files import source_file
    from crossalpaca.training import finetune
    from crossalpaca.training.recipe import Recipe

    source = source_file(demonstrations / DEMONSTRATIONS)
    require_written(demonstrations, DEMONSTRATIONS)
    arguments = {
        "backbone": resolve(backbone),
        "template": template(prompt),
        "recipe": _settings(Recipe, settings),
        "seed": seed,
    }
    step = Step(
        "train",
        finetune.VERSION,
        finetune.finetune,
        arguments,
        {"demonstrations": source.sha256},
        f"train on {demonstrations}",
    )
    run_shown(step, out, {source.sha256: demonstrations})
    _result(out, as_json, json.loads((out / "report.json").read_text(encoding="utf-8")))


def evaluate(
    benchmark: Annotated[str, typer.Option(help="Id of a benchmark or form; see `crossalpaca benchmarks`.")],
    language: Annotated[str, typer.Option("--language", "-l", help="BCP-47 code.")],
    file: Annotated[list[Path], typer.Option("--file", "-f", help="A file of the benchmark; repeatable.")],
    out: OutOption,
    backbone: BackboneOption = "smollm2-135m-instruct",
    adapter: AdapterOption = None,
    prompt: Annotated[str, typer.Option(help="Prompt template.")] = "alpaca",
    golds: GoldsOption = None,
    items: ItemsOption = None,
    max_new_tokens: LimitOption = None,
    server: ServerOption = None,
    served_as: Annotated[str | None, typer.Option(help="The server's name for the model.")] = None,
    settings: SetOption = None,
    seed: SeedOption = 42,
    as_json: JsonOption = False,
) -> None:
    """Let one model answer one benchmark, and score its answers, with and without the items that fail the audit."""
    from crossalpaca.backbones import resolve
    from crossalpaca.benchmarks import find_benchmark
    from crossalpaca.decoding.requests import Decoding
    from crossalpaca.prompts import template

    model = adapter.absolute().name if adapter else "base"  # "." has no name
    arguments: dict[str, Any] = {
        "model": model,
        "backbone": resolve(backbone),
        "template": template(prompt),
        **reading_of(benchmark, language, file, golds),
        "name": benchmark,
        "items": items,
        "max_new_tokens": max_new_tokens or find_benchmark(benchmark).max_new_tokens,
        "seed": seed,
        "decoding": _settings(Decoding, settings),
        "served": _served(model, server, served_as),
    }
    _evaluate(arguments, adapter, out)
    _result(out, as_json, {"scores": _scores(out, arguments)})


def _served(model: str, url: str | None, name: str | None) -> Served | None:
    """The model as a server has it; None where it is decoded here."""
    from crossalpaca.decoding.requests import Server
    from crossalpaca.errors import InputError

    if (url is None) != (name is None):
        raise InputError("--server and --served-as go together: where the server is, and what it calls the model")
    return None if url is None or name is None else Server(url, {model: name}).serving(model)


def _evaluate(arguments: Mapping[str, Any], adapter: Path | None, out: Path) -> None:
    from crossalpaca.evaluation import predict
    from crossalpaca.interoperability.finetunes import require_adapter
    from crossalpaca.records import Step
    from crossalpaca.sources.files import source_file
    from crossalpaca.training.finetune import ADAPTER_RECORD

    inputs, outside = {}, {}
    if adapter is not None:
        key = source_file(adapter / ADAPTER_RECORD).sha256
        if arguments["served"] is None:
            require_adapter(adapter)
        inputs, outside = {"adapter": key}, {key: adapter}
    title = f"evaluate {arguments['model']} on {arguments['name']}"
    run_shown(Step("evaluate", predict.VERSION, predict.predict, arguments, inputs, title), out, outside)


def reading_of(benchmark: str, language: str, files: Sequence[Path], golds: Sequence[Path] | None) -> dict[str, Any]:
    """What an evaluation reads, from what was named on the command line."""
    from crossalpaca.benchmarks import find_benchmark
    from crossalpaca.evaluation.predict import reading
    from crossalpaca.languages import language as find_language
    from crossalpaca.sources.files import source_file

    read, by_row = ([source_file(path) for path in paths or ()] for paths in (files, golds))
    return reading(find_benchmark(benchmark).id, find_language(language).code, read, by_row)


def _scores(out: Path, arguments: dict[str, Any]) -> list[dict[str, Any]]:
    """The scores of a finished evaluation, as JSON values."""
    from dataclasses import asdict

    from crossalpaca.benchmarks import BENCHMARKS
    from crossalpaca.benchmarks.audit import audited_benchmark
    from crossalpaca.decoding.requests import decoding_signature
    from crossalpaca.evaluation.answered import read_answered
    from crossalpaca.evaluation.scores import scores
    from crossalpaca.languages import language

    files, golds = ([file.path for file in arguments[role]] for role in ("files", "golds"))
    audit = audited_benchmark(BENCHMARKS[arguments["benchmark"]], files, language(arguments["language"]), golds)
    answered = read_answered(
        out,
        arguments["model"],
        arguments["template"].signature,
        decoding_signature(arguments["decoding"].precision, served=arguments["served"] is not None),
        "by-row" if golds else "own",
        audit.failing,
    )
    return [asdict(score) for score in scores(answered, arguments["seed"])]


def _settings(kind: type[Settings], pairs: list[str] | None) -> Settings:
    """Settings of a recipe or of decoding from NAME=VALUE, checked as in an experiment file.

    Raises:
        InputError: what is given is not a setting, or not in its bounds; names all of them.
    """
    from pydantic import TypeAdapter, ValidationError

    from crossalpaca.errors import ExperimentError, InputError
    from crossalpaca.experiment import messages
    from crossalpaca.training.recipe import RECIPES, Recipe, started_from_name
    from crossalpaca.yaml_lines import read_yaml

    raw: dict[str, Any] = {}
    for pair in pairs or []:
        name, equals, value = pair.partition("=")
        if not equals:
            raise InputError(f"--set {pair}: is not NAME=VALUE")
        given, _, wrong = read_yaml(f"{name}: {value}", f"--set {pair}")
        if wrong:
            raise ExperimentError(f"--set {pair}", wrong)
        raw |= given
    if kind is Recipe:
        named = raw.get("recipe", "default")
        if not isinstance(named, str) or named not in RECIPES:
            raise InputError(f"--set recipe={named}: known recipes are {', '.join(RECIPES)}")
        raw = started_from_name(raw)
    try:
        return TypeAdapter(kind).validate_python(raw)
    except ValidationError as error:
        found = "; ".join(message for _, message in messages(error, kind))
        raise InputError(f"--set: {found}") from None


def run_shown(step: Step, out: Path, outside: Mapping[str, Path] = MappingProxyType({})) -> None:
    """Runs one step into a folder, with a bar; in every process but the first, its share of it."""
    from crossalpaca import processes, runner

    if not processes.leads():
        runner.follow_alone(step, out, outside)
        raise typer.Exit
    with display.observing() as shown:
        runner.run_alone(step, out, shown, outside)


def _result(out: Path, as_json: bool, content: dict[str, Any]) -> None:
    if as_json:
        display.print_json({"out": str(out)} | content)
        return
    for score in content.get("scores", []):
        low, high = score["interval"]
        shown = f"{score['metric']:26} {score['value']:8.4f}  [{low:.4f}, {high:.4f}]"
        display.say(f"{shown}  {score['items']:5}  n={score['n']}  {score['task']}".rstrip())
    print(f"Written to {out}")
