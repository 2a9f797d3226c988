"""Proofs that a fine-tune gave an adapter: it has learnt something, it changes the model, and the disk has it whole."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import torch

from crossalpaca.errors import TrainingError
from crossalpaca.training.encoding import Encoded

if TYPE_CHECKING:
    from peft import PeftModel


def require_learnt(model: PeftModel) -> None:
    """Raises TrainingError if the adapter would change nothing: every LoRA B matrix is still zero."""
    second = [parameter for name, parameter in model.named_parameters() if ".lora_B." in name]
    if not any(bool(parameter.detach().any()) for parameter in second):
        raise TrainingError("the adapter has learnt nothing: all its B matrices are zero; check the learning rate")


@torch.no_grad()
def require_effect(model: PeftModel, probe: Encoded) -> None:
    """Raises TrainingError unless the model with the adapter has other logits on a demonstration than without it."""
    model.eval()
    ids = torch.tensor([probe.tokens], device=next(model.parameters()).device)
    adapted = model(input_ids=ids, use_cache=False).logits
    with model.disable_adapter():
        plain = model(input_ids=ids, use_cache=False).logits
    if torch.equal(adapted, plain):
        raise TrainingError(
            "the adapter changes nothing that the base weights' precision can show; raise the learning rate or steps"
        )


def require_saved(model: PeftModel, folder: Path) -> None:
    """Raises TrainingError unless the saved adapter is, number by number, the one in memory."""
    from peft import get_peft_model_state_dict
    from safetensors.torch import load_file

    saved = load_file(folder / "adapter_model.safetensors")
    held = get_peft_model_state_dict(model)
    if saved.keys() != held.keys() or not all(torch.equal(saved[name], held[name].cpu()) for name in held):
        raise TrainingError(f"{folder}: the saved adapter is not the trained one; is the disk full or damaged?")
