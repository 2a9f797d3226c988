"""The command that builds demonstrations: an instruction set and bitext in, a training set with its card out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crossalpaca.cli import display
from crossalpaca.cli.options import JsonOption
from crossalpaca.cli.stages import SeedOption, run_shown

if TYPE_CHECKING:
    from crossalpaca.records import SourceFile, Step


_PAIRED = "\0"  # cannot occur in a path

BitextOption = Annotated[
    list[str] | None,
    typer.Option(metavar="EN X", help="Two line-aligned files, English first, or one file of pairs; repeatable."),
]
InstructionsOption = Annotated[
    str | None, typer.Option(metavar="FILE", help="Instruction demonstrations in Alpaca form.")
]
TranslationsOption = Annotated[
    str, typer.Option(metavar="N", help="How many translation demonstrations in all, or 40% of the instructions.")
]
WordingOption = Annotated[
    str, typer.Option(help="Language of the translation instruction: english, source, target or mixed.")
]
AgainstOption = Annotated[
    list[str] | None,
    typer.Option(metavar="BENCHMARK=FILE", help="What must not leak: a benchmark's file or folder; repeatable."),
]
LeaksOption = Annotated[str, typer.Option(help="What becomes of demonstrations that leak: remove or report.")]
BrokenOption = Annotated[str, typer.Option(help="What becomes of lines that are not UTF-8: error or skip.")]
SwappedOption = Annotated[str, typer.Option(help="What becomes of bitext whose sides seem swapped: error or accept.")]


def register(app: typer.Typer) -> None:
    """Adds the command to the application."""
    app.command(
        epilog="Example: crossalpaca demonstrations --language de --bitext news.en news.de "
        "--instructions alpaca.de.json --translation-count 20000 --against xquad=xquad.de.json --out german"
    )(demonstrations)


def demonstrations(
    language: Annotated[str, typer.Option("--language", "-l", help="BCP-47 code of the language x.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the result; may hold the same already.")],
    bitext: BitextOption = None,
    instructions: InstructionsOption = None,
    instruction_count: Annotated[int | None, typer.Option(min=1, help="How many of them [default: all].")] = None,
    translation_count: TranslationsOption = "0",
    directions: Annotated[str, typer.Option(help="both, en-x or x-en.")] = "both",
    wording: WordingOption = "english",
    control: Annotated[str | None, typer.Option(help="A control in place: mis-paired or repeated.")] = None,
    against: AgainstOption = None,
    leaks: LeaksOption = "remove",
    broken: BrokenOption = "error",
    swapped: SwappedOption = "error",
    first: Annotated[str, typer.Option(help="The side that comes first where a file does not say: en or x.")] = "en",
    seed: SeedOption = 42,
    as_json: JsonOption = False,
) -> None:
    """Build demonstrations from an instruction set, bitext, or both."""
    from crossalpaca.demonstrations.against import named
    from crossalpaca.demonstrations.mixture import CONTROLS
    from crossalpaca.demonstrations.wording import WORDINGS
    from crossalpaca.languages import language as find_language

    code = find_language(language).code
    arguments = {
        "language": code,
        "seed": seed,
        "instructions": _file(instructions) if instructions else None,
        "instruction_count": instruction_count,
        "bitext": _bitext(bitext or []),
        "translations": _translations(translation_count, directions),
        "wording": _one_of("wording", wording, WORDINGS),
        "control": None if control is None else _one_of("control", control, CONTROLS),
        "against": [named(entry, code) for entry in against or []],
        "leaks": _one_of("leaks", leaks, ("remove", "report")),
        "reading": _reading(broken, swapped, first),
    }
    _result(_written(_step(arguments), out), out, as_json)


def _reading(broken: str, swapped: str, first: str) -> dict[str, str]:
    return {
        "broken": _one_of("broken", broken, ("error", "skip")),
        "swapped": _one_of("swapped", swapped, ("error", "accept")),
        "first": _one_of("first", first, ("en", "x")),
    }


def _step(arguments: Mapping[str, Any]) -> Step:
    """The step of these arguments, if there is something to build and to build it from."""
    from crossalpaca.demonstrations import build
    from crossalpaca.errors import InputError
    from crossalpaca.records import Step

    bitext, translations = arguments["bitext"], arguments["translations"]
    if arguments["instructions"] is None and not (bitext and translations):
        raise InputError("nothing to build: give --instructions, or --bitext with --translation-count")
    if translations and not bitext and arguments["control"] != "repeated":
        raise InputError("--translation-count needs sentence pairs to draw from: give --bitext")
    title = f"demonstrations in {arguments['language']}"
    return Step("demonstrations", build.VERSION, build.build, arguments, {}, title)


def _translations(count: str, directions: str) -> dict[str, int | str]:
    """Direction to a count or a share, of a count or a share of both."""
    from decimal import Decimal

    from crossalpaca.demonstrations.mixture import checked

    asked = checked(int(count) if count.isascii() and count.isdigit() else count)
    _one_of("directions", directions, ("both", "en-x", "x-en"))
    if asked in (0, "0%"):
        return {}
    if directions != "both":
        return {directions: asked}
    if isinstance(asked, int):
        return {direction: n for direction, n in (("en-x", (asked + 1) // 2), ("x-en", asked // 2)) if n}
    half = f"{(Decimal(asked[:-1]) / 2).normalize():f}%"
    return {"en-x": half, "x-en": half}


def join_pairs(arguments: Sequence[str]) -> list[str]:
    """Command-line arguments with the two files of each `--bitext EN X` joined into one, since typer's options take a
    single value."""
    joined: list[str] = []
    for argument in arguments:
        second = len(joined) > 1 and joined[-2] == "--bitext" and _PAIRED not in joined[-1]
        if second and not argument.startswith("-"):
            joined[-1] += _PAIRED + argument
        else:
            joined.append(argument)
    return joined


def _bitext(entries: Sequence[str]) -> list[tuple[SourceFile, ...]]:
    """The files of each entry: one, or two with a comma between them or joined by `join_pairs`."""
    split = [entry.split(_PAIRED if _PAIRED in entry or Path(entry).exists() else ",") for entry in entries]
    return [tuple(map(_file, names)) for names in split]


def _file(name: str) -> SourceFile:
    from crossalpaca.sources.files import locate, source_file

    return source_file(locate(name, Path()))


def _one_of(option: str, value: str, known: Sequence[str]) -> str:
    from crossalpaca.errors import InputError, nearest

    if value not in known:
        raise InputError(f"--{option} {value}: not one of {', '.join(known)}{nearest(value, known)}")
    return value


def _written(step: Step, out: Path) -> dict[str, Any]:
    """Builds beside `out` and moves the result there whole; what is there already must be the same. Its report."""
    import json
    from tempfile import TemporaryDirectory

    from crossalpaca.demonstrations.build import DEMONSTRATIONS
    from crossalpaca.errors import InputError
    from crossalpaca.store import MANIFEST, writable

    refusal = InputError(f"{out}: is there already, and holds something else; name another folder with --out")
    taken = out.is_file() or not out.name or (out.is_dir() and any(out.iterdir()))  # nameless is where this runs
    if taken and not (out / DEMONSTRATIONS).is_file():
        raise refusal
    there = _contents(out)
    with writable(out.parent):
        out.parent.mkdir(parents=True, exist_ok=True)
        scratch = TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent)
    with scratch as folder:
        made = Path(folder) / "made"
        run_shown(step, made)
        (made / MANIFEST).unlink()  # it holds the time, and the card says what else it would
        report: dict[str, Any] = json.loads((made / "report.json").read_text(encoding="utf-8"))
        if not there:
            with writable(out.parent):
                made.replace(out)
        elif there != _contents(made):
            raise refusal
    return report


def _contents(folder: Path) -> dict[str, str]:
    """The files of a folder with their hashes."""
    from crossalpaca.store import file_sha256

    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): file_sha256(path) for path in paths}


def _result(report: dict[str, Any], out: Path, as_json: bool) -> None:
    if as_json:
        display.print_json({"out": str(out)} | report)
        return
    mixture = report["mixture"]
    counts = [f"{mixture['instructions']} instruction"] if mixture["instructions"] else []
    counts += [f"{n} {direction}" for direction, n in mixture["translations"].items()]
    print(f"{mixture['demonstrations']} demonstrations: {', '.join(counts)}")
    if "leaks" in report:
        done = "removed" if report["leaks"]["policy"] == "remove" else "found"
        print(f"{report['leaks']['demonstrations']} that leak were {done}")
    print(f"Written to {out}")
