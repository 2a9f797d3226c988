"""What a plan takes on a stated GPU, before anything runs: tokens, hours, memory, and characters to translate.

Estimates, from stated averages and from what data sheets say; `gpus.toml` and `amounts.toml` hold every assumption.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module

from crossalpaca.backbones import Backbone
from crossalpaca.planning.amounts import Amounts
from crossalpaca.planning.gpus import GIB, Gpu, reached
from crossalpaca.planning.sizes import Sizes, sizes
from crossalpaca.planning.speed import Answering, remedy, summed, training_memory, training_seconds
from crossalpaca.records import Step
from crossalpaca.store import step_key
from crossalpaca.translation import engines

_SERVED = "answers can come from a server instead (evaluation.server), which may quantise it"
_CURRENCIES = {"google": "US dollars", "deepl": "euros"}


def _assumed() -> dict[str, str]:
    return {
        "training": f"that training reaches {reached('training'):.0%} of the GPU's rate, less with quantised weights",
        "prefill": f"that prompts reach {reached('prefill'):.0%} of the GPU's rate",
        "decoding": f"that answers reach {reached('decoding'):.0%} of the GPU's bandwidth",
        "kernels": f"that starting the kernels of a layer takes {1000 * reached('kernels'):g} ms, however small it is",
        "disk": f"that weights are loaded at {reached('disk'):g} GB/s",
    }


@dataclass(frozen=True, slots=True)
class Work:
    """What one step takes, about.

    Attributes:
        title: of the step.
        kind: its name.
        items: demonstrations, questions or sentences.
        tokens: trained on, or asked, as often as they are seen.
        computed: tokens that go through the model, prefixes shared.
        generated: tokens of answers.
        characters: to be translated.
        costs: currency to what their translation costs.
        seconds: of the GPU, by the assumption that they rest on; none where it does not fit.
        memory: bytes of the GPU at the peak.
        fits: the GPU has them.
    """

    title: str
    kind: str
    items: int = 0
    tokens: float = 0.0
    computed: float = 0.0
    generated: float = 0.0
    characters: float = 0.0
    costs: Mapping[str, float] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
    memory: float = 0.0
    fits: bool = True

    @property
    def hours(self) -> float:
        """Of the GPU."""
        return sum(self.seconds.values()) / 3600


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a plan takes on a GPU.

    Attributes:
        gpu: the GPU.
        factor: within which the hours are, if the assumptions hold.
        works: key of a step to what it takes.
        remedies: what does not fit, and what would.
        notes: what was assumed.
    """

    gpu: Gpu
    factor: float
    works: Mapping[str, Work]
    remedies: Sequence[str]
    notes: Sequence[str]

    def total(self, kind: str = "", keys: Collection[str] | None = None) -> Work:
        """Sums over the steps of a kind, or of all, and the largest memory; `keys` names the steps that count."""
        chosen = [work for key, work in self.works.items() if kind in ("", work.kind) and (keys is None or key in keys)]
        return Work(
            title=f"{len(chosen)} steps",
            kind=kind,
            items=sum(work.items for work in chosen),
            tokens=sum(work.tokens for work in chosen),
            computed=sum(work.computed for work in chosen),
            generated=sum(work.generated for work in chosen),
            characters=sum(work.characters for work in chosen),
            costs=summed(work.costs for work in chosen),
            seconds=summed(work.seconds for work in chosen),
            memory=max((work.memory for work in chosen), default=0.0),
            fits=all(work.fits for work in chosen),
        )

    @property
    def dominating(self) -> str:
        """The assumption that most of the hours rest on."""
        seconds = self.total().seconds
        if not seconds:
            return "nothing: no step takes time on it"
        return _assumed()[max(seconds, key=lambda name: seconds[name])]

    @property
    def kinds(self) -> list[str]:
        """Kinds of steps that take something, in the order of the plan."""
        return list(dict.fromkeys(work.kind for work in self.works.values()))


def estimate(steps: Sequence[Step], gpu: Gpu) -> Estimate:
    """What the steps of a plan take on a GPU; they may rest on files that are not there.

    Raises:
        DataError: a file that is there cannot be read.
        InputError: the size of a backbone is not known.
    """
    estimating = _Estimating(steps, gpu)
    works = {step_key(step): work for step in steps if (work := estimating.work(step)) is not None}
    notes = [*estimating.notes, *estimating.amounts.notes]
    return Estimate(gpu, reached("factor"), works, [text for _, text in estimating.too_large.values()], notes)


