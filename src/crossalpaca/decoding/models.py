"""Loading a backbone, with or without an adapter, for decoding."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crossalpaca.backbones import Backbone, load_model, load_tokenizer
from crossalpaca.errors import InputError
from crossalpaca.prompts import Template

if TYPE_CHECKING:
    from crossalpaca.decoding.local import LocalEngine


def load_engine(backbone: Backbone, adapter: Path | None, template: Template, precision: str) -> LocalEngine:
    """A local engine for the backbone, with the adapter of a finished fine-tune (its folder) where one is given.

    Raises:
        InputError: the adapter is missing, or made for another backbone or prompt template.
    """
    if adapter is not None:
        require_match(adapter, backbone, template)  # before anything is loaded
    import torch

    from crossalpaca.decoding.local import LocalEngine

    model: Any = load_model(backbone, torch.bfloat16 if precision == "bf16" else torch.float32)
    if adapter is not None:
        from peft import PeftModel

        # Kept apart from the base weights: merging would round the adapter away in bfloat16.
        model = PeftModel.from_pretrained(model, str(adapter / "adapter"), autocast_adapter_dtype=False).eval()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return LocalEngine(model.to(device), load_tokenizer(backbone))


def require_match(adapter: Path, backbone: Backbone, template: Template) -> None:
    """Raises InputError unless the adapter was trained on this backbone with this prompt template."""
    path = adapter / "adapter.json"
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        trained = f"{record['backbone']}@{record['revision']}"
        template_name, template_hash = record["template"], record["template_hash"]
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError(f"{path}: is not the record of an adapter; name the output folder of a fine-tune") from None
    if trained != backbone.identity:
        raise InputError(f"{adapter}: was trained on {trained}, not on {backbone.identity}; name its backbone")
    if template_hash != template.hash:
        raise InputError(
            f"{adapter}: was trained with another prompt template ({template_name}, {template_hash}) than "
            f"{template.name} ({template.hash}); evaluate with the same one"
        )
