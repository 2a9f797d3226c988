"""A backbone with a fine-tune's adapter on it, outside of a run: where the adapter may be anybody's, and broken."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from crossalpaca.errors import DataError
from crossalpaca.interoperability.finetunes import WEIGHTS
from crossalpaca.training.finetune import ADAPTER


def with_adapter(model: Any, folder: Path, name: str = "default") -> Any:
    """The model with one more adapter, kept apart from the weights: merging would round it away in bfloat16.

    Args:
        model: of transformers, or of peft with other adapters on it.
        folder: of the fine-tune.
        name: what peft calls the adapter.

    Raises:
        DataError: its weights cannot be used.
    """
    from peft import PeftModel

    place = str(folder / ADAPTER)
    with warnings.catch_warnings(), usable(folder):
        warnings.simplefilter("ignore", FutureWarning)  # of what peft asks transformers, which nobody here can mend
        if not isinstance(model, PeftModel):
            return PeftModel.from_pretrained(model, place, adapter_name=name, autocast_adapter_dtype=False)
        model.load_adapter(place, name, autocast_adapter_dtype=False)
        return model


@contextmanager
def usable(folder: Path) -> Iterator[None]:
    """Turns what the libraries say of broken weights, or of no numbers in them, into one line."""
    from safetensors import SafetensorError

    try:
        yield
    except (SafetensorError, RuntimeError, ValueError, TypeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise DataError(f"{folder / ADAPTER / WEIGHTS}: cannot be used ({reason}); train it again") from None
