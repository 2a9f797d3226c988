"""The command that says what an experiment's trainings will take, before they are begun."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crossalpaca.cli import display
from crossalpaca.cli.options import DEFAULT_STORE, DataOption, ExperimentArgument, JsonOption, StoreOption

if TYPE_CHECKING:
    from crossalpaca.records import Demonstration, Step
    from crossalpaca.training.preflight import Load

_PAIRS = 2000  # of the demonstrations, to count tokens a word on


def register(app: typer.Typer) -> None:
    """Adds the command to the application."""
    app.command(epilog="Example: crossalpaca preflight german-small --data ../data --tokenizer tokenizer.model")(
        preflight
    )


def preflight(
    experiment: ExperimentArgument,
    data: DataOption = None,
    store: StoreOption = DEFAULT_STORE,
    tokenizer: Annotated[
        Path | None, typer.Option(help="A SentencePiece model to count with [default: the backbone's tokenizer].")
    ] = None,
    flores: Annotated[
        list[str] | None,
        typer.Option(
            metavar="LANGUAGE=FILE",
            help="FLORES-200 to count tokens a word on, English too; repeatable [default: the demonstrations' pairs].",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Say what training takes, in tokens: how they spread over languages, what is too long, what prefixes share.

    Demonstrations are built, and nothing is trained; what the store holds is not built again.
    """
    result = _measured(experiment, data, store, tokenizer, _parallel(flores or []))
    display.print_json(result) if as_json else _show(result)


def _measured(
    experiment: str, data: Path | None, store: Path, tokenizer: Path | None, parallel: Mapping[str, list[str]]
) -> dict[str, Any]:
    from dataclasses import asdict

    from crossalpaca.backbones import load_tokenizer
    from crossalpaca.grid import Grid
    from crossalpaca.planning import plan
    from crossalpaca.prompts import of_tokenizer
    from crossalpaca.sources.files import source_file
    from crossalpaca.training.preflight import SentencePiece, fertility, load, prompts

    grid = Grid.load(experiment, data)
    steps, backbone, cutoff = plan(grid), grid.cells[0].resolved_backbone, grid.cells[0].training.cutoff
    counting: Any = SentencePiece(source_file(tokenizer).path) if tokenizer else load_tokenizer(backbone)
    template = of_tokenizer(grid.cells[0].template, counting)
    models: dict[str, Any] = {}
    for step, demonstrations in _built(steps, store):
        recipe, seed = step.arguments["recipe"], step.arguments["seed"]
        found = load(demonstrations, counting, template, recipe, seed)
        name = step.title.removeprefix("train ")
        models[name] = asdict(found) | {"sharing": found.sharing}
        if not tokenizer:  # else the backbone need not be there
            models[name] |= _cost(step, found)
        parallel = parallel or _pairs(demonstrations)
    spread = fertility(parallel, counting) if parallel else {}
    asked = {
        title: None if examples is None else asdict(prompts(examples, counting, template, cutoff))
        for title, examples in _asked(steps, store)
    }
    return {
        "tokenizer": tokenizer.name if tokenizer else backbone.id,
        "cutoff": cutoff,
        "languages": {code: asdict(each) | {"per_word": each.per_word} for code, each in spread.items()},
        "models": models,
        "prompts": asked,
    }


def _cost(step: Step, load: Load) -> dict[str, float]:
    """About what training takes on this machine, in bytes and seconds."""
    from dataclasses import asdict

    import torch

    from crossalpaca.backbones import load_config
    from crossalpaca.training.cost import Shape, estimate, rate
    from crossalpaca.training.deviations import feasible

    shape = Shape.of(load_config(step.arguments["backbone"]))
    asked, cuda = step.arguments["recipe"], torch.cuda.is_available()
    recipe, _ = feasible(asked, load.demonstrations + load.held_out, cuda=cuda)
    return asdict(estimate(shape, recipe, load, rate(shape, recipe)))


def _parallel(entries: Sequence[str]) -> dict[str, list[str]]:
    """Sentences by language, of `LANGUAGE=FILE`s."""
    from crossalpaca.benchmarks.flores import read_sentences
    from crossalpaca.errors import InputError
    from crossalpaca.languages import language

    split = [entry.partition("=") for entry in entries]
    if entries and (not all(equals for _, equals, _ in split) or "en" not in {code for code, _, _ in split}):
        raise InputError(f"--flores {' '.join(entries)}: name files as LANGUAGE=FILE, English (en) among them")
    texts = {language(code).code: read_sentences(Path(name)) for code, _, name in split}
    if len({len(each) for each in texts.values()}) > 1:
        raise InputError(f"--flores {' '.join(entries)}: the files have other numbers of sentences; name one split")
    return texts


