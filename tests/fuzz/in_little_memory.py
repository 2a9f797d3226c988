"""Reads damaged files in a process of its own, and says how much memory that took: FOLDER and a count each reader."""

from __future__ import annotations

import json
import random
import resource
import sys
from pathlib import Path

sys.path += [str(Path(__file__).parent), str(Path(__file__).parents[1] / "sources")]

from law import damaged, keeps
from mutations import LARGEST
from readers import readers


def peak() -> int:
    """MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


def main(folder: Path, count: int) -> None:
    known = readers()
    others = [next(iter(files.values())) for reader in known.values() for files in reader.seeds]
    for reader in known.values():  # what a reader loads when it is first asked is not the file's doing
        keeps(reader, folder / "files", reader.seeds[0], next(iter(reader.seeds[0].values())))
    before, draw = peak(), random.Random(1)
    outcomes = []
    for reader in known.values():
        for _ in range(count):
            edits = [tuple(draw.randrange(LARGEST) for _ in range(4)) for _ in range(draw.randint(1, 4))]
            outcomes.append(keeps(reader, folder / "files", *damaged(reader, others, draw.randrange(8), edits)))
    told = {"read": sum(outcomes), "refused": len(outcomes) - sum(outcomes), "mebibytes": peak() - before}
    print(json.dumps(told))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
