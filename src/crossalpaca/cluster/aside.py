"""What Ray says of its nodes goes to a log: it prints it to stdout, which is for results."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any, TextIO, cast

LOG = "ray.log"
_ITS_THREADS = "ray_"


class _Stdout:
    """Stands for stdout: what Ray's own threads write goes to the log."""

    def __init__(self, out: TextIO, log: TextIO) -> None:
        self.out, self.log = out, log

    def write(self, text: str) -> int:
        its = threading.current_thread().name.startswith(_ITS_THREADS)
        return (self.log if its else self.out).write(text)

    def flush(self) -> None:
        self.log.flush()
        self.out.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.out, name)


@contextmanager
def aside(logs: Path) -> Iterator[None]:
    """Keeps in `ray.log` of a folder what Ray's threads print meanwhile."""
    with (logs / LOG).open("a", encoding="utf-8") as log, redirect_stdout(cast(TextIO, _Stdout(sys.stdout, log))):
        yield
