"""Bitext at scale: de-duplication, filters and a sample of 20,000 pairs, against OpusFilter 3.3.1 with 2 jobs.

Both do the same on the same files, as whole processes on one machine, in turn: drop duplicates, LengthFilter (3 to 100
words), LengthRatioFilter (3, words), LongWordFilter (40), CharacterScoreFilter (Latin, 0.9), NonZeroNumeralsFilter
(0.5), and draw 20,000. What both keep is compared pair by pair.

The pairs are recombined from real ones (WMT newstest and Tatoeba, German and English): the first half of one and the
second half of another, both sides halved at the middle word, so that lengths and letters are those of real text. The
files that OpusFilter reads too have 5% of their lines twice; the larger ones, for the growth, have none.

Run: make opusfilter && .venv/bin/python bench/bitext.py --data ../shared/data
"""

from __future__ import annotations

import argparse
import difflib
import gzip
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from crossalpaca.demonstrations.normalising import normalised

HERE = Path(__file__).parent
PEER = HERE.parent / ".venv-opusfilter/bin/opusfilter"
WORKER = HERE / "workers/bitext_ours.py"
COMPARED, REPEATED, SAMPLE = 300_000, 0.05, 20_000
GROWTH = (1_000_000, 3_000_000, 10_000_000)
GOAL, GOAL_GIB = 40, 1.5
JOBS = 2

FILTERS = """
      - LengthFilter: {unit: word, min_length: 3, max_length: 100}
      - LengthRatioFilter: {unit: word, threshold: 3}
      - LongWordFilter: {threshold: 40}
      - CharacterScoreFilter: {scripts: [Latin, Latin], thresholds: [0.9, 0.9]}
      - NonZeroNumeralsFilter: {threshold: 0.5}"""
CONFIGURATION = """
common: {{output_directory: {folder}, default_n_jobs: {jobs}}}
steps:
- type: remove_duplicates
  parameters: {{inputs: [{english}, {german}], outputs: [distinct.en, distinct.de]}}
- type: filter
  parameters:
    inputs: [distinct.en, distinct.de]
    outputs: [kept.en, kept.de]
    filters:{filters}
- type: subset
  parameters: {{inputs: [kept.en, kept.de], outputs: [sample.en, sample.de], size: {sample}, seed: 42}}
"""


def lines(path: Path) -> list[str]:
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8", newline="\n") as file:
        return file.read().removesuffix("\n").split("\n")


