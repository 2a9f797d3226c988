"""What the page's buttons do: the models of the lineup answer one after the other, and each token is shown at once."""

from __future__ import annotations

import html
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from crossalpaca.demonstrations.wording import Wording
from crossalpaca.demonstrations.wording import instruction as translation_instruction
from crossalpaca.languages import language
from crossalpaca.playground.answering import Answer, Ensemble, Sampling
from crossalpaca.playground.texts import Texts
from crossalpaca.records import Direction, SentencePair

Shown = list[str]
"""What is happening, then the answer and its figures for each model of the lineup."""


@dataclass(slots=True)
class Streams:
    """Answers for the page.

    Attributes:
        ensemble: the models.
        texts: of the interface.
        wording: of the instructions to translate.
        stops: of sessions that are being answered: set when their user wants no more.
    """

    ensemble: Ensemble
    texts: Texts
    wording: Wording
    stops: dict[str, threading.Event] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """The models, in the order of the page."""
        return list(self.ensemble.candidates)

    def ask(
        self, session: str, instruction: str, input: str, chosen: Sequence[str], sampling: Sampling
    ) -> Iterator[Shown]:
        """The page after each token; every model answers after the one before it."""
        shown = dict.fromkeys(self.names, ("", ""))
        asked = [name for name in self.names if name in chosen]
        if not instruction.strip() or not asked:
            yield self._page(self.texts["no_instruction" if asked else "no_models"], shown)
            return
        stop = self.stops[session] = threading.Event()
        try:
            for name in asked:
                status = self.texts["answering"].format(model=html.escape(name))  # this part of the page is HTML
                yield self._page(status, shown)
                for answer in self.ensemble.answer(name, instruction, input, sampling, stop.is_set):
                    shown[name] = (answer.text, figures(answer, self.texts))
                    yield self._page(status, shown)
                if stop.is_set():
                    break
            yield self._page(self.texts["stopped" if stop.is_set() else "done"], shown)
        finally:
            if self.stops.get(session) is stop:
                del self.stops[session]

    def translate(
        self, session: str, text: str, code: str, direction: Direction, chosen: Sequence[str], sampling: Sampling
    ) -> Iterator[Shown]:
        """As `ask`, with the instruction to translate."""
        if not text.strip():
            yield self._page(self.texts["no_text"], dict.fromkeys(self.names, ("", "")))
            return
        yield from self.ask(session, self.instruction(code, direction), text, chosen, sampling)

    def instruction(self, code: str, direction: Direction) -> str:
        """How a translation between English and a language is asked for: always the same of its wordings, so that
        only the text differs from one translation to the next."""
        return translation_instruction(
            SentencePair("", "", ("en", code), ("", "")), direction, language(code), 0, self.wording
        )

    def stop(self, session: str) -> None:
        """Ends what a session is being answered."""
        if session in self.stops:
            self.stops[session].set()

    def prompts(self, instruction: str, input: str, chosen: Sequence[str]) -> str:
        """What the models are given; where their templates differ, each under the names of its models."""
        given: dict[str, list[str]] = {}
        for name in self.names:
            if name in chosen:
                given.setdefault(self.ensemble.prompt(name, instruction, input), []).append(name)
        if len(given) == 1:
            return next(iter(given))
        return "\n\n".join(f"[{', '.join(names)}]\n{prompt}" for prompt, names in given.items())

    def _page(self, status: str, shown: Mapping[str, tuple[str, str]]) -> Shown:
        return [status, *(part for name in self.names for part in shown[name])]


def figures(answer: Answer, texts: Texts) -> str:
    """Times, counts and the end of an answer in one line."""
    if answer.end == "too-long":
        return texts["too_long"].format(tokens=answer.prompt_tokens, window=int(answer.window))
    parts = [
        texts["figures"].format(
            first=_number(answer.first, 2, texts),
            seconds=_number(answer.seconds, 2, texts),
            tokens=answer.tokens,
            rate=_number(answer.rate, 1, texts),
        )
    ]
    if answer.end:
        parts.append(texts[f"end_{answer.end}"])
    return " · ".join(parts)


def _number(value: float, digits: int, texts: Texts) -> str:
    return f"{value:.{digits}f}".replace(".", texts["decimal"])