class _Estimating:
    """The steps of one plan on one GPU, with what is to be said of them."""

    def __init__(self, steps: Sequence[Step], gpu: Gpu) -> None:
        self.gpu = gpu
        self.amounts = Amounts(steps)
        self.known: dict[str, Sizes] = {}
        self.too_large: dict[str, tuple[float, str]] = {}
        self.notes: dict[str, None] = {}

    def work(self, step: Step) -> Work | None:
        """What a step takes; None where it takes nothing of what is estimated."""
        if step.name == "train":
            return self._training(step)
        if step.name in ("evaluate", "align", "translate"):
            return self._asking(step)
        if step.name in ("translate-benchmark", "translate-instructions"):
            characters = self.amounts.characters(step)
            costs = dict(self._costs(step.arguments["engine"].engine, characters))
            return Work(step.title, step.name, characters=characters, costs=costs)
        return None

    def _sizes(self, backbone: Backbone) -> Sizes:
        if backbone.identity not in self.known:
            self.known[backbone.identity] = sizes(backbone)
            self.notes[f"{backbone.id}: its size is by {self.known[backbone.identity].known_by}"] = None
        return self.known[backbone.identity]

    def _training(self, step: Step) -> Work:
        backbone: Backbone = step.arguments["backbone"]
        of = self._sizes(backbone)
        recipe, load = self.amounts.training(step)
        memory = training_memory(of, recipe, load)
        fits = memory <= self.gpu.room
        if not fits:
            changes = remedy(of, recipe, load, self.gpu)
            shown = f"it would fit with training: {{{changes}}}" if changes else "no setting of the recipe makes it fit"
            self._needing(f"training with {recipe.base_weights} weights", backbone, memory, shown)
        self._precision(recipe.precision)
        return Work(
            step.title,
            step.name,
            items=load.demonstrations,
            tokens=load.tokens,
            computed=load.computed_tokens,
            seconds=training_seconds(of, recipe, load, self.gpu) if fits else {},
            memory=memory,
            fits=fits,
        )

    def _asking(self, step: Step) -> Work:
        backbone: Backbone = step.arguments["backbone"]
        asked = self.amounts.asked(step)
        work = Work(
            step.title,
            step.name,
            items=asked.items,
            tokens=asked.items * asked.prompt,
            computed=asked.items * asked.computed,
            generated=asked.items * asked.answer,
        )
        if step.arguments.get("served") is not None:
            self.notes["what a server answers takes no time here: its own machine is not estimated"] = None
            return work
        decoding = step.arguments["decoding"]
        self._precision(decoding.precision)
        answering = Answering(self._sizes(backbone), self.gpu, decoding.precision, decoding.batch)
        self._needing("asking", backbone, answering.least(asked), _SERVED)
        fits = answering.fits(asked)
        return replace(
            work, seconds=answering.seconds(asked) if fits else {}, memory=answering.memory(asked), fits=fits
        )

    def _needing(self, doing: str, backbone: Backbone, memory: float, remedy: str) -> None:
        """Keeps what does not fit, once for a backbone and with the most that it needs."""
        what = f"{doing} {backbone.id}"
        if memory > max(self.gpu.room, self.too_large.get(what, (0.0, ""))[0]):
            self.too_large[what] = memory, f"{what} needs {memory / GIB:.0f} GiB; {remedy}, or take a larger GPU"

    def _precision(self, precision: str) -> None:
        if precision == "bf16" and not self.gpu.bf16:
            self.notes[f"{self.gpu.name} has no bf16: the rate of fp16 is taken, and bf16 is slower there"] = None

    def _costs(self, spec: str, characters: float) -> Iterator[tuple[str, float]]:
        """Currency and cost of translation by an engine, or by each of a chain."""
        for part in engines.named(spec).split(">")[::2]:
            name = part.partition(":")[0]
            price = getattr(import_module(f"{engines.__name__}.{name}"), "PRICE", 0.0)
            if not isinstance(price, float):  # the name of what holds it: its user's to say
                self.notes[f"{name}: costs what {price} says, which is not in the sum"] = None
            elif price:
                yield _CURRENCIES.get(name, "units"), price * characters / 1e6
