"""The same law under a fuzzer that watches which code a file reaches: `python tests/fuzz/atheris_readers.py [CORPUS]`.

It needs the package `atheris`, which nothing else does. The first byte of an input chooses the reader.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

sys.path += [str(Path(__file__).parent), str(Path(__file__).parents[1] / "sources")]

with atheris.instrument_imports(include=["crossalpaca"]):
    from law import keeps
    from readers import readers

READERS = list(readers().values())
FOLDER = Path(tempfile.mkdtemp()) / "files"


def one_input(data: bytes) -> None:
    if data:
        reader = READERS[data[0] % len(READERS)]
        keeps(reader, FOLDER, reader.seeds[0], data[1:])


def write_seeds(folder: Path) -> None:
    """Every reader's files, as the inputs to begin with."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, reader in enumerate(READERS):
        for which, files in enumerate(reader.seeds):
            (folder / f"{number}-{which}").write_bytes(bytes([number]) + next(iter(files.values())))


if __name__ == "__main__":
    given = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    corpus = Path(given[0] if given else tempfile.mkdtemp())
    write_seeds(corpus)
    atheris.Setup([sys.argv[0], str(corpus), *(each for each in sys.argv[1:] if each.startswith("-"))], one_input)
    atheris.Fuzz()
