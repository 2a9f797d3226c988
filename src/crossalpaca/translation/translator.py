"""Texts through an engine and the memory: each distinct text once, in full requests, never over the budget."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from crossalpaca.errors import InputError, ServiceError
from crossalpaca.records import Progress
from crossalpaca.translation.engines import Engine, answers, is_whole
from crossalpaca.translation.limits import Limits, packed
from crossalpaca.translation.memory import Entry, Memory, Scope
from crossalpaca.translation.sentences import sentences


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a translation would take.

    Attributes:
        segments: distinct ones; an engine that wants single sentences is given these.
        remembered: of them, those that the memory holds.
        characters: code points that would be sent.
        cost: of sending them, in the currency of the engine's price.
    """

    segments: int
    remembered: int
    characters: int
    cost: float


@dataclass(frozen=True, slots=True)
class Cut:
    """A text as the engine is given it.

    Attributes:
        segments: what is sent.
        blanks: the white space before each and after the last.
        too_long: the first segment that is longer than a request; empty where the text can be sent.
    """

    segments: tuple[str, ...]
    blanks: tuple[str, ...]
    too_long: str

    def joined(self, translations: dict[str, str]) -> str | None:
        """The translated text; None where a segment has no translation."""
        if not all(segment in translations for segment in self.segments):
            return None
        found = [translations[segment] for segment in self.segments]
        return self.blanks[0] + "".join(part + blank for part, blank in zip(found, self.blanks[1:], strict=True))


class Translator:
    """An engine with a memory and a budget.

    Attributes:
        engine, memory: what translates, and what remembers.
        max_cost: what all calls together may cost; None for no limit.
        spent: what they have cost so far.
        segments, characters: sent so far, in all calls.
    """

    def __init__(
        self, engine: Engine, memory: Memory, max_cost: float | None = None, progress: Progress | None = None
    ) -> None:
        self.engine = engine
        self.memory = memory
        self.max_cost = max_cost
        self.spent = 0.0
        self.segments = self.characters = 0
        self._progress = progress or (lambda done, total, unit, shown: None)
        self._pace = Pace(engine.limits)

    def estimate(self, texts: Sequence[str], source: str, target: str, *, markup: bool = False) -> Estimate:
        """What `translate_each` would send, and at what cost; nothing is sent.

        Raises:
            InputError: as `translate_each`, but for the budget.
        """
        segments = self._segments([self._cut(text, markup) for text in texts])
        known = self.memory.found(self._scope(source, target, markup), segments)
        characters = sum(len(segment) for segment in segments if segment not in known)
        return Estimate(len(segments), len(known), characters, self._cost(characters))

    def translate(self, texts: Sequence[str], source: str, target: str, *, markup: bool = False) -> list[str]:
        """The translations, as many as texts and in their order.

        White space around a text stays as it is. What is answered is remembered at once, so that a run that was
        stopped goes on from there.

        Args:
            texts: any number.
            source, target: codes of this project.
            markup: the texts are HTML fragments.

        Raises:
            InputError: it would cost more than is left, a text is too long, or the engine cannot translate this.
            ServiceError: the engine failed, or gave no usable translation of a text.
        """
        scope = self._scope(source, target, markup)
        cuts = [self._cut(text, markup) for text in texts]
        if too_long := next(filter(None, (cut.too_long for cut in cuts)), ""):
            limits = self.engine.limits
            raise InputError(
                f"{self.engine.name}: takes {limits.size} {limits.unit} at once, and {too_long[:40]!r}... has more; "
                "leave the text out"
            )
        made = self._translated(scope, cuts)
        missing = [text for text, translation in zip(texts, made, strict=True) if translation is None]
        if missing:
            raise ServiceError(
                f"{self.engine.name}: gave no usable translation of {len(missing)} of {len(texts)} texts, the first "
                f"{missing[0][:60]!r}; leave them out or name another engine; the others are remembered"
            )
        return [translation for translation in made if translation is not None]

    def translate_each(
        self, texts: Sequence[str], source: str, target: str, *, markup: bool = False
    ) -> list[str | None]:
        """The same, with None for a text that is too long, or of which the engine gave no usable translation.

        Raises:
            InputError, ServiceError: as `translate`, but for these.
        """
        scope = self._scope(source, target, markup)
        return self._translated(scope, [self._cut(text, markup) for text in texts])

    def _translated(self, scope: Scope, cuts: Sequence[Cut]) -> list[str | None]:
        """The translations, from the memory or the engine; None for a text that has none."""
        segments = self._segments(cuts)
        translations = self.memory.found(scope, segments)
        if len(translations) < len(segments):
            with self.memory.claim(scope):  # what another process got meanwhile is found
                translations = self.memory.found(scope, segments)
                translations |= self._sent(scope, [s for s in segments if s not in translations], len(segments))
        return [cut.joined(translations) for cut in cuts]

    def _sent(self, scope: Scope, segments: Sequence[str], total: int) -> dict[str, str]:
        """Answers to segments that nobody remembers, within the budget."""
        characters = sum(map(len, segments))
        cost = self._cost(characters)
        if self.max_cost is not None and self.spent + cost > self.max_cost:
            raise InputError(
                f"{self.engine.name}: {len(segments)} segments of {characters} characters would cost {cost:.2f}, with "
                f"{self.spent:.2f} of {self.max_cost:.2f} spent; nothing was sent; raise --max-cost or translate less"
            )
        tally = _Tally(total, total - len(segments), self._progress)
        answered: dict[str, str] = {}
        stop = threading.Event()

        def ask(request: list[str]) -> dict[str, str]:
            if stop.is_set():
                return {}
            try:
                return self._asked(scope, request, tally)
            except BaseException:
                stop.set()
                raise

        with ThreadPoolExecutor(self.engine.limits.concurrent) as pool:
            under_way = [pool.submit(ask, request) for request in packed(segments, self.engine.limits)]
            try:
                for future in under_way:
                    answered |= future.result()
            finally:
                stop.set()
        return answered

    def _asked(self, scope: Scope, request: list[str], tally: _Tally) -> dict[str, str]:
        """One request, remembered; texts without a usable answer are not in it."""
        characters = sum(map(len, request))
        self._pace.wait(characters)
        made = answers(self.engine, request, scope.source, scope.target, markup=scope.form == "html")
        usable = {text: answer for text, answer in zip(request, made, strict=True) if answer.strip()}
        self.memory.keep(Entry(scope, text, answer, self._cost(len(text))) for text, answer in usable.items())
        with tally.lock:
            self.spent += self._cost(characters)
            self.segments += len(request)
            self.characters += characters
            left = {} if self.max_cost is None else {"left": self.max_cost - self.spent}
            money = {"spent": self.spent, **left} if self.engine.price else {}
            tally.add(len(request), characters, money)
        return usable

    def _scope(self, source: str, target: str, markup: bool) -> Scope:
        if markup and not self.engine.keeps_markup:
            raise InputError(f"{self.engine.name}: keeps no markup; give it plain text")
        version = self.engine.version(source, target)
        return Scope(self.engine.name, version, source, target, "html" if markup else "text")

    def _cost(self, characters: int) -> float:
        return characters * self.engine.price / 1e6

    def _segments(self, cuts: Sequence[Cut]) -> list[str]:
        """The distinct segments of the texts that can be sent."""
        return list(dict.fromkeys(segment for cut in cuts if not cut.too_long for segment in cut.segments))

    def _cut(self, text: str, markup: bool) -> Cut:
        """Sentence by sentence where the engine wants that, or takes no more; HTML is never cut."""
        limits = self.engine.limits
        if not is_whole(text):
            raise InputError(f"{text[:40]!r}: holds half a character (a lone surrogate); mend the text")
        long = limits.measure(text) > limits.size
        parts = sentences(text) if (self.engine.one_sentence or long) and not markup else [text]
        segments, blanks = _stripped(parts)
        too_long = (segment for segment in segments if limits.measure(segment) > limits.size)
        return Cut(segments, blanks, next(too_long, "") if long else "")


