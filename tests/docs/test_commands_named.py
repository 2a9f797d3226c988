"""What pages tell a reader to type is there: commands with their options, targets of make, files of the checkout."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from built_site import ROOT
from made_commands import leaves

from crossalpaca.cli import app
from crossalpaca.cli.demonstrations import join_pairs

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`]+)`")
SHELL = ("", "sh", "bash")
TOP = ("bench/", "docs/", "examples/", "results/", "src/", "tests/")
# Options of other programs that stand by themselves in the text.
OTHERS = {"--use_fsdp"}

Line = tuple[str, str]
"""Where something is told, and what."""


def root() -> Any:
    command: Any = typer.main.get_command(app)
    return command.make_context("crossalpaca", [], resilient_parsing=True)


def typed() -> Iterator[Line]:
    """Every line of shell in a block; a line that goes on is one."""
    for path in PAGES:
        for language, block in BLOCK.findall(path.read_text(encoding="utf-8")):
            if language in SHELL:
                yield from ((path.name, line) for line in block.replace("\\\n", " ").splitlines())


def spans() -> Iterator[Line]:
    """What stands between backticks, with its line ends as blanks."""
    for path in PAGES:
        text = BLOCK.sub("", path.read_text(encoding="utf-8"))
        yield from ((path.name, " ".join(span.split())) for span in SPAN.findall(text))


def examples() -> Iterator[Line]:
    """Those under `--help`, of which some give two."""
    for context in leaves(root()):
        for part in re.split(r"(?=\bcrossalpaca )", context.command.epilog or ""):
            yield f"{context.command_path} --help", part.partition(", or ")[0]


def arguments(line: str) -> list[str]:
    """What follows `crossalpaca`, by whatever path or launcher; nothing where something else is run."""
    if "crossalpaca" not in line:
        return []
    words = shlex.split(line, comments=True)
    for place, word in enumerate(words):
        if Path(word).name == "crossalpaca" and (place == 0 or words[place - 1] == "-m"):
            return join_pairs(words[place + 1 :])
    return []


def wrong(words: list[str]) -> str:
    """What is wrong with a command line, nothing where it would be taken."""
    context, rest = root(), list(words)
    while hasattr(context.command, "commands"):
        name, *rest = rest
        if name in context.help_option_names:
            return ""
        if name not in context.command.commands:
            return f"no command {name}"
        context = type(context)(context.command.commands[name], info_name=name, parent=context)
        if not rest:  # a command that is spoken of
            return ""
    try:
        context.command.make_context(context.info_name, rest)
    except Exception as error:  # typer's own, of a module that is not public
        return getattr(error, "message", "") or str(error) or type(error).__name__
    return ""


def test_every_command_line_is_taken() -> None:
    whole = [(where, line, words) for where, line in [*typed(), *examples()] if (words := arguments(line))]
    spoken = [(where, span, words) for where, span in spans() if (words := arguments(span))]
    assert min(len(whole), len(spoken)) > 40
    assert not [(where, line, fault) for where, line, words in whole if (fault := wrong(words))]
    faults = [(where, line, fault) for where, line, words in spoken if (fault := wrong(words))]
    assert not [each for each in faults if not each[2].startswith("Missing parameter")]  # which a sentence leaves out


def test_an_option_that_is_named_is_one_of_some_command() -> None:
    known = {option for context in leaves(root()) for each in context.command.params for option in each.opts}
    named = [(where, word.strip(",;")) for where, span in spans() for word in span.split() if word.startswith("--")]
    assert len(named) > 40
    assert not [(where, option) for where, option in named if option not in known | OTHERS | {"--help"}]


def test_targets_of_make_are_in_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z][\w-]*):", makefile, re.MULTILINE))
    named = {(where, line.split()[1]) for where, line in [*typed(), *spans()] if re.match(r"make [a-z]", line)}
    assert {target for _, target in named} >= {"setup", "test", "quickstart", "site"}
    assert not [(where, target) for where, target in named if target not in targets]


def test_files_of_the_checkout_that_are_named_are_there() -> None:
    told = [*spans(), *((where, word) for where, line in typed() for word in line.split())]
    named = [(where, name) for where, name in told if name.startswith(TOP) and re.fullmatch(r"[\w./-]+", name)]
    assert len(named) > 20
    assert not [(where, name) for where, name in named if "NAME" not in name and not (ROOT / name).exists()]