def halves(data: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """First and second halves of the real pairs, columns `en` and `de`; each pair of halves once."""
    folder = data / "parallel"
    sides = {
        code: [
            line
            for path in (*sorted(folder.glob(f"de-en/newstest*.{code}.gz")), folder / f"tatoeba.de-en.{code}")
            for line in lines(path)
        ]
        for code in ("en", "de")
    }
    parts: tuple[list[tuple[str, str]], ...] = ([], [])
    for pair in zip(sides["en"], sides["de"], strict=True):
        words = [text.split() for text in pair]
        if min(map(len, words)) > 1:
            for part, cut in zip(parts, (slice(None, 1), slice(1, None)), strict=True):
                halved = [(each[: len(each) // 2], each[len(each) // 2 :])[cut] for each in words]
                part.append((" ".join(halved[0][0]), " ".join(halved[1][0])))
    first, second = (
        pl.DataFrame(part, schema=["en", "de"], orient="row").unique(maintain_order=True) for part in parts
    )
    return first, second


def write(parts: tuple[pl.DataFrame, pl.DataFrame], count: int, repeated: float, stem: Path) -> list[Path]:
    """Writes `count` pairs, the last share `repeated` of them equal to the first, as two aligned files."""
    paths = [stem.with_suffix(f".{code}") for code in ("en", "de")]
    distinct = round(count * (1 - repeated))
    size = min(map(len, parts))
    with paths[0].open("wb") as english, paths[1].open("wb") as german:
        for start in range(0, count, 500_000):
            numbers = np.arange(start, min(start + 500_000, count)) % distinct
            first = parts[0][numbers % size]
            second = parts[1][(numbers % size + 1 + numbers // size) % size]
            for file, code in ((english, "en"), (german, "de")):
                text = pl.DataFrame({code: first[code] + " " + second[code]})
                text.write_csv(file, include_header=False, quote_style="never")
    return paths


def timed(command: Sequence[str | Path]) -> dict[str, float]:
    """Runs a command as a process of its own: its seconds, and the peak of the largest process among it and its own."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None
    told = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command[0]}: {told.decode(errors='replace')[-2000:]}")
    return {"seconds": seconds, "peak_gib": usage.ru_maxrss / 2**20, "cpu_seconds": usage.ru_utime + usage.ru_stime}


def run_ours(files: Sequence[Path], folder: Path, *more: str) -> dict[str, Any]:
    command = [sys.executable, WORKER, *files, folder, "--count", str(SAMPLE), *more]
    figures: dict[str, Any] = timed([str(each) for each in command])
    return figures | json.loads((folder / "counts.json").read_text(encoding="utf-8"))


def run_theirs(peer: Path, files: Sequence[Path], folder: Path) -> dict[str, Any]:
    configuration = folder / "opusfilter.yaml"
    text = CONFIGURATION.format(
        folder=folder, jobs=JOBS, english=files[0], german=files[1], filters=FILTERS, sample=SAMPLE
    )
    configuration.write_text(text, encoding="utf-8")
    return timed([str(peer), "--overwrite", str(configuration)])


def figures(runs: Sequence[dict[str, Any]], pairs: int) -> dict[str, Any]:
    seconds = statistics.median(run["seconds"] for run in runs)
    return {
        "pairs": pairs,
        "pairs_per_second": round(pairs / seconds),
        "seconds": [round(run["seconds"], 2) for run in runs],
        "cpu_seconds": [round(run["cpu_seconds"], 2) for run in runs],
        "peak_gib": round(max(run["peak_gib"] for run in runs), 2),
    }


def compare(peer: Path, files: Sequence[Path], runs: int, folder: Path) -> dict[str, Any]:
    """Speed, memory and what is kept, of both on the same files."""
    found: dict[str, list[dict[str, Any]]] = {"ours": [], "theirs": []}
    for _ in range(runs):
        found["theirs"].append(run_theirs(peer, files, folder))
        found["ours"].append(run_ours(files, folder))
        took = {name: round(each[-1]["seconds"], 2) for name, each in found.items()}
        print(f"  seconds: {took}", file=sys.stderr, flush=True)
    ratios = {
        kind: statistics.median(t[kind] / o[kind] for o, t in zip(found["ours"], found["theirs"], strict=True))
        for kind in ("seconds", "cpu_seconds")
    }
    run_ours(files, folder, "--keep")
    ours = pl.read_parquet(folder / "kept.parquet")
    theirs = pl.DataFrame({"en": lines(folder / "kept.en"), "x": lines(folder / "kept.de")})
    return {
        "ratio": round(ratios["seconds"], 1),
        "cpu_ratio": round(ratios["cpu_seconds"], 1),
        "ours": figures(found["ours"], COMPARED) | {"dropped": found["ours"][0]["dropped"]},
        "theirs": figures(found["theirs"], COMPARED),
        "kept": kept(ours, theirs),
    }


def kept(ours: pl.DataFrame, theirs: pl.DataFrame) -> dict[str, Any]:
    """How many pairs both keep, and of those that one alone keeps how many for which reason."""
    folded = theirs.with_columns(normalised("en"), normalised("x"))
    once = folded.unique()
    only_ours, only_theirs = ours.join(once, on=["en", "x"], how="anti"), once.join(ours, on=["en", "x"], how="anti")
    return {
        "both": len(ours) - len(only_ours),
        "equal_after_normalising": len(folded) - len(once),
        "only_ours": dict(Counter(why_ours(*pair) for pair in only_ours.iter_rows())),
        "only_theirs": dict(Counter(why_theirs(*pair) for pair in unfolded(theirs, only_theirs))),
    }


def unfolded(theirs: pl.DataFrame, folded: pl.DataFrame) -> Iterator[tuple[str, str]]:
    """The pairs as they were before normalising."""
    sides = theirs.with_columns(normalised("en").alias("a"), normalised("x").alias("b"))
    return sides.join(folded, left_on=["a", "b"], right_on=["en", "x"], how="semi").select("en", "x").iter_rows()


def digits(text: str) -> list[str]:
    return [character for character in text if character in "123456789"]


def why_ours(english: str, other: str) -> str:
    if difflib.SequenceMatcher(None, digits(english), digits(other)).ratio() < 0.5:  # the order counts
        return "the same digits in another order"
    return f"not explained: {english} ||| {other}"


def why_theirs(english: str, other: str) -> str:
    if any(character in text for text in (english, other) for character in "\u00ad\u200b\u200e\u200f\u2060\ufeff"):
        return "invisible characters, which we remove first"
    return f"not explained: {english} ||| {other}"


def growth(parts: tuple[pl.DataFrame, pl.DataFrame], sizes: Sequence[int], folder: Path) -> dict[str, Any]:
    """Ours alone on more and more pairs, with OpusFilter's filters and with the project's own."""
    grown: dict[str, Any] = {}
    for size in sizes:
        files = write(parts, size, 0, folder / f"pairs-{size}")
        for name, more in (("opusfilter_filters", ()), ("own_filters", ("--own",))):
            run = run_ours(files, folder, *more)
            told = figures([run], size) | {"dropped": run["dropped"]}
            grown.setdefault(name, {})[str(size)] = told
            print(f"  {size} pairs, {name}: {told}", file=sys.stderr, flush=True)
        for path in files:
            path.unlink()
    return grown


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with parallel/")
    parser.add_argument("--pairs", type=int, default=3, help="how often both run in turn")
    parser.add_argument("--peer", type=Path, default=PEER, help="the opusfilter command")
    parser.add_argument("--sizes", type=int, nargs="*", default=GROWTH, help="pairs for the growth")
    parser.add_argument("--out", type=Path, default=HERE / "results/bitext.json")
    options = parser.parse_args()
    if not options.peer.is_file():
        raise SystemExit("OpusFilter is not there: make opusfilter")
    load = os.getloadavg()[0]
    parts = halves(options.data)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        compared = compare(options.peer, write(parts, COMPARED, REPEATED, folder / "both"), options.pairs, folder)
        print(f"{compared['ratio']} times, goal {GOAL}", flush=True)
        grown = growth(parts, options.sizes, folder)
    result = {
        "name": "bitext",
        "ratio": compared["ratio"],
        "peer": f"OpusFilter 3.3.1, {JOBS} jobs",
        "ours": compared["ours"],
        "theirs": compared["theirs"],
        "goal": GOAL,
        "cpu_ratio": compared["cpu_ratio"],
        "kept": compared["kept"],
        "growth": grown | {"goal_gib": GOAL_GIB},
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}; load {load:.1f} at the start",
        "versions": {name: version(name) for name in ("polars", "polars-hash")},
        "command": "python bench/bitext.py --data ../shared/data",
        "date": datetime.now(UTC).date().isoformat(),
    }
    options.out.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"Written to {options.out}")


if __name__ == "__main__":
    main()
