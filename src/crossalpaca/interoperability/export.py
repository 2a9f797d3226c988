"""A fine-tune as others load it: its adapter, or its backbone with the adapter merged in, each with a card.

DIR/README.md              the card
DIR/prompt_template.json   name, hash and texts of the template that prompts must have
DIR/scores.json            every score of the model, where a run's report was named
DIR/adapter_config.json, adapter_model.safetensors          an adapter, in peft's format
DIR/config.json, model*.safetensors, tokenizer*, ...        a merged model, in that of transformers
DIR/model.gguf                                              the merged model for llama.cpp, where it is asked for
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from crossalpaca.backbones import Backbone, load_tokenizer
from crossalpaca.decoding.models import require_template
from crossalpaca.errors import InputError
from crossalpaca.interoperability import gguf
from crossalpaca.interoperability.cards import CARD, hub_id, model_card, scores_of
from crossalpaca.interoperability.finetunes import CONFIG, WEIGHTS, FineTune
from crossalpaca.interoperability.merge import Agreement, merge
from crossalpaca.prompts import Template, of_tokenizer, template
from crossalpaca.training.finetune import ADAPTER

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

PROMPT, SCORES, GGUF = "prompt_template.json", "scores.json", "model.gguf"


def export_finetune(
    tune: FineTune, backbone: Backbone, out: Path, precision: str | None = None, with_gguf: bool = False
) -> Agreement | None:
    """Writes a fine-tune to a new folder, which appears whole or not at all.

    Args:
        tune, backbone: what belongs together.
        out: the folder, which must not exist.
        precision: of the merged weights; None for the adapter alone.
        with_gguf: of the merged model also a file for llama.cpp.

    Returns:
        How close the merged weights are to the adapter; None for the adapter alone.

    Raises:
        InputError: the folder is there or cannot be written, the adapter was trained with another prompt template, or
            nothing is installed that writes GGUF.
        RunError: the merged model is not the same as backbone and adapter.
    """
    if with_gguf:
        gguf.converter()  # before anything is computed
    with _appearing(out) as made:
        tokenizer = load_tokenizer(backbone)
        prompt = of_tokenizer(template(tune.record.template), tokenizer)
        require_template(tune.folder, prompt)
        agreement = _write_weights(tune, backbone, prompt, tokenizer, precision, made)
        _write_words(tune, backbone, prompt, agreement, made)
        if with_gguf and precision:
            gguf.write(made, made / GGUF, precision)
    return agreement


@contextmanager
def _appearing(out: Path) -> Iterator[Path]:
    """A folder that becomes `out` at the end, and vanishes on the way where something fails."""
    from safetensors import SafetensorError

    if out.exists() or out.is_symlink():
        raise InputError(f"{out}: is there already; name another folder with --out")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent) as beside:
            made = Path(beside) / "made"
            made.mkdir()
            yield made
            made.rename(out)
    except (OSError, SafetensorError) as error:
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())
        raise InputError(f"{out}: cannot be written ({reason}); name another folder with --out") from error


def _write_weights(
    tune: FineTune,
    backbone: Backbone,
    prompt: Template,
    tokenizer: PreTrainedTokenizerBase,
    precision: str | None,
    made: Path,
) -> Agreement | None:
    if precision is not None:
        return merge(tune, backbone, prompt, tokenizer, precision, made)
    # Where the backbone lay on this machine is nobody's concern, and of no use elsewhere.
    base = {"base_model_name_or_path": hub_id(backbone) or backbone.id}
    base |= {"revision": backbone.revision} if hub_id(backbone) and backbone.revision else {}
    _write_json(made / CONFIG, tune.config | base)
    shutil.copyfile(tune.folder / ADAPTER / WEIGHTS, made / WEIGHTS)
    return None


def _write_words(tune: FineTune, backbone: Backbone, prompt: Template, agreement: Agreement | None, made: Path) -> None:
    _write_json(made / PROMPT, asdict(prompt) | {"hash": prompt.hash})
    if scores := scores_of(tune):
        _write_json(made / SCORES, scores)
    (made / CARD).write_text(model_card(tune, backbone, prompt, agreement), encoding="utf-8")


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
