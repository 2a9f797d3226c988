"""Answers token by token: one backbone in memory for all its fine-tunes, and the same prompts as everywhere.

Greedily, an answer is the one that evaluation gets (in float32; in bfloat16 the order of sums may turn a near tie).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from crossalpaca.backbones import Backbone, load_model, load_tokenizer
from crossalpaca.decoding.models import require_backbone, require_template
from crossalpaca.decoding.tokens import Tokens, stop_tokens, window_of
from crossalpaca.interoperability.adapting import with_adapter
from crossalpaca.playground.lineup import Candidate
from crossalpaca.prompts import Template, of_tokenizer

if TYPE_CHECKING:
    import torch

End = Literal["", "ended", "limit", "stopped", "too-long"]
"""How an answer ended: not yet, by itself, at the limit of tokens, by the user, or never begun: its prompt is longer
than the model's window."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How tokens are chosen.

    Attributes:
        temperature: 0 takes the likeliest token each time, as evaluation does.
        top_p: of the likeliest tokens, those that reach this share of probability together are drawn from; above 0.
        max_new_tokens: an answer ends there if the model does not end it.
        seed: of what is drawn; every answer begins with it anew.
    """

    temperature: float = 0.0
    top_p: float = 1.0
    max_new_tokens: int = 256
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer so far.

    Attributes:
        text: what the tokens say, without a character that is not whole yet.
        tokens, prompt_tokens: counts; the answer's without what ends it.
        first, seconds: from the question to the first token, and until now.
        end: how it ended; empty while it goes on.
        window: tokens of prompt and answer at most.
    """

    text: str = ""
    tokens: int = 0
    prompt_tokens: int = 0
    first: float = 0.0
    seconds: float = 0.0
    end: End = ""
    window: float = 0.0

    @property
    def rate(self) -> float:
        """Tokens a second, the prompt's time included."""
        return self.tokens / self.seconds if self.seconds else 0.0


@dataclass(slots=True)
class _Loaded:
    """A backbone in memory, with all its adapters on it.

    Attributes:
        adapters: folder of a fine-tune to what peft calls its adapter.
        active: the adapter that is switched on; None where none is.
    """

    model: Any
    tokens: Tokens
    window: float
    adapters: dict[Path, str]
    active: str | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def following(self, adapter: Path | None, ids: Sequence[int], cache: Any) -> torch.Tensor:
        """Logits [vocabulary] of what follows the cache's tokens and these, in float32.

        The lock is held for one token, not for an answer: so one that nobody waits for any more holds up nobody.
        """
        import torch

        with self.lock, torch.inference_mode():
            self._switch(None if adapter is None else self.adapters[adapter])
            output = self.model(
                input_ids=torch.tensor([list(ids)], device=self.model.device),
                cache=cache,
                use_cache=True,
                logits_to_keep=1,
            )
            logits: torch.Tensor = output.logits[0, -1].float()
            return logits

    def _switch(self, adapter: str | None) -> None:
        if adapter == self.active:
            return
        if adapter is None:
            self.model.base_model.disable_adapter_layers()
        else:
            self.model.base_model.enable_adapter_layers()
            self.model.set_adapter(adapter, inference_mode=True)
        self.active = adapter


