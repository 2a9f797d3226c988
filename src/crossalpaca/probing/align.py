"""The step that measures how well English and another language are aligned inside one model, layer by layer."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from crossalpaca.probing.artefacts import ALIGNMENT, HITS
from crossalpaca.probing.retrieval import hits
from crossalpaca.probing.sentences import Parallel, read_parallel
from crossalpaca.records import Progress, StepRun

if TYPE_CHECKING:
    from crossalpaca.probing.states import States

VERSION = 1


def align(run: StepRun) -> None:
    """Writes `alignment.json` and `hits.jsonl`, a line for each measure, direction and layer.

    Arguments of the step: backbone (Backbone), template (Template, checked against the adapter's; the sentences are
    read without it), files (SourceFiles: English, x), language (code of x), sentences (the first so many, None: all),
    decoding (Decoding: precision and batch). Input: adapter, for a fine-tuned model.

    Raises:
        DataError: the files are not parallel, have too few sentences, or one does not fit the model's window.
        InputError: the adapter is for another backbone or prompt template.
    """
    from crossalpaca.decoding.models import load_engine
    from crossalpaca.probing.states import pool

    arguments = run.arguments
    parallel = read_parallel(arguments["files"], arguments["language"], arguments["sentences"])
    decoding = arguments["decoding"]
    engine = load_engine(arguments["backbone"], run.inputs.get("adapter"), arguments["template"], decoding.precision)
    texts = [*parallel.english, *parallel.other]
    states = pool(engine, texts, decoding.batch, run.scratch, _told(run.progress))
    head = {
        "language": arguments["language"],
        "layers": states.layers,
        "n": len(parallel.pairs),
        "sentences": parallel.digest,
    }
    (run.output / ALIGNMENT).write_text(json.dumps(head, indent=1) + "\n", encoding="utf-8")
    with (run.output / HITS).open("w", encoding="utf-8", newline="\n") as file:
        for row in _rows(states, parallel):
            file.write(json.dumps(row) + "\n")
    run.log.info("%d sentences in English and %s, %d layers", head["n"], head["language"], states.layers)


def _told(progress: Progress) -> Callable[[int, int], None]:
    """Progress with the rate since the first call: what an earlier run did is not counted."""
    before, started = -1, 0.0

    def told(done: int, total: int) -> None:
        nonlocal before, started
        now = time.monotonic()
        if before < 0:
            before, started = done, now
        shown = {"sentences/s": round((done - before) / (now - started), 1)} if done > before else {}
        progress(done, total, "sentence", shown)

    return told


def _rows(states: States, parallel: Parallel) -> Iterator[dict[str, Any]]:
    for layer in range(states.layers + 1):
        found = hits(states.layer(layer, parallel.english), states.layer(layer, parallel.other))
        for (measure, direction), each in found.items():
            flags = "".join("1" if hit else "0" for hit in each)
            yield {"measure": measure, "direction": direction, "layer": layer, "hits": flags}
