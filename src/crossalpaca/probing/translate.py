"""The step that has one model translate between English and another language, in both directions.

It is asked with the wordings of the translation demonstrations, in its own prompt template, and answers greedily. All
that it answers counts as the translation: what a model says beside it is not cut off in its favour.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from crossalpaca.decoding.models import load_engine
from crossalpaca.decoding.requests import Engine, Request, decoding_signature
from crossalpaca.demonstrations.mixture import DIRECTIONS
from crossalpaca.demonstrations.wording import instruction
from crossalpaca.errors import InputError
from crossalpaca.evaluation import predict
from crossalpaca.evaluation.answered import EXAMPLES, PREDICTIONS
from crossalpaca.evaluation.window import Fitted
from crossalpaca.languages import language
from crossalpaca.probing.artefacts import STATISTICS, TRANSLATION
from crossalpaca.probing.quality import QUALITIES, statistics
from crossalpaca.probing.sentences import Parallel, read_parallel
from crossalpaca.prompts import Template, of_tokenizer
from crossalpaca.records import Direction, Example, Prediction, StepRun, write_jsonl

VERSION = 1


def translate(run: StepRun) -> None:
    """Writes `examples.jsonl` and `predictions.jsonl` (the hypotheses, in the form of an evaluation; the task is the
    direction), `statistics.jsonl` and `translation.json`.

    Arguments of the step: model (its name), backbone (Backbone), template (Template), files (SourceFiles: English, x),
    language (code of x), sentences (the first so many, None: all), wording and seed (of the instructions, as in the
    demonstrations), decoding (Decoding), max_new_tokens. Input: adapter, for a fine-tuned model.

    Raises:
        DataError: the files are not parallel, or have too few sentences.
        InputError: the adapter is for another backbone or prompt template, or a sentence does not fit the window.
    """
    arguments = run.arguments
    parallel = read_parallel(arguments["files"], arguments["language"], arguments["sentences"])
    decoding = arguments["decoding"]
    engine = load_engine(arguments["backbone"], run.inputs.get("adapter"), arguments["template"], decoding.precision)
    template = of_tokenizer(arguments["template"], engine.tokens.tokenizer)
    examples = [example for direction in DIRECTIONS for example in _examples(arguments, parallel, direction)]
    requests = [_request(example, template, arguments["max_new_tokens"]) for example in examples]
    _require_window(requests, engine)
    asked = {example.id: Fitted(example, "whole") for example in examples}
    answered = predict.answer(run, predict.batched(requests, decoding.batch), engine.decode, asked)
    predictions = [answered[example.id] for example in examples]
    write_jsonl(run.output / EXAMPLES, examples)
    write_jsonl(run.output / PREDICTIONS, predictions)
    _write_statistics(run, examples, predictions, template)
    head = {"language": arguments["language"], "n": len(parallel.pairs), "sentences": parallel.digest}
    (run.output / TRANSLATION).write_text(json.dumps(head, indent=1) + "\n", encoding="utf-8")
    ended = sum(prediction.ended for prediction in predictions)
    run.log.info("%d translations, %d of them ended by the model", len(predictions), ended)


def _examples(arguments: Mapping[str, Any], parallel: Parallel, direction: Direction) -> Iterator[Example]:
    """What is to be translated in a direction, in the form of a benchmark's items."""
    other = language(arguments["language"])
    for pair in parallel.pairs:
        source, target = pair.texts if direction == "en-x" else pair.texts[::-1]
        yield Example(
            id=f"{pair.id}:{direction}",
            benchmark="translation",
            task=direction,
            cluster=pair.id,
            language=other.code,
            instruction=instruction(pair, direction, other, arguments["seed"], arguments["wording"]),
            input=source,
            answer="text",
            labels=(),
            choices=(),
            references=(target,),
            origin=pair.corpus,
        )


def _request(example: Example, template: Template, limit: int) -> Request:
    prompt = template.render(example.instruction, example.input)
    return Request(example.id, prompt, (), limit, template.special_tokens)


def _require_window(requests: Sequence[Request], engine: Engine) -> None:
    """Raises InputError, before anything is asked, where a prompt and its answer do not fit the model's window."""
    for request in requests:
        size = len(engine.tokens.prompt(request.prompt, request.special_tokens)) + request.max_new_tokens
        if size > engine.window:
            raise InputError(
                f"{request.id}: the prompt and {request.max_new_tokens} tokens of translation are {size}, more than "
                f"the model's window of {engine.window}; lower probing.max_new_tokens or leave the sentence out"
            )


def _write_statistics(
    run: StepRun, examples: Sequence[Example], predictions: Sequence[Prediction], template: Template
) -> None:
    """A line for each direction and metric: its signature with ours behind it, and the counts of every sentence."""
    arguments = run.arguments
    choices = (
        f"wording:{arguments['wording']}/seed{arguments['seed']}",
        f"prompt:{template.signature}",
        f"decode:{decoding_signature(arguments['decoding'].precision, served=False)}",
        f"tokens:{arguments['max_new_tokens']}",
    )
    with (run.output / STATISTICS).open("w", encoding="utf-8", newline="\n") as file:
        for direction in DIRECTIONS:
            pairs = [pair for pair in zip(examples, predictions, strict=True) if pair[0].task == direction]
            hypotheses = [prediction.completion.strip() for _, prediction in pairs]
            references = [example.references[0] for example, _ in pairs]
            target = arguments["language"] if direction == "en-x" else "en"
            for metric in QUALITIES:
                found = statistics(metric, hypotheses, references, target)
                row = {
                    "direction": direction,
                    "metric": metric,
                    "signature": "|".join((f"{metric}|{found.signature}", *choices)),
                    "counts": found.counts.tolist(),
                }
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
