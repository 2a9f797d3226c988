"""Models from somebody else: no code of theirs runs, whatever their files are called."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import pytest

from crossalpaca.backbones import load_config, load_model, load_tokenizer, resolve
from crossalpaca.errors import BackboneError

LLAMA = {
    "model_type": "llama",
    "architectures": ["LlamaForCausalLM"],
    "vocab_size": 8,
    "hidden_size": 8,
    "intermediate_size": 8,
    "num_hidden_layers": 1,
    "num_attention_heads": 1,
}
MODULE = "from pathlib import Path\nPath({marker!r}).write_text('ran')\n"
OWN_CODE = {"AutoConfig": "evil.Config", "AutoModelForCausalLM": "evil.Model", "AutoTokenizer": [None, "evil.Tokens"]}


class Evil:
    """What runs code when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.write_text, (self.marker, "ran")


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    return tmp_path / "it-ran"


def model_folder(tmp_path: Path, config: dict[str, Any], files: dict[str, bytes]) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def test_the_marker_is_written_where_code_runs(marker: Path) -> None:
    pickle.loads(pickle.dumps(Evil(marker)))
    assert marker.read_text("utf-8") == "ran"


@pytest.mark.parametrize("kind", ["evil", "llama"])
def test_a_models_own_code_is_never_run(tmp_path: Path, marker: Path, kind: str) -> None:
    import torch

    module = MODULE.format(marker=str(marker)).encode()
    tokens = json.dumps({"tokenizer_class": "Tokens", "auto_map": OWN_CODE}).encode()
    config = LLAMA | {"model_type": kind, "auto_map": OWN_CODE}
    folder = model_folder(tmp_path, config, {"evil.py": module, "tokenizer_config.json": tokens})
    backbone = resolve(str(folder))
    for load in (load_tokenizer, load_config, lambda each: load_model(each, torch.float32)):
        try:
            load(backbone)  # type: ignore[operator]
        except BackboneError as error:
            assert "\n" not in str(error)
    assert not marker.exists()


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.safetensors", "consolidated.pth", "pytorch_model.pt"])
def test_pickled_weights_are_refused_in_one_line(tmp_path: Path, marker: Path, name: str) -> None:
    import torch

    folder = model_folder(tmp_path, LLAMA, {name: pickle.dumps(Evil(marker))})
    with pytest.raises(BackboneError) as raised:
        load_model(resolve(str(folder)), torch.float32)
    assert "\n" not in str(raised.value)
    assert not marker.exists()


@pytest.mark.parametrize("name", ["adapter_model.bin", "adapter_model.safetensors"])
def test_a_pickled_adapter_is_never_unpickled(tmp_path: Path, marker: Path, name: str) -> None:
    from peft import LoraConfig, PeftModel
    from transformers import AutoModelForCausalLM, LlamaConfig

    base = AutoModelForCausalLM.from_config(LlamaConfig(**LLAMA))
    folder = tmp_path / "adapter"
    LoraConfig(r=2, target_modules=["q_proj"]).save_pretrained(str(folder))
    (folder / name).write_bytes(pickle.dumps(Evil(marker)))
    with pytest.raises(Exception):  # noqa: B017  (whatever peft raises: that nothing ran is the point)
        PeftModel.from_pretrained(base, str(folder), autocast_adapter_dtype=False)
    assert not marker.exists()
