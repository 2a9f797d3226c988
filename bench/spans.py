"""Answer spans through translation: XQuAD from English into Spanish by Apertium, all 1190 questions.

Ours is `translation.extractive` on the whole file. Theirs is the plain way: translate the answer and find it, first
occurrence, in the same translated passage; `find_ignoring_case` is the same without regard to case.

  located         the share of questions whose answer has a place in the translated passage
  same_passage    of the placed answers, the share whose passage, translated with markers, is the published one without
                  them, white space aside; chrF (sacreBLEU) of the others
  f1              token F1, by XQuAD's official rules (SQuAD v1.1), of the located text against the answer that
                  professional translators marked in XQuAD's own Spanish file
  f1_placed       the same, but 0 where the located text is not in the sentence that answers to the one of the human
                  answer. The n-th sentence of the human passage answers to the n-th of the translated one, and only
                  passages with equally many in both are taken: a text that happens to be right in a wrong place is no
                  answer to the question
  unconfirmed     markers placed the answer, and what is between them has less than half of its characters in common
                  with the answer translated apart: most wrong spans are among these

F1 is given over the questions that both ways locate, and over all, where an answer that is not located scores 0.
The published file is audited against the English one; with --counts its counts are written.

Run: .venv/bin/python bench/spans.py --data ../shared/data --counts results/translation/xquad.json
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import fmean
from typing import Any

from crossalpaca.benchmarks.audit import Audit, audited
from crossalpaca.benchmarks.forms.extractive import read_published
from crossalpaca.benchmarks.forms.rows import Row
from crossalpaca.evaluation.official import squad_verdict
from crossalpaca.languages import language
from crossalpaca.sources.files import read_json
from crossalpaca.translation.alignment import SentenceAlignment
from crossalpaca.translation.engines import engine
from crossalpaca.translation.extractive import Translated, translate_squad
from crossalpaca.translation.limits import packed

OUT = Path(__file__).parent / "results/spans.json"
GOAL = {"located": 0.99, "same_passage": 0.95}
UNCONFIRMED = 50.0


ENGINE = engine("apertium")


def apertium(texts: Sequence[str]) -> list[str]:
    """HTML texts through the engine, in as many requests as it needs."""
    return [made for some in packed(texts, ENGINE.limits) for made in ENGINE.translate(some, "en", "es", markup=True)]


@dataclass(frozen=True)
class Case:
    """A question: the human Spanish answer, the translated passage, and where each way has the answer in it."""

    human: Row
    passage: str
    places: Mapping[str, tuple[int, str] | None]

    def f1(self, way: str) -> float:
        place = self.places[way]
        return squad_verdict(place[1], [self.human.answers[0].text]).f1 if place else 0.0

    def f1_placed(self, way: str, alignment: SentenceAlignment) -> float:
        start = self.human.answers[0].start
        place = self.places[way]
        if place is None or start is None:
            return 0.0
        first, last = alignment.of((start, start + len(self.human.answers[0].text)))[1]
        return self.f1(way) if first <= place[0] < last else 0.0


def find(passage: str, answer: str) -> tuple[int, str] | None:
    start = passage.find(answer)
    return (start, answer) if start >= 0 else None


def find_ignoring_case(passage: str, answer: str) -> tuple[int, str] | None:
    start = passage.lower().find(answer.lower())
    return (start, passage[start : start + len(answer)]) if start >= 0 else None


PLAIN: Mapping[str, Callable[[str, str], tuple[int, str] | None]] = {
    "find": find,
    "find_ignoring_case": find_ignoring_case,
}


def cases(translated: Translated, english: Sequence[Row], human: Sequence[Row]) -> list[Case]:
    """The questions of the English file, which the human one has in the same order."""
    contexts = {
        question["id"]: paragraph["context"]
        for article in translated.document["data"]
        for paragraph in article["paragraphs"]
        for question in paragraph["qas"]
    }
    apart = dict(zip((row.gold for row in english), apertium([row.gold for row in english]), strict=True))
    found = []
    for row, spanish, item in zip(english, human, translated.items, strict=True):
        passage = contexts.get(row.id, "")
        places = {way: search(passage, apart[row.gold].strip()) for way, search in PLAIN.items()}
        ours = (item.answers[0].start, item.answers[0].text) if item.answers else None
        found.append(Case(spanish, passage, {"ours": ours} | places))
    return found


def described_engine() -> str:
    return f"{ENGINE.name} {ENGINE.version('en', 'es')}"


def figures(way: str, everything: Sequence[Case]) -> dict[str, Any]:
    """Of one way: what is located, and F1 over all and over the questions that the plain way locates too."""
    alignments = [(case, SentenceAlignment(case.human.context, case.passage)) for case in everything]
    comparable = [(case, alignment) for case, alignment in alignments if alignment.one_to_one]
    result: dict[str, Any] = {
        "located": round(fmean(case.places[way] is not None for case in everything), 4),
        "f1": round(fmean(case.f1(way) for case in everything), 4),
        "f1_placed": round(fmean(case.f1_placed(way, alignment) for case, alignment in comparable), 4),
        "comparable": len(comparable),
    }
    for other in PLAIN if way == "ours" else (way,):
        both = [pair for pair in alignments if pair[0].places["ours"] and pair[0].places[other]]
        placed = [pair for pair in both if pair[1].one_to_one]
        result[f"both_locate_{other}"] = {
            "questions": len(both),
            "f1": round(fmean(case.f1(way) for case, _ in both), 4),
            "comparable": len(placed),
            "f1_placed": round(fmean(case.f1_placed(way, alignment) for case, alignment in placed), 4),
        }
    return result


def described(translated: Translated) -> dict[str, Any]:
    """How the answers were placed."""
    answers = [answer for item in translated.items for answer in item.answers]
    differing = [answer.chrf for answer in answers if answer.chrf < 100]
    return {
        "methods": dict(Counter(answer.method for answer in answers)),
        "same_passage": round(1 - len(differing) / len(answers), 4),
        "chrf_of_others": {"least": round(min(differing), 2), "mean": round(fmean(differing), 2)} if differing else {},
        "unconfirmed": sum(a.method == "marker" and a.likeness < UNCONFIRMED for a in answers),
        "left_out": dict(Counter(item.problem for item in translated.items if item.problem)),
    }


def audit(translated: Translated, english: Path) -> Audit:
    """The published file, written and read again as anyone would, against the English questions that it publishes."""
    with tempfile.TemporaryDirectory() as folder:
        path, reference = Path(folder) / "xquad.es.json", Path(folder) / "xquad.en.json"
        path.write_text(json.dumps(translated.document, ensure_ascii=False), encoding="utf-8")
        original, left_out = read_json(english), {item.name for item in translated.items if item.problem}
        for article in original["data"]:
            for paragraph in article["paragraphs"]:
                paragraph["qas"] = [question for question in paragraph["qas"] if question["id"] not in left_out]
        reference.write_text(json.dumps(original), encoding="utf-8")
        return audited(path, "xquad", "es", reference=reference)


def counts(result: Audit, translated: Translated) -> dict[str, Any]:
    shown = ("count", "severity", "errors")
    found = {name: {key: check[key] for key in shown} for name, check in result.to_json()["checks"].items()}
    published = [item for item in translated.items if not item.problem]
    left_out = {item.name: item.problem for item in translated.items if item.problem}
    methods = Counter(answer.method for item in published for answer in item.answers)
    return {
        "benchmark": "xquad",
        "from": "en",
        "to": "es",
        "engine": described_engine(),
        "questions": len(translated.items),
        "published": len(published),
        "methods": dict(methods),
        "quarantined": left_out,
        "audit": {"sound": result.sound, "failing": len(result.failing), "asked": dict(result.asked), "found": found},
        "command": "python bench/spans.py --data ../shared/data --counts results/translation/xquad.json",
        "date": datetime.now(UTC).date().isoformat(),
    }


def write(path: Path, content: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(content, indent=1, ensure_ascii=False))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with xquad/")
    parser.add_argument("--counts", type=Path, help="also write the counts of the translated benchmark here")
    options = parser.parse_args()
    english, human = (options.data / f"xquad/xquad.{code}.json.gz" for code in ("en", "es"))
    began = time.perf_counter()
    translated = translate_squad(english, read_json(english), language("en"), language("es"), apertium, True)
    seconds = time.perf_counter() - began
    everything = cases(translated, read_published(english, "").rows, read_published(human, "").rows)
    ours, theirs = figures("ours", everything), {way: figures(way, everything) for way in PLAIN}
    result = {
        "name": "spans",
        "ratio": round(ours["located"] / theirs["find"]["located"], 2),
        "peer": "the answer translated apart, found in the translated passage",
        "ours": ours | described(translated) | {"seconds": round(seconds, 1)},
        "theirs": theirs,
        "goal": GOAL,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}",
        "versions": {name: version(name) for name in ("rapidfuzz", "sacrebleu")}
        | {"apertium": ENGINE.version("en", "es")},
        "command": "python bench/spans.py --data ../shared/data",
        "date": datetime.now(UTC).date().isoformat(),
    }
    write(OUT, result)
    if options.counts:
        write(options.counts, counts(audit(translated, english), translated))


if __name__ == "__main__":
    main()
