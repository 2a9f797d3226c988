"""Loading a backbone, with or without an adapter, for decoding; or the way to a server that has it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crossalpaca.backbones import Backbone, load_config, load_model, load_tokenizer
from crossalpaca.decoding.requests import Served
from crossalpaca.decoding.tokens import Tokens, stop_tokens, window_of
from crossalpaca.errors import InputError
from crossalpaca.prompts import Template, of_tokenizer

if TYPE_CHECKING:
    from crossalpaca.decoding.local import LocalEngine
    from crossalpaca.decoding.server import ServerEngine


def load_engine(backbone: Backbone, adapter: Path | None, template: Template, precision: str) -> LocalEngine:
    """A local engine for the backbone, with the adapter of a finished fine-tune (its folder) where one is given.

    Args:
        backbone: the model.
        adapter: folder of a finished fine-tune.
        template: what prompts will be rendered with, `CHAT` or the template that it stands for.
        precision: bf16 or fp32.

    Raises:
        InputError: the adapter is missing, or made for another backbone or prompt template.
    """
    if adapter is not None:
        require_backbone(adapter, backbone)  # before anything is loaded
        weights = adapter / "adapter" / "adapter_model.safetensors"
        if not weights.is_file():  # peft would take a pickle in its place
            raise InputError(f"{weights}: is not there; name the output folder of a finished fine-tune")
    tokenizer = load_tokenizer(backbone)
    if adapter is not None:
        require_template(adapter, of_tokenizer(template, tokenizer))
    import torch

    from crossalpaca.decoding.local import LocalEngine

    model: Any = load_model(backbone, torch.bfloat16 if precision == "bf16" else torch.float32)
    if adapter is not None:
        from peft import PeftModel

        # Kept apart from the base weights: merging would round the adapter away in bfloat16.
        model = PeftModel.from_pretrained(model, str(adapter / "adapter"), autocast_adapter_dtype=False).eval()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return LocalEngine(model.to(device), tokenizer)


def reach_engine(backbone: Backbone, adapter: Path | None, template: Template, served: Served) -> ServerEngine:
    """A server's engine for the backbone; of the backbone itself, only the tokenizer and the window are needed.

    Args:
        backbone, adapter, template: as for `load_engine`; that the server's model is this one cannot be checked.
        served: where the model is.

    Raises:
        InputError: as for `load_engine`.
        ServiceError: the server does not answer, or serves no such model.
    """
    tokenizer = load_tokenizer(backbone)
    if adapter is not None:
        require_backbone(adapter, backbone)
        require_template(adapter, of_tokenizer(template, tokenizer))
    from crossalpaca.decoding.server import ServerEngine

    return ServerEngine(served, Tokens(tokenizer, stop_tokens(tokenizer, None)), window_of(load_config(backbone)))


def require_backbone(adapter: Path, backbone: Backbone) -> None:
    """Raises InputError unless the adapter was trained on this backbone."""
    record = _record(adapter)
    trained = f"{record['backbone']}@{record['revision']}"
    if trained != backbone.identity:
        raise InputError(f"{adapter}: was trained on {trained}, not on {backbone.identity}; name its backbone")


def require_template(adapter: Path, template: Template) -> None:
    """Raises InputError unless the adapter was trained with this prompt template."""
    record = _record(adapter)
    if record["template_hash"] != template.hash:
        raise InputError(
            f"{adapter}: was trained with another prompt template ({record['template']}, {record['template_hash']}) "
            f"than {template.name} ({template.hash}); evaluate with the same one"
        )


def _record(adapter: Path) -> dict[str, Any]:
    path = adapter / "adapter.json"
    try:
        if not path.is_file():  # reading a pipe would wait for its writer
            raise OSError
        record = json.loads(path.read_text(encoding="utf-8"))
        return {name: record[name] for name in ("backbone", "revision", "template", "template_hash")}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise InputError(f"{path}: is not the record of an adapter; name the output folder of a fine-tune") from None
