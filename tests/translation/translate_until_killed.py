"""Translates numbered texts one request after the other, and tells each answer: a test kills it in the middle."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from services import Reversing

from crossalpaca.translation.limits import Limits
from crossalpaca.translation.memory import Memory
from crossalpaca.translation.translator import Translator


class Telling(Reversing):
    """Says on stdout what it is asked."""

    def translate(self, texts: Sequence[str], source: str, target: str, *, markup: bool = False) -> list[str]:
        print(*texts, sep="\n", flush=True)
        time.sleep(0.002)
        return super().translate(texts, source, target, markup=markup)


if __name__ == "__main__":
    engine = Telling(limits=Limits(texts=5, size=1000, concurrent=4))
    texts = [f"text-{number}" for number in range(int(sys.argv[2]))]
    translator = Translator(
        engine, Memory(Path(sys.argv[1])), progress=lambda done, total, unit, shown: print(f"done {done}", flush=True)
    )
    assert translator.translate(texts, "en", "es") == [text[::-1] for text in texts]
    print("finished", flush=True)
