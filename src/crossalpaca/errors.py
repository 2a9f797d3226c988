"""Everything that can go wrong on a user's side, as one tree.

    CrossAlpacaError
    ├── InputError          what was given is wrong; exit code 2, nothing was started
    │   ├── ExperimentError an experiment file, with every problem in it
    │   └── DataError       a data file: missing, malformed, too small
    └── RunError            a run that could not go on; exit code 1, finished work is kept
        ├── StoreError      the store: full, read-only, damaged, locked
        ├── BackboneError   a model that cannot be had or cannot be used this way
        ├── ServiceError    a service over the network that does not answer, or refuses
        └── TrainingError   training that would not give a usable adapter

Each message is one line that says what, where and what to do.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def printable(text: str) -> str:
    """A text on one line, without what a terminal would obey: such characters are written out."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


class CrossAlpacaError(Exception):
    """Root of the tree; `exit_code` is what the command line returns for it."""

    exit_code = 1

    def __init__(self, *lines: str) -> None:
        super().__init__("\n".join(map(printable, lines)))


class InputError(CrossAlpacaError):
    """What the user gave cannot be used."""

    exit_code = 2


class ExperimentError(InputError):
    """An experiment file with one or more problems, each with its line."""

    def __init__(self, source: str, problems: Sequence[tuple[int, str]]) -> None:
        """`problems` are (line, message), the line counted from 1, or 0 where the file as a whole is meant."""
        self.source = source
        self.problems = sorted(problems)
        super().__init__(*(f"{source}:{line}: {text}" if line else f"{source}: {text}" for line, text in self.problems))


class DataError(InputError):
    """A data file that is missing, malformed or too small."""


class RunError(CrossAlpacaError):
    """A run that could not go on."""


class StoreError(RunError):
    """The store cannot be written or read."""


class BackboneError(RunError):
    """A backbone that cannot be had, or not used as asked."""


class ServiceError(RunError):
    """A service over the network that does not answer, or refuses."""


class TrainingError(RunError):
    """A fine-tune that would not give a usable adapter."""


def nearest(name: str, known: Iterable[str]) -> str:
    """' (did you mean X?)' for the valid name closest to `name`, or the empty string where none is close."""
    from difflib import get_close_matches

    folded = {candidate.casefold(): candidate for candidate in known}
    found = get_close_matches(name.casefold(), list(folded), n=1, cutoff=0.5)
    return f" (did you mean {folded[found[0]]}?)" if found else ""
