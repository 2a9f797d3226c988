"""The playground's command in a process of its own, which is watched for whatever it sends to other machines."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_COMMAND = """
import os, sys

def watch(event, arguments):
    if event == "socket.connect":
        place = arguments[1][0] if isinstance(arguments[1], tuple) else ""
    elif event == "socket.getaddrinfo":
        place = arguments[0] or ""
    else:
        return
    place = place.decode() if isinstance(place, bytes) else place
    if place and place not in ("127.0.0.1", "::1", "localhost"):
        with open(os.environ["WATCHED"], "a") as file:
            print(event, place, file=file)

sys.addaudithook(watch)
from crossalpaca.cli import main
main()
"""


@dataclass(frozen=True, slots=True)
class Served:
    """A playground that is running.

    Attributes:
        url: its address.
        watched: a file with what it asked of other machines.
        log: a file with what it wrote to stderr.
        folder: its working directory.
    """

    url: str
    watched: Path
    log: Path
    folder: Path


@contextmanager
def served(folder: Path, *arguments: str) -> Iterator[Served]:
    """Starts the command on a free port in an empty folder, and interrupts it in the end, which is no failure."""
    folder.mkdir()
    watched, log = folder.parent / f"{folder.name}.watched", folder.parent / f"{folder.name}.log"
    watched.touch()
    command = [sys.executable, "-c", _COMMAND, "playground", *arguments, "--port", "0"]
    environment = os.environ | {"WATCHED": str(watched), "OMP_NUM_THREADS": "1"}
    with log.open("w") as errors:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=errors, encoding="utf-8"
        )
        assert process.stdout is not None
        try:
            found = re.search(r"http://\S+", process.stdout.readline())
            assert found, log.read_text()
            yield Served(found[0], watched, log, folder)
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=120) == 0, log.read_text()
        finally:
            process.kill()
            process.wait()
            process.stdout.close()
