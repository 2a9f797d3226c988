"""Runs the command line and kills the process with SIGKILL at a named moment.

    python killed.py MOMENT COUNT crossalpaca-arguments...

The process dies when the moment comes for the COUNT-th time. The product has no such hook: the moments are methods of
it (or of the libraries below it) that are wrapped here.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

calls_left = [0]  # until the process dies


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def wrap(owner: Any, name: str, *, before: bool, half: Callable[..., None] | None = None) -> None:
    """Replaces `owner.name`, so that the process dies before or after the COUNT-th call, or in the middle by `half`."""
    original = getattr(owner, name)

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        calls_left[0] -= 1
        if calls_left[0] == 0 and half is not None:
            half(*args, **kwargs)
        if calls_left[0] == 0 and before:
            die()
        result = original(*args, **kwargs)
        if calls_left[0] == 0:
            die()
        return result

    setattr(owner, name, wrapped)


def install(moment: str) -> None:
    """Wraps what the moment names."""
    if moment == "demonstrations":
        from crossalpaca.demonstrations import build

        def half_written(path: Any, records: Any) -> None:
            path.write_text('{"id": "cut off', encoding="utf-8")

        wrap(build, "write_jsonl", before=True, half=half_written)
    elif moment == "commit":
        from crossalpaca import store

        wrap(store, "write_synced", before=False)  # the manifest is written, the artefact not yet moved into place
    elif moment == "training-step":
        from crossalpaca.training.trainer import PackedTrainer

        wrap(PackedTrainer, "training_step", before=False)
    elif moment == "checkpoint-begun":
        from transformers import Trainer

        wrap(Trainer, "_save_optimizer_and_scheduler", before=True)
    elif moment == "checkpoint-half":
        import torch

        def cut_file(content: Any, path: Any, *more: Any, **options: Any) -> None:
            """What a kill in the midst of writing the optimizer's state leaves: the beginning of its file."""
            original_save(content, path, *more, **options)
            whole = Path(path).read_bytes()
            Path(path).write_bytes(whole[: len(whole) // 2])

        original_save = torch.save
        wrap(torch, "save", before=True, half=cut_file)
    elif moment == "seal-half":
        from crossalpaca.training import trainer

        def half_seal(checkpoint: Any) -> None:
            (checkpoint / trainer.COMPLETE).write_text('{"optimizer.pt": "12', encoding="utf-8")

        wrap(trainer, "seal", before=True, half=half_seal)
    elif moment == "checkpoint-unsealed":
        from crossalpaca.training import trainer

        wrap(trainer, "seal", before=True)
    elif moment == "checkpoint-sealed":
        from crossalpaca.training import trainer

        wrap(trainer, "seal", before=False)
    elif moment == "adapter-saved":
        from crossalpaca.training import finetune

        wrap(finetune, "_save", before=True)  # the adapter is written, its record not yet
    elif moment == "batch-answered":
        from crossalpaca.decoding.local import LocalEngine

        wrap(LocalEngine, "decode", before=True)
    elif moment == "line-half-written":
        from crossalpaca.evaluation import predict

        def cut(path: Any, records: Any) -> None:
            """What a kill during a write leaves behind: finished lines and half of one more."""
            scratch = path.parent.parent / "scratch" / "predictions.jsonl"
            lines = scratch.read_bytes().splitlines(keepends=True)
            scratch.write_bytes(b"".join(lines[:9]) + lines[9][: len(lines[9]) // 2])

        wrap(predict, "write_jsonl", before=True, half=cut)
    elif moment == "report":
        from crossalpaca.report import step

        wrap(step, "render", before=False)
    else:
        raise SystemExit(f"no such moment: {moment}")


if __name__ == "__main__":
    calls_left[0] = int(sys.argv[2])
    install(sys.argv[1])
    from crossalpaca.cli import main

    sys.argv = ["crossalpaca", *sys.argv[3:]]
    main()
