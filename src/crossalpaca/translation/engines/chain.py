"""Engines one after the other, by way of other languages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from crossalpaca.errors import InputError
from crossalpaca.languages import language
from crossalpaca.translation.engines import Engine, answers
from crossalpaca.translation.limits import Limits


@dataclass(frozen=True, slots=True)
class Chain:
    """Engines, and the languages between them: one fewer than engines."""

    engines: tuple[Engine, ...]
    between: tuple[str, ...]

    @classmethod
    def of(cls, engines: Sequence[Engine], between: Sequence[str]) -> Chain:
        """A chain from what a user named.

        Raises:
            InputError: not every two engines have a language between them, or it is unknown.
        """
        if len(between) != len(engines) - 1 or not all(between):
            raise InputError("a chain of engines is ENGINE>LANGUAGE>ENGINE, such as deepl>es>apertium")
        return cls(tuple(engines), tuple(language(code).code for code in between))

    @property
    def name(self) -> str:
        """Engines and languages, as they follow one another."""
        pairs = zip(self.engines[1:], self.between, strict=True)
        return self.engines[0].name + "".join(f">{code}>{engine.name}" for engine, code in pairs)

    @property
    def limits(self) -> Limits:
        """The tightest of all; of the size a quarter."""
        all_of = [engine.limits for engine in self.engines]
        return Limits(
            texts=min(limits.texts for limits in all_of),
            size=min(limits.size for limits in all_of) // 4,  # the texts between may be longer, and have more bytes
            concurrent=min(limits.concurrent for limits in all_of),
            requests=min((limits.requests for limits in all_of if limits.requests is not None), default=None),
            characters=min((limits.characters for limits in all_of if limits.characters is not None), default=None),
        )

    @property
    def price(self) -> float:
        """Of all together; that of later engines holds for texts as long as the first's."""
        return sum(engine.price for engine in self.engines)

    @property
    def keeps_markup(self) -> bool:
        """All of them do."""
        return all(engine.keeps_markup for engine in self.engines)

    @property
    def one_sentence(self) -> bool:
        """One of them wants it."""
        return any(engine.one_sentence for engine in self.engines)

    def version(self, source: str, target: str) -> str:
        """Those of all, in order."""
        return ">".join(engine.version(*ends) for engine, ends in self._steps(source, target))

    def translate(self, texts: Sequence[str], source: str, target: str, *, markup: bool = False) -> list[str]:
        """Through each engine in turn; what one leaves empty the next is not asked."""
        made = list(texts)
        for engine, (start, end) in self._steps(source, target):
            asked = [text for text in made if text.strip()]
            got = iter(answers(engine, asked, start, end, markup=markup) if asked else ())
            made = [next(got) if text.strip() else text for text in made]
        return made

    def _steps(self, source: str, target: str) -> list[tuple[Engine, tuple[str, str]]]:
        return list(zip(self.engines, pairwise((source, *self.between, target)), strict=True))
