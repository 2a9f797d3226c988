"""The law of every reader: a result, or an error of this project in one line that a terminal may show; and in time."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from mutations import Edit, edited
from readers import Files, Reader

from crossalpaca.errors import CrossAlpacaError, ExperimentError

PATIENCE = 30.0  # seconds of wall-clock for one small file, on a machine with other work


class Hung(BaseException):
    """A reader did not come to its end; not an Exception, so that no reader can take it for its own."""


@contextmanager
def in_time() -> Iterator[None]:
    def ring(*_: object) -> None:
        raise Hung(f"over {PATIENCE} seconds")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, PATIENCE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def keeps(reader: Reader, folder: Path, files: Files, content: bytes) -> bool:
    """Reads files whose first has another content; True for a result, False for an error that keeps the law."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    first = next(iter(files))
    for name in files:
        (folder / name).write_bytes(content if name == first else files[name])
    try:
        with in_time():
            reader.read(folder / first)
    except CrossAlpacaError as error:
        lines = len(error.problems) if isinstance(error, ExperimentError) else 1
        shown = str(error).split("\n")
        assert len(shown) == lines, shown
        assert all(line.isprintable() for line in shown), shown
        assert len(str(error)) < 4 * (len(content) + 1000), "a message that is longer than what it is about"
        return False
    return True


def damaged(reader: Reader, others: Sequence[bytes], number: int, edits: Sequence[Edit]) -> tuple[Files, bytes]:
    """One of a reader's seeds, and the content of its first file after some edits."""
    files = reader.seeds[number % len(reader.seeds)]
    return files, edited(next(iter(files.values())), others, edits)