class Ensemble:
    """The models that are asked, loaded: each backbone once.

    Args:
        candidates: the models.
        precision: of weights and computation: bf16 or fp32.

    Raises:
        InputError: an adapter is for another backbone or prompt template.
        DataError: an adapter's weights cannot be used.
        BackboneError: a backbone cannot be loaded.
    """

    def __init__(self, candidates: Sequence[Candidate], precision: str) -> None:
        self.candidates = {each.name: each for each in candidates}
        self._loaded: dict[str, _Loaded] = {}
        self._templates: dict[str, Template] = {}
        for each in candidates:
            identity = each.backbone.identity
            if identity not in self._loaded:
                adapters = [a.adapter for a in candidates if a.backbone.identity == identity and a.adapter]
                self._loaded[identity] = _load(each.backbone, adapters, precision)
            own = of_tokenizer(each.template, self._loaded[identity].tokens.tokenizer)
            if each.adapter is not None:
                require_template(each.adapter, own)
            self._templates[each.name] = own

    def prompt(self, name: str, instruction: str, input: str) -> str:
        """The text that a model is given."""
        return self._templates[name].render(instruction, input)

    def answer(
        self,
        name: str,
        instruction: str,
        input: str,
        sampling: Sampling,
        stopped: Callable[[], bool] = lambda: False,
    ) -> Iterator[Answer]:
        """A model's answer after each token, and once more when it has ended.

        Args:
            name: of the model.
            instruction, input: what the prompt is rendered from.
            sampling: how tokens are chosen.
            stopped: asked before every token; true ends the answer.
        """
        candidate, template = self.candidates[name], self._templates[name]
        loaded = self._loaded[candidate.backbone.identity]
        prompt = loaded.tokens.prompt(template.render(instruction, input), template.special_tokens)
        limit = min(sampling.max_new_tokens, loaded.window - len(prompt))
        begun = Answer(prompt_tokens=len(prompt), window=loaded.window)
        if limit < 1:
            yield replace(begun, end="too-long")
            return
        yield from _generate(loaded, candidate.adapter, prompt, replace(sampling, max_new_tokens=int(limit)), stopped)


def _generate(
    loaded: _Loaded, adapter: Path | None, prompt: Sequence[int], sampling: Sampling, stopped: Callable[[], bool]
) -> Iterator[Answer]:
    from transformers import DynamicCache

    started = time.perf_counter()
    choose, cache = _chooser(sampling), DynamicCache(config=loaded.model.config)
    tokens: list[int] = []
    answer, fresh = Answer(prompt_tokens=len(prompt), window=loaded.window), prompt
    while not answer.end:
        if stopped():
            answer = replace(answer, seconds=time.perf_counter() - started, end="stopped")
        else:
            token = choose(loaded.following(adapter, fresh, cache))
            seconds = time.perf_counter() - started
            answer = replace(answer, first=answer.first or seconds, seconds=seconds)
            if token in loaded.tokens.stop:
                answer = replace(answer, end="ended")
            else:
                tokens.append(token)
                fresh = [token]
                answer = replace(
                    answer, tokens=len(tokens), end="limit" if len(tokens) == sampling.max_new_tokens else ""
                )
        text = str(loaded.tokens.tokenizer.decode(tokens, skip_special_tokens=True))
        answer = replace(answer, text=text if answer.end else text.rstrip("\N{REPLACEMENT CHARACTER}"))
        yield answer


def _chooser(sampling: Sampling) -> Callable[[torch.Tensor], int]:
    """What takes the next token from logits [vocabulary]."""
    import torch

    if sampling.temperature <= 0:
        return lambda logits: int(logits.argmax())
    drawn = torch.Generator().manual_seed(sampling.seed)

    def choose(logits: torch.Tensor) -> int:
        # On the processor: a seed then draws alike on every device.
        shares, tokens = (logits.cpu() / sampling.temperature).softmax(-1).sort(descending=True)
        shares[shares.cumsum(-1) - shares >= sampling.top_p] = 0  # the likeliest always stays
        return int(tokens[torch.multinomial(shares, 1, generator=drawn)])

    return choose


def _load(backbone: Backbone, adapters: Sequence[Path], precision: str) -> _Loaded:
    import torch

    for adapter in adapters:
        require_backbone(adapter, backbone)  # before anything is loaded
    tokenizer = load_tokenizer(backbone)
    model: Any = load_model(backbone, torch.bfloat16 if precision == "bf16" else torch.float32)
    tokens, window = Tokens(tokenizer, stop_tokens(tokenizer, model.generation_config)), window_of(model.config)
    names = {adapter: f"adapter{number}" for number, adapter in enumerate(dict.fromkeys(adapters))}
    for adapter, name in names.items():
        model = with_adapter(model, adapter, name)
    model = model.eval().to("cuda" if torch.cuda.is_available() else "cpu")
    return _Loaded(model, tokens, window, names, next(iter(names.values()), None))