def _stripped(parts: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Parts of a text without the white space around them, and this white space: before each and after the last."""
    segments: list[str] = []
    blanks = [""]
    for part in parts:
        core = part.strip()
        if not core:
            blanks[-1] += part
            continue
        before, _, after = part.partition(core)
        blanks[-1] += before
        segments.append(core)
        blanks.append(after)
    return tuple(segments), tuple(blanks)


@dataclass(slots=True)
class _Tally:
    """What has been done of a call, for who watches."""

    total: int
    done: int
    progress: Progress
    characters: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, segments: int, characters: int, money: dict[str, float]) -> None:
        """Counts a request; called with the lock held."""
        self.done += segments
        self.characters += characters
        self.progress(self.done, self.total, "segment", {"characters": str(self.characters), **money})


class Pace:
    """Lets requests go no faster than an engine allows, from however many threads."""

    def __init__(
        self,
        limits: Limits,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._limits, self._clock, self._sleep = limits, clock, sleep
        self._lock = threading.Lock()
        self._next = 0.0

    def wait(self, characters: int) -> None:
        """Returns when a request of this many characters may be sent."""
        with self._lock:
            start = max(self._clock(), self._next)
            self._next = start + max(self._gaps(characters))
        if (left := start - self._clock()) > 0:
            self._sleep(left)

    def _gaps(self, characters: int) -> Iterator[float]:
        yield 0.0
        if self._limits.requests is not None:
            yield 1 / self._limits.requests
        if self._limits.characters is not None:
            yield characters / self._limits.characters
