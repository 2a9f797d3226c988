"""Commands that translate a benchmark or an instruction set, and keep it valid."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crossalpaca.cli import display
from crossalpaca.cli.options import JsonOption
from crossalpaca.cli.stages import OutOption, run_shown

if TYPE_CHECKING:
    from crossalpaca.records import Step

app = typer.Typer(help="Translate benchmarks and instruction sets, and keep them valid.", no_args_is_help=True)

EngineOption = Annotated[str, typer.Option(help="NAME or NAME:ARGUMENT, such as apertium or libretranslate:URL.")]
FromOption = Annotated[str, typer.Option("--from", help="BCP-47 code of the language that the files are in.")]
ToOption = Annotated[str, typer.Option("--to", help="BCP-47 code of the language to translate into.")]
MemoryOption = Annotated[
    Path | None, typer.Option(help="File of the translation memory [default: CROSSALPACA_MEMORY, or the user's].")
]
CostOption = Annotated[float | None, typer.Option(min=0, help="The most that may be spent, in the engine's currency.")]
DryOption = Annotated[bool, typer.Option("--dry-run", help="Say what would be sent and what it costs; send nothing.")]


@app.command(
    "benchmark", epilog="Example: crossalpaca translate benchmark bbh bbh/*.json --engine apertium --to es --out bbh-es"
)
def translate_benchmark(
    name: Annotated[str, typer.Argument(help="Id of a benchmark or form; see `crossalpaca benchmarks`.")],
    files: Annotated[list[Path], typer.Argument(help="Its files, plain or .gz.")],
    engine: EngineOption,
    to: ToOption,
    out: OutOption,
    source: FromOption = "en",
    memory: MemoryOption = None,
    max_cost: CostOption = None,
    dry_run: DryOption = False,
    as_json: JsonOption = False,
) -> None:
    """Translate a benchmark; what did not come through whole is quarantined, with the reason."""
    from crossalpaca.benchmarks import find_benchmark
    from crossalpaca.records import Step
    from crossalpaca.sources.files import source_file
    from crossalpaca.translation import steps

    arguments = {"benchmark": find_benchmark(name).id, "files": [source_file(path) for path in files]}
    arguments |= _asked(engine, source, to, memory, max_cost)
    title = f"translate {name} into {to}"
    step = Step("translate-benchmark", steps.VERSION, steps.translate_benchmark, arguments, {}, title)
    _finish(step, out, dry_run, as_json)


@app.command(
    "instructions",
    epilog="Example: crossalpaca translate instructions alpaca.en.json --engine apertium --to es --out alpaca-es",
)
def translate_instructions(
    file: Annotated[Path, typer.Argument(help="An instruction set in Alpaca form: a JSON list or JSON lines.")],
    engine: EngineOption,
    to: ToOption,
    out: OutOption,
    source: FromOption = "en",
    memory: MemoryOption = None,
    max_cost: CostOption = None,
    dry_run: DryOption = False,
    as_json: JsonOption = False,
) -> None:
    """Translate an instruction set; tasks about the English language itself are left out, with the reason."""
    from crossalpaca.records import Step
    from crossalpaca.sources.files import source_file
    from crossalpaca.translation import steps

    arguments = {"file": source_file(file)} | _asked(engine, source, to, memory, max_cost)
    title = f"translate {file.name} into {to}"
    step = Step("translate-instructions", steps.VERSION, steps.translate_instructions, arguments, {}, title)
    _finish(step, out, dry_run, as_json)


def _asked(engine: str, source: str, target: str, memory: Path | None, max_cost: float | None) -> dict[str, Any]:
    from crossalpaca.errors import InputError
    from crossalpaca.languages import language
    from crossalpaca.translation import steps

    start, end = language(source).code, language(target).code
    if start == end:
        raise InputError(f"--from {source} --to {target}: are one language; name two")
    return {"source": start, "target": end, "engine": steps.asked(engine, start, end, memory, max_cost)}


def _finish(step: Step, out: Path, dry_run: bool, as_json: bool) -> None:
    from crossalpaca.benchmarks.published import REPORT
    from crossalpaca.translation import steps

    if dry_run:
        display.print_json(steps.estimate(step))
        return
    run_shown(step, out)
    report = json.loads((out / REPORT).read_text(encoding="utf-8"))
    if as_json:
        display.print_json({"out": str(out)} | report)
        return
    display.say("\n".join(_lines(report)))
    print(f"Written to {out}")


def _lines(report: dict[str, Any]) -> list[str]:
    """The counts of a report, for people; who was left out is in the file."""
    done, of = ("published", "items") if "published" in report else ("kept", "read")
    lines = [
        f"{report[done]} of {report[of]} {done}, by {report['engine']} from {report['source']} to {report['target']}"
    ]
    lines += [f"{count:8} {reason}" for reason, count in report.get("reasons", report.get("left_out", {})).items()]
    if report.get("kept_out"):
        lines.append(f"To keep out of averages: {', '.join(report['kept_out'])}")
    if report.get("read_as", report.get("benchmark")) != report.get("benchmark"):
        lines.append(f"Some items are missing, so read the files as benchmark {report['read_as']!r}")
    return lines
