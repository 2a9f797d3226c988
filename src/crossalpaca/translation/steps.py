"""The steps that make a benchmark or an instruction set in a language that lacks it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from crossalpaca.benchmarks import BENCHMARKS, read_tables
from crossalpaca.benchmarks.forms.rows import Table
from crossalpaca.benchmarks.published import REPORT
from crossalpaca.languages import language
from crossalpaca.records import Demonstration, Progress, SourceFile, Step, StepRun
from crossalpaca.sources.instructions import read_instructions
from crossalpaca.translation import instructions
from crossalpaca.translation.benchmarks import Service, publish, summary, translated
from crossalpaca.translation.benchmarks.files import published_tables
from crossalpaca.translation.engines import engine
from crossalpaca.translation.memory import Memory
from crossalpaca.translation.translator import Translator

VERSION = 1
Part = TypeVar("Part")
_ROWS = 200  # demonstrations at once, between two signs of progress


@dataclass(frozen=True, slots=True)
class Asked:
    """The engine of a step.

    Attributes:
        engine: as `engines.engine` takes it.
        version: the engine's, between the two languages.
        memory: the file of the translation memory; the usual one where not given.
        max_cost: the most that may be spent.
    """

    engine: str
    version: str
    memory: Path | None = None
    max_cost: float | None = None

    @property
    def identity(self) -> str:
        """What the translations depend on: neither where they are remembered nor what they may cost."""
        return f"{self.engine} {self.version}"


def asked(spec: str, source: str, target: str, memory: Path | None = None, max_cost: float | None = None) -> Asked:
    """An engine that translates between two languages.

    Raises:
        InputError: it is unknown, cannot be used here, or does not translate between them.
    """
    return Asked(spec, engine(spec).version(source, target), memory, max_cost)


def translate_benchmark(run: StepRun) -> None:
    """Writes each file of a benchmark in its official form, the originals of what is published, and `report.json`.

    Arguments of the step: benchmark (id), files (SourceFiles), source and target (codes), engine (Asked).

    Raises:
        DataError: the benchmark cannot be read.
        InputError: the engine cannot be used.
        ServiceError: it failed; what it has translated is remembered.
    """
    arguments = run.arguments
    benchmark = BENCHMARKS[arguments["benchmark"]]
    done = []
    with _opened(arguments["engine"]) as translator:
        service = _service(translator, arguments)
        for part in _reported(_parts(arguments), "file", run.progress, translator):
            done.append(publish(benchmark, translated(benchmark, part, service), run.output, service.target))
    report = _heading(arguments) | summary(benchmark, done)
    _write(run.output / REPORT, report)
    run.log.info("%d of %d items published", report["published"], report["items"])


def translate_instructions(run: StepRun) -> None:
    """Writes an instruction set in Alpaca form, with the ids of the originals, and `report.json`.

    Arguments of the step: file (SourceFile), source and target (codes), engine (Asked).

    Raises:
        DataError: the file is not in Alpaca form.
        InputError: the engine cannot be used.
        ServiceError: it failed; what it has translated is remembered.
    """
    with _opened(run.arguments["engine"]) as translator:
        service = _service(translator, run.arguments)
        batches = _reported(_batches(run.arguments), "part", run.progress, translator)
        parts = [_some(rows, service) for rows in batches]
    made = instructions.joined(parts)
    items = [{"id": d.id, "instruction": d.instruction, "input": d.input, "output": d.output} for d in made.kept]
    _write(run.output / instructions_file(service.target.code), items)
    _write(run.output / REPORT, _heading(run.arguments) | made.report())
    run.log.info("%d of %d rows kept", len(made.kept), len(made.kept) + len(made.left_out))


def instructions_file(code: str) -> str:
    """The name of a translated instruction set in its folder."""
    return f"instructions.{code}.json"


def estimate(step: Step) -> dict[str, Any]:
    """What a step would send at first, without what is remembered; nothing is sent.

    What the engine loses is sent again in another way, which costs a little more.
    """
    texts: dict[str, None] = {}

    def note(asked_for: Sequence[str]) -> list[str]:
        texts.update(dict.fromkeys(asked_for))
        return list(asked_for)

    arguments = step.arguments
    with _opened(arguments["engine"]) as translator:
        service = replace(_service(translator, arguments), translate=note)
        if "file" in arguments:
            for rows in _batches(arguments):
                _some(rows, service)
        else:
            for part in _parts(arguments):
                translated(BENCHMARKS[arguments["benchmark"]], part, service)
        codes = arguments["source"], arguments["target"]
        return asdict(translator.estimate(list(texts), *codes, markup=service.keeps_markup))


def _parts(arguments: Mapping[str, Any]) -> list[Table]:
    """The files of a benchmark, one for each task."""
    files: Sequence[SourceFile] = arguments["files"]
    benchmark = BENCHMARKS[arguments["benchmark"]]
    tables = read_tables(benchmark, [file.path for file in files], language(arguments["source"]))
    return published_tables(benchmark.form.name, (table for table, _ in tables))


def _batches(arguments: Mapping[str, Any]) -> list[list[Demonstration]]:
    """The rows of an instruction set, some at once."""
    rows = list(read_instructions(arguments["file"].path, arguments["source"]))
    return [rows[start : start + _ROWS] for start in range(0, len(rows), _ROWS)]


def _some(rows: Sequence[Demonstration], service: Service) -> instructions.Instructions:
    return instructions.translated(rows, service.translate, service.keeps_markup, service.target.code)


def _reported(parts: Sequence[Part], unit: str, progress: Progress, translator: Translator) -> Iterator[Part]:
    """The parts in order, with a sign of progress before each and at the end."""
    for number, part in enumerate(parts):
        progress(number, len(parts), unit, _sent(translator))
        yield part
    progress(len(parts), len(parts), unit, _sent(translator))


def _sent(translator: Translator) -> dict[str, float | str]:
    """What was sent so far, and where an engine is paid, what it cost and what is left to spend."""
    shown: dict[str, float | str] = {"segments": translator.segments, "characters": translator.characters}
    if translator.engine.price:
        shown["spent"] = round(translator.spent, 2)
        if translator.max_cost is not None:
            shown["left"] = round(translator.max_cost - translator.spent, 2)
    return shown


def _service(translator: Translator, arguments: Mapping[str, Any]) -> Service:
    """The translator between the languages of a step; HTML goes in where its engine keeps tags."""
    source, target = arguments["source"], arguments["target"]
    markup = translator.engine.keeps_markup

    def translate(texts: Sequence[str]) -> list[str]:
        made = translator.translate_each(texts, source, target, markup=markup)
        return [translation or "" for translation in made]  # what has no translation is noticed as lost

    return Service(translate, markup, language(source), language(target))


@contextmanager
def _opened(chosen: Asked) -> Iterator[Translator]:
    """The engine of a step with its memory, which is closed after."""
    memory = Memory(chosen.memory)
    try:
        yield Translator(engine(chosen.engine), memory, chosen.max_cost)
    finally:
        memory.close()


def _heading(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """What a report says of the step."""
    chosen: Asked = arguments["engine"]
    names = [file.name for file in arguments["files"]] if "files" in arguments else [arguments["file"].name]
    known = {key: arguments[key] for key in ("benchmark", "source", "target") if key in arguments}
    return known | {"engine": chosen.engine, "engine_version": chosen.version, "files": names}


def _write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
