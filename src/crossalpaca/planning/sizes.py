"""How large a backbone is, before it is at hand: by its own configuration, a list, or the size in its name."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from crossalpaca.backbones import Backbone
from crossalpaca.errors import InputError
from crossalpaca.sources.files import read_json
from crossalpaca.training.cost import Shape

_SIZE = re.compile(r"(?<![a-z0-9.])(\d+(?:\.\d+)?)([bm])(?![a-z0-9])")
_MODEL = "llama-7b"  # what others are scaled from
_DEFAULTS = {"num_key_value_heads": None, "head_dim": None, "tie_word_embeddings": False}
_NEEDED = ("hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "vocab_size")


class _Config(SimpleNamespace):
    """A configuration as far as a shape asks for it, without transformers, whose import takes seconds."""

    def get_text_config(self) -> _Config:
        return self


@dataclass(frozen=True, slots=True)
class Sizes:
    """What a backbone takes.

    Attributes:
        shape: its matrices.
        column: numbers that one token keeps in the cache of keys and values.
        known_by: where this comes from.
    """

    shape: Shape
    column: int
    known_by: str


@cache
def stated(name: str) -> Mapping[str, Any]:
    """The content of a TOML file beside this module."""
    return tomllib.loads(resources.files(__package__).joinpath(name).read_text(encoding="utf-8"))


def sizes(backbone: Backbone) -> Sizes:
    """The sizes of a backbone; nothing is downloaded.

    Raises:
        DataError: its configuration is not JSON.
        InputError: nothing tells them.
    """
    path = _configuration(backbone)
    known = stated("amounts.toml")["backbones"]
    name = backbone.id.rpartition("/")[2].lower()
    if path is not None:
        return _of(read_json(path), str(path))
    if name in known:
        return _of(known[name], "the list of known backbones")
    size = _SIZE.search(name)
    billions = float(size[1]) / (1 if size[2] == "b" else 1000) if size else 0.0
    if not billions:
        raise InputError(
            f"backbone {backbone.id}: nothing tells its size, neither a copy at hand nor its name; "
            f"get its configuration first: hf download {backbone.id} config.json"
        )
    return _scaled(billions * 1e9)


def _configuration(backbone: Backbone) -> Path | None:
    """The configuration of a folder, or of a hub's model in the cache."""
    location = backbone.location
    if not isinstance(location, str):
        return None
    if (folder := Path(location)).is_dir():
        return folder / "config.json"
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(location, "config.json", revision=backbone.revision or None)
    return Path(found) if isinstance(found, str) else None


def _of(raw: Any, known_by: str) -> Sizes:
    """The sizes by the content of a configuration; a model of several media has its text part in it."""
    raw = raw.get("text_config", raw) if isinstance(raw, dict) else raw
    if not isinstance(raw, Mapping) or not all(isinstance(raw.get(key), int) and raw[key] > 0 for key in _NEEDED):
        raise InputError(f"{known_by}: does not say {', '.join(_NEEDED)}, so that its size is not known")
    config = _Config(**(_DEFAULTS | dict(raw)))
    size = config.head_dim or config.hidden_size // config.num_attention_heads
    heads = config.num_key_value_heads or config.num_attention_heads
    return Sizes(Shape.of(config), 2 * config.num_hidden_layers * heads * size, known_by)


def _scaled(parameters: float) -> Sizes:
    """A model of this many parameters with the proportions of a known one: width and depth grow alike."""
    model = _of(stated("amounts.toml")["backbones"][_MODEL], _MODEL)
    factor = (parameters / model.shape.weights) ** (1 / 3)
    layers = max(round(model.shape.layers * factor), 1)
    hidden = round(model.shape.hidden * factor)
    matrices = max(parameters - 2 * hidden * model.shape.vocabulary, 0.2 * parameters)  # small ones are tied
    shape = replace(
        model.shape, hidden=hidden, layers=layers, layer_weights=round(matrices / layers), weights=round(parameters)
    )
    return Sizes(shape, 2 * layers * hidden, f"the size in its name, scaled from {_MODEL}")
