"""Runs of the command line as forks of one process that has imported everything: a run costs what it computes.

    with Forks() as forks:
        (end,) = forks.run(Run(["run", "tiny.yaml", "--store", "store"], kill=(1.5, signal.SIGTERM)))

The process that forks is one of its own, started by `Forks`: in the tests' process other tests have used threads,
which do not survive a fork.
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

TIMEOUT = 600.0  # seconds until a run counts as hanging


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the command line.

    Attributes:
        arguments: after `crossalpaca`.
        kill: seconds from its beginning to a signal, and the signal.
        fault: what goes wrong in it: a function of `faults.py` and its arguments.
    """

    arguments: Sequence[str]
    kill: tuple[float, int] | None = None
    fault: Sequence[Any] = ()


@dataclass(frozen=True, slots=True)
class End:
    """How a run ended: its exit code (below zero the signal), stdout, stderr and seconds."""

    code: int
    out: str
    err: str
    seconds: float


class Forks:
    """The process that forks, as a context; several runs that are given at once begin at once."""

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            env=os.environ | {"OMP_NUM_THREADS": "1"},
        )
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(timeout=TIMEOUT)

    def run(self, *runs: Run) -> list[End]:
        """Ends of the runs, in their order; a traceback in any of them is a bug."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(json.dumps([asdict(run) for run in runs]), file=self.process.stdin, flush=True)
        ends = [End(**end) for end in json.loads(self.process.stdout.readline())]
        assert not [end.err for end in ends if "Traceback" in end.err]
        return ends


# What the process itself does


def _prepare() -> None:
    import altair  # noqa: F401
    import peft  # noqa: F401
    import polars  # noqa: F401
    import torch
    import transformers
    from transformers import LlamaForCausalLM, Trainer  # noqa: F401

    from crossalpaca import runner  # noqa: F401
    from crossalpaca.cli import main  # noqa: F401
    from crossalpaca.decoding import local  # noqa: F401
    from crossalpaca.demonstrations import build  # noqa: F401
    from crossalpaca.grid import Grid  # noqa: F401
    from crossalpaca.report import step  # noqa: F401
    from crossalpaca.report.charts.embedding import bundle
    from crossalpaca.training import finetune, trainer  # noqa: F401

    torch.set_num_threads(1)
    transformers.utils.logging.disable_progress_bar()
    bundle()
    gc.freeze()  # collections of the forks then pass over what is here already


def _child(run: Mapping[str, Any], out: int, err: int) -> None:
    """Runs the command line and ends the process."""
    code = 1
    for stream, number in ((out, 1), (err, 2)):
        os.dup2(stream, number)
    try:
        if run["fault"]:
            import faults

            name, *arguments = run["fault"]
            getattr(faults, name)(*arguments)
        from crossalpaca.cli import main

        sys.argv = ["crossalpaca", *run["arguments"]]
        main()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _together(runs: Sequence[Mapping[str, Any]], folder: Path) -> list[dict[str, Any]]:
    """Starts all runs, kills each at its moment, and waits for all."""
    began = time.monotonic()
    files = [[folder / f"{number}.{kind}" for kind in ("out", "err")] for number in range(len(runs))]
    alive: dict[int, int] = {}
    for number, run in enumerate(runs):
        streams = [os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC) for path in files[number]]
        pid = os.fork()
        if pid == 0:
            _child(run, *streams)
        alive[pid] = number
        for stream in streams:
            os.close(stream)
    codes, seconds = [0] * len(runs), [0.0] * len(runs)
    due = {pid: tuple(runs[number]["kill"]) for pid, number in alive.items() if runs[number]["kill"]}
    while alive:
        for pid, number in list(alive.items()):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                codes[number], seconds[number] = os.waitstatus_to_exitcode(status), time.monotonic() - began
                del alive[pid]
            elif pid in due and time.monotonic() - began >= due[pid][0]:
                os.kill(pid, due.pop(pid)[1])
            elif time.monotonic() - began > TIMEOUT:
                os.kill(pid, 9)
        time.sleep(0.002)
    texts = [[path.read_text(encoding="utf-8") for path in each] for each in files]
    return [
        {"code": code, "out": out, "err": err, "seconds": spent}
        for code, (out, err), spent in zip(codes, texts, seconds, strict=True)
    ]


def _serve() -> None:
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints here is no reply
    _prepare()
    with tempfile.TemporaryDirectory() as folder:
        for line in sys.stdin:
            print(json.dumps(_together(json.loads(line), Path(folder))), file=replies, flush=True)


if __name__ == "__main__":
    _serve()
