"""An adapter merged into its backbone's weights, and the proof that the result is still the same model.

The weights are added in float32 and rounded once, to the precision asked. What the folder holds is then loaded again by
transformers alone, and its logits on a few prompts are compared with those of backbone and adapter kept apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crossalpaca.backbones import Backbone, load_model
from crossalpaca.decoding.tokens import Tokens, stop_tokens
from crossalpaca.errors import RunError
from crossalpaca.interoperability.adapting import usable, with_adapter
from crossalpaca.interoperability.finetunes import FineTune
from crossalpaca.prompts import Template

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedTokenizerBase

TOLERANCES: Mapping[str, float] = {"fp32": 1e-4, "fp16": 0.005, "bf16": 0.02}
"""How far logits may be off for each precision of the weights; see `Agreement.difference`."""

_DTYPES = {"fp32": "float32", "fp16": "float16", "bf16": "bfloat16"}
_PROBES = (
    ("Name three colours.", ""),
    ("Translate the following sentence from English to German.", "The train to the coast leaves at nine."),
    ("Beantworte die Frage.", "Die Brücke über den Fluss wurde 1932 gebaut.\n\nFrage: Wann wurde die Brücke gebaut?"),
    ("Απάντησε στην ερώτηση.", "Πόσο κάνει 7 + 5;"),
    ("将下面的句子翻译成英语。", "图书馆九点开门。"),
)


@dataclass(frozen=True, slots=True)
class Agreement:
    """How close the merged weights are to backbone and adapter, on every token of the prompts.

    Attributes:
        precision: of the merged weights.
        prompts: how many.
        difference: norm of what separates the logits, over the norm of the adapter's logits about their mean.
        effect: the same of what the adapter changes.
        tolerance: the largest difference that is accepted.
    """

    precision: str
    prompts: int
    difference: float
    effect: float
    tolerance: float


def merge(
    tune: FineTune,
    backbone: Backbone,
    template: Template,
    tokenizer: PreTrainedTokenizerBase,
    precision: str,
    folder: Path,
) -> Agreement:
    """Writes the merged model to a folder, as transformers loads it: safetensors, configuration, tokenizer.

    Args:
        tune, backbone, template, tokenizer: what belongs together; the template is that of the tokenizer.
        precision: of the weights: bf16, fp16 or fp32.
        folder: where it is written.

    Raises:
        DataError: the adapter's weights cannot be used.
        RunError: the folder's logits are further from the adapter's than the tolerance, or than the backbone's are.
    """
    import torch

    model: Any = load_model(backbone, torch.float32)
    prompts = _prompts(template, tokenizer)
    plain = _logits(model, prompts)
    model = with_adapter(model, tune.folder).eval()
    with usable(tune.folder):
        expected = _logits(model, prompts)
        merged = model.merge_and_unload(safe_merge=True).to(getattr(torch, _DTYPES[precision]))
    with redirect_stderr(StringIO()):  # bars of the libraries below
        merged.save_pretrained(str(folder))
        tokenizer.save_pretrained(str(folder))
        del model, merged  # the next line needs their memory
        found = _reloaded(folder, template, prompts)
    off, effect = _distance(found, expected), _distance(plain, expected)
    agreement = Agreement(precision, len(prompts), off, effect, TOLERANCES[precision])
    require_agreement(agreement)
    return agreement


def require_agreement(agreement: Agreement) -> None:
    """Raises RunError unless the merged weights answer like backbone and adapter, and not like the backbone alone."""
    off, known = f"{agreement.difference:.2g}", f"merged in {agreement.precision}"
    remedy = "publish the adapter" if agreement.precision == "fp32" else "export with --precision fp32, or the adapter"
    if not agreement.difference <= agreement.tolerance:
        raise RunError(f"{known}, logits are off by {off}, more than {agreement.tolerance:g}; {remedy}")
    if agreement.difference >= agreement.effect:
        raise RunError(
            f"{known}, logits are off by {off}, more than the adapter changes ({agreement.effect:.2g}); {remedy}"
        )


def _prompts(template: Template, tokenizer: PreTrainedTokenizerBase) -> list[list[int]]:
    tokens = Tokens(tokenizer, stop_tokens(tokenizer, None))
    return [tokens.prompt(template.render(*probe), template.special_tokens) for probe in _PROBES]


def _reloaded(folder: Path, template: Template, prompts: Sequence[list[int]]) -> torch.Tensor:
    """Logits of the folder, as someone has it who knows of transformers alone."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    if _prompts(template, AutoTokenizer.from_pretrained(str(folder))) != prompts:
        raise RunError(f"{folder}: the tokenizer that was saved makes other tokens; publish the adapter")
    # Rounded weights, exact arithmetic: so the comparison is of weights alone, and the same on every machine.
    model = AutoModelForCausalLM.from_pretrained(str(folder), dtype=torch.float32, use_safetensors=True)
    return _logits(model.eval(), prompts)


def _logits(model: Any, prompts: Sequence[list[int]]) -> torch.Tensor:
    """Logits after every token of every prompt [tokens, vocabulary], less their mean, which no probability sees."""
    import torch

    with torch.inference_mode():
        rows = torch.cat([model(input_ids=torch.tensor([ids]), use_cache=False).logits[0].float() for ids in prompts])
    return rows - rows.mean(dim=-1, keepdim=True)


def _distance(found: torch.Tensor, expected: torch.Tensor) -> float:
    return float((found - expected).norm() / expected.norm())
