"""The step that lets one model answer one benchmark in one language."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from crossalpaca.backbones import Backbone
from crossalpaca.benchmarks import BENCHMARKS, read_examples
from crossalpaca.benchmarks.draw import draw
from crossalpaca.decoding.models import load_engine
from crossalpaca.decoding.requests import Decoded, Decoding, Request
from crossalpaca.errors import DataError
from crossalpaca.evaluation.answered import EXAMPLES, PREDICTIONS
from crossalpaca.languages import language
from crossalpaca.prompts import Template, of_tokenizer
from crossalpaca.records import Example, Prediction, SourceFile, StepRun, from_line, to_line, write_jsonl

VERSION = 2

Decode = Callable[[Sequence[Request]], list[Decoded]]


def predict(run: StepRun) -> None:
    """Writes `predictions.jsonl` and the `examples.jsonl` they answer, both in the benchmark's order.

    Arguments of the step: model (its name), backbone (Backbone), template (Template), benchmark (id), name, language
    (code), files and golds (SourceFiles), items (None: all), max_new_tokens, seed, decoding (Decoding). Input: adapter,
    for a fine-tuned model.

    Raises:
        DataError: the benchmark cannot be read.
        InputError: the adapter is for another backbone or prompt template.
    """
    arguments = run.arguments
    examples = chosen_examples(arguments)
    decoding: Decoding = arguments["decoding"]
    backbone: Backbone = arguments["backbone"]
    engine = load_engine(backbone, run.inputs.get("adapter"), arguments["template"], decoding.precision)
    template = of_tokenizer(arguments["template"], engine.tokenizer)
    requests = [_request(example, template, arguments["max_new_tokens"]) for example in examples]
    batches = batched(requests, decoding.batch)
    answered = _answer(run, batches, engine.decode, {example.id: example for example in examples})
    write_jsonl(run.output / EXAMPLES, examples)
    write_jsonl(run.output / PREDICTIONS, [answered[example.id] for example in examples])
    run.log.info("%d examples of %s (%s)", len(examples), arguments["name"], arguments["language"])


def reading(benchmark: str, code: str, files: Sequence[SourceFile], golds: Sequence[SourceFile] = ()) -> dict[str, Any]:
    """The arguments that say what an audit or an evaluation reads."""
    return {
        "benchmark": benchmark,
        "language": code,
        "files": list(files),
        "tasks": [file.name for file in files],  # a file's name says its subject or task, and its content does not
        "golds": list(golds),
    }


def chosen_examples(arguments: Any) -> list[Example]:
    """The examples that a step of these arguments answers."""
    files: Sequence[SourceFile] = arguments["files"]
    benchmark = BENCHMARKS[arguments["benchmark"]]
    spoken = language(arguments["language"])
    golds = [file.path for file in arguments["golds"]]
    examples = read_examples(benchmark, [file.path for file in files], spoken, arguments["name"], golds)
    return draw(examples, arguments["items"], arguments["seed"])


def _request(example: Example, template: Template, limit: int) -> Request:
    prompt = template.render(example.instruction, example.input)
    return Request(example.id, prompt, continuations(example), limit, template.special_tokens)


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


def _answer(
    run: StepRun, batches: Sequence[Sequence[Request]], decode: Decode, examples: dict[str, Example]
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
                _prediction(examples[request.id], decoded, run.arguments["model"])
                for request, decoded in zip(batch, found, strict=True)
            ]
            file.writelines(map(to_line, predictions))
            file.flush()
            answered.update((prediction.example, prediction) for prediction in predictions)
            rate = (len(answered) - before) / (time.monotonic() - started)
            run.progress(len(answered), total, "question", {"questions/s": round(rate, 1)})
    return answered


def _prediction(example: Example, decoded: Decoded, model: str) -> Prediction:
    bits = dict(zip(continuations(example), decoded.bits, strict=True))
    return Prediction(
        example=example.id,
        model=model,
        completion=decoded.completion,
        ended=decoded.ended,
        reference_bits=tuple(bits[text] for text in example.references),
        label_bits=tuple(bits[text] for text in example.labels),
        choice_bits=tuple(bits[text] for text in example.choices),
        prompt_tokens=decoded.prompt_tokens,
        completion_tokens=decoded.completion_tokens,
    )


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
