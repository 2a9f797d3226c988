"""How a node tells the machine that started the run how far its step is."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from crossalpaca.records import Progress, Shown, Step

_INTERVAL = 0.5  # seconds between what a step tells of its progress


@dataclass(frozen=True, slots=True)
class Begun:
    """A step begins on a node."""

    key: str
    node: str


@dataclass(frozen=True, slots=True)
class Held:
    """A step waits, for another process holds it."""

    key: str
    holder: str


@dataclass(frozen=True, slots=True)
class Moved:
    """A step got on: what `Progress` is told."""

    key: str
    done: int
    total: int
    unit: str
    shown: Shown


News = Begun | Held | Moved
Tell = Callable[[News], None]


@dataclass(slots=True)
class Board:
    """Keeps what nodes tell until it is fetched; of the progress of one step, only the last."""

    _events: list[News] = field(default_factory=list)
    _moved: dict[str, Moved] = field(default_factory=dict)

    def tell(self, news: News) -> None:
        """Takes in what a node tells."""
        if isinstance(news, Moved):
            self._moved[news.key] = news
        else:
            self._events.append(news)

    def fetch(self) -> list[News]:
        """What was told since the last call."""
        found: list[News] = [*self._events, *self._moved.values()]
        self._events, self._moved = [], {}
        return found


class Telling:
    """An observer on a node: passes on what it sees of the one step with a key, and knows how long it took.

    The steps before it are watched too, but they are done.
    """

    def __init__(self, key: str, node: str, tell: Tell, waits: Callable[[str], None]) -> None:
        self.key, self.node, self.tell, self.waits = key, node, tell, waits
        self.seconds: float | None = None

    def started(self, step: Step, number: int, total: int) -> Progress:
        """Tells that the step begins; returns what tells of its progress, twice a second at most."""
        self.tell(Begun(self.key, self.node))
        last = 0.0

        def progress(done: int, of: int, unit: str, shown: Shown) -> None:
            nonlocal last
            now = time.monotonic()
            if now - last >= _INTERVAL or done == of:
                last = now
                self.tell(Moved(self.key, done, of, unit, dict(shown)))

        return progress

    def finished(self, step: Step, seconds: float) -> None:
        """Keeps how long it took."""
        self.seconds = seconds

    def waiting(self, step: Step, holder: str) -> None:
        """Tells who holds the step."""
        self.tell(Held(self.key, holder))
        self.waits(holder)
