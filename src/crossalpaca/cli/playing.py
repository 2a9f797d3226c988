"""The command that shows models side by side in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

RunsArgument = Annotated[
    list[Path],
    typer.Argument(
        metavar="RUN...",
        help="Folder of a run's report, for all its models, or of a fine-tune, made by `train`; several are shown "
        "together.",
    ),
]


def register(app: typer.Typer) -> None:
    """Adds the command to the application."""
    app.command(epilog="Example: crossalpaca playground crossalpaca-store/reports/quickstart")(playground)


def playground(
    run: RunsArgument,
    backbone: Annotated[
        str | None, typer.Option(help="Folder of the backbone, if it is one that has moved since.")
    ] = None,
    precision: Annotated[Literal["bf16", "fp32"], typer.Option(help="Of weights and computation.")] = "bf16",
    ui_language: Annotated[
        str | None, typer.Option(help="Of the page: en, it, es, de, zh-Hans, ar [default: the locale's, else en].")
    ] = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")] = 7860,
    allow_remote: Annotated[
        bool, typer.Option("--allow-remote", help="Let other machines in, where --host is no loopback address.")
    ] = False,
) -> None:
    """Ask models side by side in a browser: a run's models, the untrained backbone included, or single fine-tunes."""
    from crossalpaca.playground import serving
    from crossalpaca.playground.lineup import lineup
    from crossalpaca.playground.texts import language_of_locale, texts

    serving.require_gradio()
    serving.require_loopback(host, allow_remote)
    code = ui_language or language_of_locale()
    spoken = texts(code)
    found = lineup(run, backbone)
    bound = serving.bind(host, port)

    from crossalpaca.playground.answering import Ensemble
    from crossalpaca.playground.interface import look, page
    from crossalpaca.playground.streaming import Streams

    streams = Streams(Ensemble(found.candidates, precision), spoken, found.wording)
    app = serving.application(page(streams, found, code), look(code), host, allow_remote)
    print(f"{len(found.candidates)} models at {serving.address_of(bound)} (Ctrl+C ends it)", flush=True)
    serving.serve(app, bound)