def _built(steps: Sequence[Step], store: Path) -> Iterator[tuple[Step, list[Demonstration]]]:
    """Each training with its demonstrations, from the store or built for this alone."""
    from tempfile import TemporaryDirectory

    from crossalpaca.demonstrations.build import DEMONSTRATIONS
    from crossalpaca.records import Demonstration, read_jsonl
    from crossalpaca.runner import walk
    from crossalpaca.store import Store, is_done, step_key

    by_key = {step_key(step): step for step in steps}
    with TemporaryDirectory() as folder, display.observing() as shown:
        apart = Store(Path(folder))
        for step in steps:
            if step.name != "train":
                continue
            made = by_key[step.inputs["demonstrations"]]
            kept = is_done(store, made)
            if not kept:
                walk([*_before(made, by_key), made], apart, shown)
            home = Store(store) if kept else apart
            yield step, list(read_jsonl(home.path(made) / DEMONSTRATIONS, Demonstration))


def _before(step: Step, by_key: Mapping[str, Step]) -> Iterator[Step]:
    """What a step needs, each after what it needs itself."""
    for key in step.inputs.values():
        yield from _before(by_key[key], by_key)
        yield by_key[key]


def _pairs(demonstrations: Sequence[Demonstration]) -> dict[str, list[str]]:
    """English and x of the first translation demonstrations, of one language where a model learns several; empty where
    there are none."""
    paired = [each for each in demonstrations if each.direction and not each.id.endswith(":mis-paired")]
    chosen = [each for each in paired if each.language == paired[0].language][:_PAIRS]
    pairs = [(d.input, d.output) if d.direction == "en-x" else (d.output, d.input) for d in chosen]
    return {"en": [en for en, _ in pairs], chosen[0].language: [x for _, x in pairs]} if pairs else {}


def _asked(steps: Sequence[Step], store: Path) -> Iterator[tuple[str, list[Any] | None]]:
    """The examples of each benchmark in each language, once for all models; None where it is not translated yet."""
    from crossalpaca.benchmarks.published import ROLE
    from crossalpaca.evaluation.predict import chosen_examples
    from crossalpaca.store import Store, is_done, step_key

    by_key = {step_key(step): step for step in steps}
    asked = {
        f"{step.arguments['name']} ({step.arguments['language']})": step for step in steps if step.name == "evaluate"
    }
    for title, step in asked.items():
        translated = by_key.get(step.inputs.get(ROLE, ""))
        if translated is None:
            yield title, chosen_examples(step.arguments)
        elif is_done(store, translated):
            yield title, chosen_examples(step.arguments, {ROLE: Store(store).path(translated)})
        else:
            yield title, None


def _show(result: Mapping[str, Any]) -> None:
    cutoff = result["cutoff"]
    print(f"Tokens of {result['tokenizer']}, cutoff {cutoff}")
    rows = [
        [code, f"{each['per_word']:.2f}", f"{each['to_english']:.2f}"] for code, each in result["languages"].items()
    ]
    if rows:
        display.print_table("", ["language", ">tokens a word", ">to English"], rows)
    rows = [
        [
            name,
            f"{each['demonstrations']}",
            f"{each['share_over_cutoff']:.1%}",
            f"{each['steps']}",
            f"{each['tokens']}",
            f"{each['computed_tokens']}",
            f"{each['sharing']:.2f}",
            f"{each['memory'] / 2**30:.1f} GiB" if "memory" in each else "-",
            f"{each['seconds'] / 60:.0f} min" if "seconds" in each else "-",
        ]
        for name, each in result["models"].items()
    ]
    heads = ["model", ">demonstrations", ">over cutoff", ">steps", ">tokens", ">computed", ">padded to distinct"]
    heads += [">memory, about", ">time, about"]
    display.print_table("", heads, rows)
    _show_prompts(result["prompts"])


def _show_prompts(prompts: Mapping[str, Mapping[str, int] | None]) -> None:
    rows = [
        [title, f"{each['count']}", f"{each['over_cutoff'] / max(each['count'], 1):.1%}", f"{each['longest']}"]
        for title, each in prompts.items()
        if each is not None
    ]
    if rows:
        display.print_table("", ["benchmark", ">prompts", ">over cutoff", ">longest"], rows)
    for title in (title for title, each in prompts.items() if each is None):
        display.say(f"{title} is translated when the experiment runs; its prompts can be counted after that")
