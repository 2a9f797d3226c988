"""What a person sees: a bar a step on a terminal, plain lines elsewhere, tables at the end."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from crossalpaca.errors import printable

if TYPE_CHECKING:
    from rich.console import Console

    from crossalpaca.records import Progress, Shown, Step

_PLAIN_INTERVAL = 20.0  # seconds between lines of one step where there is no terminal


def duration(seconds: float) -> str:
    """Seconds as people say them: 42 s, 7 min 05 s, 2 h 03 min."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"


def figures(shown: Shown) -> str:
    """The few figures that a step shows beside its bar."""
    return ", ".join(
        f"{name} {value:.3g}" if isinstance(value, float) else f"{name} {value}" for name, value in shown.items()
    )


class Lines:
    """An observer for logs and pipes: a line when a step begins, now and then, and when it ends.

    Args:
        together: several steps are under way at a time, so that every line names its step.
    """

    def __init__(self, *, together: bool = False) -> None:
        self.together = together

    def started(self, step: Step, number: int, total: int) -> Progress:
        """Says which step begins."""
        size = f" ({step.size})" if step.size else ""
        self._say(f"[{number}/{total}] {step.title}{size}")
        began = last = time.monotonic()
        first: int | None = None

        def progress(done: int, of: int, unit: str, shown: Shown) -> None:
            nonlocal last, first
            now = time.monotonic()
            first = done if first is None else first
            if now - last < _PLAIN_INTERVAL or done in (first, of):
                return
            last = now
            left = (now - began) / (done - first) * (of - done)
            told = (f"{done}/{of} {unit}s", figures(shown), f"about {duration(left)} left")
            self._say(self._of(step) + ", ".join(filter(None, told)))

        return progress

    def finished(self, step: Step, seconds: float) -> None:
        """Says how long the step took."""
        self._say(f"{self._of(step)}done in {duration(seconds)}")

    def _of(self, step: Step) -> str:
        return f"{step.title}: " if self.together else "    "

    def waiting(self, step: Step, holder: str) -> None:
        """Says who holds the step."""
        self._say(f"{step.title}: waits for {holder}, which is making it")

    def _say(self, text: str) -> None:
        print(printable(text), file=sys.stderr, flush=True)


class Bars(Lines):
    """An observer for a terminal: a bar a step, with rate and time left."""

    def __init__(self) -> None:
        from rich.console import Console

        super().__init__()
        self.console = Console(stderr=True, highlight=False)
        self.live: Any = None

    def started(self, step: Step, number: int, total: int) -> Progress:
        """Opens the step's bar."""
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        columns = (
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[figures]}"),
            TimeRemainingColumn(elapsed_when_finished=True),
        )
        self.live = Bar(*columns, console=self.console, transient=True)
        self.live.start()
        task = self.live.add_task(
            printable(f"[{number}/{total}] {step.title}").replace("[", r"\["), total=None, figures=""
        )

        def progress(done: int, of: int, unit: str, shown: Shown) -> None:
            self.live.update(task, completed=done, total=of, figures=figures(shown))

        return progress

    def finished(self, step: Step, seconds: float) -> None:
        """Replaces the bar by a line."""
        self.live.stop()
        super().finished(step, seconds)

    def _say(self, text: str) -> None:
        self.console.print(printable(text), markup=False)

    def close(self) -> None:
        """Gives the terminal back, whatever happened."""
        if self.live is not None:
            self.live.stop()


@contextmanager
def observing(*, together: bool = False) -> Iterator[Lines]:
    """Bars where stderr is a terminal, lines elsewhere and where several steps run together; the last bar is closed at
    the end, whatever happens."""
    shown = Bars() if sys.stderr.isatty() and not together else Lines(together=together)
    try:
        yield shown
    finally:
        if isinstance(shown, Bars):
            shown.close()


def print_json(value: object) -> None:
    """A result for machines, on stdout: what a terminal would obey is escaped, all other text is as it is."""
    print(_escaped(json.dumps(value, indent=1, ensure_ascii=False)))


def print_json_line(value: object) -> None:
    """The same on one line, for one result of many."""
    print(_escaped(json.dumps(value, ensure_ascii=False)))


def _escaped(text: str) -> str:
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text)


def say(text: str) -> None:
    """Lines on stdout, without what a terminal would obey."""
    print("\n".join(map(printable, text.split("\n"))))


def console() -> Console:
    """Where tables go: stdout, without colours or wrapping to a terminal that is not there."""
    from rich.console import Console

    return Console(highlight=False) if sys.stdout.isatty() else Console(highlight=False, width=160, no_color=True)


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table on stdout; columns whose name begins with '>' are aligned right."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(title=printable(title) or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(
            column.removeprefix(">"), justify="right" if column.startswith(">") else "left", no_wrap=column[0] == ">"
        )
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))  # as text: brackets in it are no markup
    console().print(table)
