"""Commands that list what is known: languages, backbones, benchmarks, corpora, instruction sets."""

from __future__ import annotations

import typer

from crossalpaca.cli import display
from crossalpaca.cli.options import JsonOption


def register(app: typer.Typer) -> None:
    """Adds the commands to the application."""
    app.command(epilog="Example: crossalpaca languages --json")(languages)
    app.command(epilog="Example: crossalpaca backbones")(backbones)
    app.command(epilog="Example: crossalpaca benchmarks")(benchmarks)
    app.command(epilog="Example: crossalpaca corpora --json")(corpora)
    app.command(epilog="Example: crossalpaca instruction-sets")(instruction_sets)


def _show(rows: list[dict[str, str]], as_json: bool) -> None:
    if as_json:
        display.print_json(rows)
    else:
        display.print_table("", list(rows[0]), [list(row.values()) for row in rows])


def languages(as_json: JsonOption = False) -> None:
    """List the languages that have a language file."""
    from crossalpaca.languages import languages as known

    rows = [
        {
            "code": each.code,
            "name": each.name,
            "own name": each.own_name,
            "script": each.script,
            "scoring": each.scoring_source,
        }
        for each in known().values()
    ]
    _show(rows, as_json)


def backbones(as_json: JsonOption = False) -> None:
    """List the registered backbones; any hub id or local folder of a causal language model works too."""
    from crossalpaca.backbones import BACKBONES, Wheel

    rows = [
        {
            "id": each.id,
            "parameters": f"{each.parameters}M",
            "from": each.location.requirement if isinstance(each.location, Wheel) else each.location,
            "revision": each.revision[:12],
            "licence": each.licence,
            "note": each.note,
        }
        for each in BACKBONES.values()
    ]
    _show(rows, as_json)


def benchmarks(as_json: JsonOption = False) -> None:
    """List the benchmarks, and the forms in which own files can be brought."""
    from crossalpaca.benchmarks import BENCHMARKS

    rows = [
        {"id": each.id, "what": each.description, "answer": f"at most {each.max_new_tokens} tokens"}
        for each in BENCHMARKS.values()
    ]
    _show(rows, as_json)


def corpora(as_json: JsonOption = False) -> None:
    """List known parallel corpora with their licences; a user's own files need no entry."""
    from crossalpaca.sources.catalogue import CORPORA

    rows = [
        {
            "id": each.id,
            "languages": " ".join(each.languages),
            "pairs": ", ".join(f"{code} {number:,}" for code, number in each.pairs.items()),
            "licence": each.licence or "unknown",
            "hub": each.hub,
            "home": each.home,
            "refused": each.refused,
            "unverified": ", ".join(each.unverified),
        }
        for each in CORPORA.values()
    ]
    _show(rows, as_json)


def instruction_sets(as_json: JsonOption = False) -> None:
    """List known instruction sets with their licences; a user's own file needs no entry."""
    from crossalpaca.sources.catalogue import INSTRUCTION_SETS

    rows = [
        {
            "id": each.id,
            "language": each.language,
            "paper": "Table 1" if each.paper else "",
            "licence": each.licence or "unknown",
            "hub": each.hub,
            "home": each.home,
            "note": each.note,
            "unverified": ", ".join(each.unverified),
        }
        for each in INSTRUCTION_SETS.values()
    ]
    _show(rows, as_json)
