"""The step that lets one model answer one benchmark in one language."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from crossalpaca.backbones import Backbone
from crossalpaca.benchmarks import read_examples
from crossalpaca.benchmarks.draw import draw
from crossalpaca.benchmarks.published import reading_of
from crossalpaca.decoding.models import load_engine, reach_engine
from crossalpaca.decoding.requests import Decoded, Decoding, Engine, Request, Served
from crossalpaca.errors import DataError
from crossalpaca.evaluation.answered import EXAMPLES, PREDICTIONS
from crossalpaca.evaluation.window import Fitted, fitted
from crossalpaca.languages import language
from crossalpaca.prompts import Template, of_tokenizer
from crossalpaca.records import Example, Prediction, SourceFile, StepRun, from_line, to_line, write_jsonl

VERSION = 3

Decode = Callable[[Sequence[Request]], list[Decoded]]


def predict(run: StepRun) -> None:
    """Writes `predictions.jsonl` and the `examples.jsonl` they answer, both in the benchmark's order.

    Arguments of the step: model (its name), backbone (Backbone), template (Template), benchmark (id), name, language
    (code), files and golds (SourceFiles), tasks (the files' names), items (None: all), max_new_tokens, seed, decoding
    (Decoding), served (Served, or None where the model is decoded here). Inputs: adapter, for a fine-tuned model;
    benchmark, where it is translated.

    Raises:
        DataError: the benchmark cannot be read.
        InputError: the adapter is for another backbone or prompt template, or prompts are too long for the window.
        ServiceError: the server does not answer.
    """
    arguments = run.arguments
    examples = chosen_examples(arguments, run.inputs)
    engine = _engine(run)
    template = of_tokenizer(arguments["template"], engine.tokens.tokenizer)
    limit: int = arguments["max_new_tokens"]
    decoding: Decoding = arguments["decoding"]
    where = f"{arguments['name']} ({arguments['language']}), model {arguments['model']}"
    chosen = fitted(examples, _excess(engine, template, limit), decoding.too_long, where)
    asked = {each.example.id: each for each in chosen if each.fit != "skipped"}
    requests = [_request(each.example, template, limit, engine.likelihoods) for each in asked.values()]
    answered = answer(run, batched(requests, decoding.batch), engine.decode, asked)
    answered |= {
        each.example.id: _skipped(each.example, arguments["model"]) for each in chosen if each.fit == "skipped"
    }
    write_jsonl(run.output / EXAMPLES, examples)
    write_jsonl(run.output / PREDICTIONS, [answered[example.id] for example in examples])
    fits = ", ".join(f"{n} {fit}" for fit, n in Counter(each.fit for each in chosen).items())
    run.log.info("%d examples of %s (%s), prompts: %s", len(examples), arguments["name"], arguments["language"], fits)


def _engine(run: StepRun) -> Engine:
    arguments, adapter = run.arguments, run.inputs.get("adapter")
    backbone: Backbone = arguments["backbone"]
    served: Served | None = arguments["served"]
    if served is None:
        return load_engine(backbone, adapter, arguments["template"], arguments["decoding"].precision)
    run.log.info("asking %s as %s", served.url, served.name)
    return reach_engine(backbone, adapter, arguments["template"], served)


def _excess(engine: Engine, template: Template, limit: int) -> Callable[[Example], int]:
    """How far the prompt of an example and its longest answer go beyond the engine's window, in tokens."""

    def excess(example: Example) -> int:
        prompt = template.render(example.instruction, example.input)
        texts = continuations(example) if engine.likelihoods else ()
        # No tokenizer makes more tokens than this, so short prompts need not be tokenised twice.
        if 2 * len(prompt.encode()) + max(limit, *(2 * len(text.encode()) for text in texts), 0) < engine.window:
            return 0
        answer = max(limit, *(len(engine.tokens.continuation(text)) for text in texts), 0)
        return int(len(engine.tokens.prompt(prompt, template.special_tokens)) + answer - engine.window)

    return excess


def reading(benchmark: str, code: str, files: Sequence[SourceFile], golds: Sequence[SourceFile] = ()) -> dict[str, Any]:
    """The arguments that say what an audit or an evaluation reads."""
    return {
        "benchmark": benchmark,
        "language": code,
        "files": list(files),
        "tasks": [file.name for file in files],  # a file's name says its subject or task, and its content does not
        "golds": list(golds),
    }


def chosen_examples(arguments: Any, inputs: Mapping[str, Path] = MappingProxyType({})) -> list[Example]:
    """The examples that a step of these arguments and inputs answers.

    Raises:
        DataError: the benchmark cannot be read.
        InputError: it is translated within a run, and this is outside of it.
    """
    source, spoken = reading_of(arguments, inputs), language(arguments["language"])
    examples = read_examples(source.benchmark, source.files, spoken, arguments["name"], source.golds)
    return draw(examples, arguments["items"], arguments["seed"])


def _request(example: Example, template: Template, limit: int, likelihoods: bool) -> Request:
    prompt = template.render(example.instruction, example.input)
    texts = continuations(example) if likelihoods else ()
    return Request(example.id, prompt, texts, limit, template.special_tokens)


def continuations(example: Example) -> tuple[str, ...]:
    """The texts whose likelihood is asked: labels, choices and references, each once."""
    return tuple(dict.fromkeys((*example.labels, *example.choices, *example.references)))


def batched(requests: Sequence[Request], size: int) -> list[list[Request]]:
    """Batches of prompts that share prefixes: neighbours in the order of their texts.

    They depend on the requests alone, never on what is already answered: a resumed run then computes the same sums in
    the same order.
    """
    ordered = sorted(requests, key=lambda request: (request.prompt, request.id))
    return [ordered[start : start + size] for start in range(0, len(ordered), size)]


def answer(
    run: StepRun, batches: Sequence[Sequence[Request]], decode: Decode, asked: Mapping[str, Fitted]
) -> dict[str, Prediction]:
    """Answers batch by batch; each finished batch is on disk before the next begins."""
    path = run.scratch / PREDICTIONS
    answered = {prediction.example: prediction for prediction in finished(path)}
    total = sum(map(len, batches))
    started, before = time.monotonic(), len(answered)
    run.progress(before, total, "question", {})
    with path.open("a", encoding="utf-8", newline="\n") as file:
        for batch in batches:
            if all(request.id in answered for request in batch):
                continue
            found = decode(batch)
            predictions = [
                _prediction(asked[request.id], decoded, run.arguments["model"])
                for request, decoded in zip(batch, found, strict=True)
            ]
            file.writelines(map(to_line, predictions))
            file.flush()
            answered.update((prediction.example, prediction) for prediction in predictions)
            rate = (len(answered) - before) / (time.monotonic() - started)
            run.progress(len(answered), total, "question", {"questions/s": round(rate, 1)})
    return answered


def _prediction(asked: Fitted, decoded: Decoded, model: str) -> Prediction:
    example = asked.example
    bits = dict(zip(continuations(example), decoded.bits, strict=True)) if decoded.bits else {}
    return Prediction(
        example=example.id,
        model=model,
        completion=decoded.completion,
        ended=decoded.ended,
        reference_bits=tuple(bits[text] for text in example.references if bits),
        label_bits=tuple(bits[text] for text in example.labels if bits),
        choice_bits=tuple(bits[text] for text in example.choices if bits),
        prompt_tokens=decoded.prompt_tokens,
        completion_tokens=decoded.completion_tokens,
        fit=asked.fit,
    )


def _skipped(example: Example, model: str) -> Prediction:
    return Prediction(example.id, model, "", False, (), (), (), 0, 0, "skipped")


def finished(path: Path) -> list[Prediction]:
    """Predictions of a file that a killed run may have left; what follows the last whole line is cut off the file."""
    if not path.exists():
        return []
    content = path.read_bytes()
    predictions: list[Prediction] = []
    whole = 0
    for number, line in enumerate(content.split(b"\n")[:-1], start=1):
        try:
            predictions.append(from_line(line, Prediction, f"{path}:{number}"))
        except DataError:
            break
        whole += len(line) + 1
    if whole < len(content):
        with path.open("r+b") as file:
            file.truncate(whole)
    return predictions
