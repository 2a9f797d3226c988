"""Every reader of outside data, with small files that it reads: where the fuzzers begin."""

from __future__ import annotations

import csv
import gzip
import io
import json
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path

from small_bitext import FORMS

from crossalpaca.benchmarks import BENCHMARKS, read_examples
from crossalpaca.benchmarks.audit import audited_benchmark
from crossalpaca.benchmarks.flores import read_sentences
from crossalpaca.benchmarks.published import published
from crossalpaca.evaluation.answered import EXAMPLES, PREDICTIONS, read_answered
from crossalpaca.evaluation.scores import scores
from crossalpaca.experiment_files import shipped
from crossalpaca.grid import Grid
from crossalpaca.languages import language
from crossalpaca.records import Demonstration, Prediction, read_jsonl, to_line
from crossalpaca.sources.bitext import read_batches
from crossalpaca.sources.files import starter_folder
from crossalpaca.sources.instructions import read_instructions
from crossalpaca.store import MANIFEST, Store
from crossalpaca.translation.memory import Entry, Memory, Scope
from crossalpaca.translation.memory_tmx import read_tmx, write_tmx

Files = Mapping[str, bytes]
DATA = Path(__file__).parents[2] / "../shared/data"
CODE = "it"
PAIRS = [("A house & a <tree>.", "Una casa & un <albero>."), ("Why?", "Perché?"), ("Two\\n", "Due\\n")]


@dataclass(frozen=True)
class Reader:
    """A reader under fire.

    Attributes:
        seeds: files that it reads; the first of each is what is damaged, the others lie beside it.
        read: reads the files of a folder, whose damaged one is named.
    """

    seeds: Sequence[Files]
    read: Callable[[Path], object]


def _bitext(name: str) -> Reader:
    def read(path: Path) -> object:
        others = sorted(each for each in path.parent.iterdir() if each != path)
        return sum(len(batch.pairs) for batch in read_batches([path, *others], language(CODE), broken="skip"))

    return Reader([FORMS[name](PAIRS, CODE)], read)


def _starter(name: str, records: int = 3) -> bytes:
    rows = json.loads((starter_folder() / name).read_text("utf-8"))
    return json.dumps(rows[:records], ensure_ascii=False).encode()


def _real(name: str, take: Callable[[bytes], bytes]) -> list[bytes]:
    """A few records of a real file, where there is one."""
    path = DATA / name
    if not path.is_file():
        return []
    raw = path.read_bytes()
    return [take(gzip.decompress(raw) if path.suffix == ".gz" else raw)]


def _lines(count: int) -> Callable[[bytes], bytes]:
    return lambda raw: b"".join(islice(io.BytesIO(raw), count))


def _records(count: int) -> Callable[[bytes], bytes]:
    return lambda raw: json.dumps(json.loads(raw)[:count], ensure_ascii=False).encode()


def _examples(count: int) -> Callable[[bytes], bytes]:
    def take(raw: bytes) -> bytes:
        document = json.loads(raw)
        return json.dumps(document | {"examples": document["examples"][:count]}, ensure_ascii=False).encode()

    return take


def _paragraph(raw: bytes) -> bytes:
    article = json.loads(raw)["data"][0]
    paragraph = article["paragraphs"][0]
    some = article | {"paragraphs": [paragraph | {"qas": paragraph["qas"][:2]}]}
    return json.dumps({"data": [some]}, ensure_ascii=False).encode()


QA = {"id": "1", "question": "Chi?", "answers": [{"text": "Anna", "answer_start": 0}]}
SQUAD = json.dumps({"data": [{"title": "t", "paragraphs": [{"context": "Anna va a casa.", "qas": [QA]}]}]}).encode()
OBJECTS = json.dumps({"id": "1", "context": "Anna va.", "question": "Chi?", "answers": ["Anna"]}).encode()
BBH = json.dumps({"canary": "c", "examples": [{"input": "not ( True ) is", "target": "False"}] * 2}).encode()
LETTERED = json.dumps({"examples": [{"input": "Which?\nOptions:\n(A) one\n(B) two", "target": "(A)"}]}).encode()
SUM = json.dumps({"examples": [{"input": "((1 + -2) * 3) =", "target": "-3"}]}).encode()
CHOICES = b'Which?,one,two,three,four,A\nWho?,"a ""b""",c,d,e,B\n'
MMMLU = b"Question,A,B,C,D,Answer,Subject\nWhich?,one,two,three,four,A,anatomy\n"
CAIS = json.dumps({"question": "Which?", "choices": ["a", "b", "c", "d"], "answer": 1, "subject": "x"}).encode()


def _table(*rows: Sequence[str]) -> bytes:
    file = io.StringIO()
    csv.writer(file).writerows(rows)
    return file.getvalue().encode()


XQUAD_CSV = _table(("id", "context", "question", "answers"), ("1", "Anna va.", "Chi?", "{'text': 'Anna', 'start': 0}"))
BBH_CSV = _table(("input", "target"), ("Is it? - Yes - No", "Yes"))


def _benchmark(id: str, name: str, *contents: bytes) -> Reader:
    """Examples and audit of a file, whatever the published counts are."""
    chosen = BENCHMARKS[id]
    chosen = chosen if chosen.own else replace(chosen, check=lambda tables: None)

    def read(path: Path) -> object:
        read_examples(chosen, [path], language(CODE), id)
        return audited_benchmark(chosen, [path], language(CODE), [])

    return Reader([{name: content} for content in contents], read)


def _record_files() -> tuple[bytes, bytes]:
    path = starter_folder() / "qa.it.json"
    some = read_examples(BENCHMARKS["squad"], [path], language(CODE), "qa")[:3]
    answers = [Prediction(each.id, "m", "Una casa.", True, (3.5,), (), (), 10, 3) for each in some]
    return "".join(map(to_line, some)).encode(), "".join(map(to_line, answers)).encode()


def _read_evaluation(path: Path) -> object:
    return list(scores(read_answered(path.parent, "m", "alpaca", "greedy"), 1))


def _demonstrations() -> bytes:
    made = Demonstration("d:1", "translation", "Translate.", "Why?", "Perché?", CODE, "en-x", "small")
    return to_line(made).encode() * 2


def _memory_file() -> bytes:
    entries = [Entry(Scope("apertium", "1", "en", CODE), "A <b>\x07", "Un <b>", 0.5)] * 2
    with tempfile.TemporaryDirectory() as folder:
        write_tmx(Path(folder) / "memory.tmx", entries)
        return (Path(folder) / "memory.tmx").read_bytes()


def _import(path: Path) -> object:
    memory = Memory(path.with_name("memory.sqlite"))
    try:
        return memory.keep(read_tmx(path))
    finally:
        memory.close()


MANIFEST_FILE = json.dumps(
    {
        "key": "0" * 16,
        "name": "train",
        "title": "train a model",
        "arguments": {"seed": 1},
        "inputs": {},
        "outputs": {"a.txt": {"sha256": "0" * 64, "bytes": 4}},
        "seconds": 0.5,
        "finished": "2026-01-01T00:00:00Z",
    }
).encode()


def _read_store(path: Path) -> object:
    store = Store(path.parent / "store")
    place = store.root / "artefacts" / "train-0000000000000000"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    shutil.copyfile(path, place / MANIFEST)
    damages = [asdict(damage) for damage in store.verify()]
    told = [(m["title"], sum(o["bytes"] for o in m["outputs"].values()), m["finished"]) for _, m in store.manifests()]
    return damages, told


TRANSLATED = json.dumps({"read_as": "tasks", "published_files": ["a.json"], "kept_out": {"a": "why"}}).encode()


def readers() -> dict[str, Reader]:
    """Every reader by name."""
    examples, predictions = _record_files()
    alpaca = [_starter("instructions.it.json"), *_real("alpaca/alpaca.de.12k.json.gz", _records(3))]
    experiments = [path.read_bytes() for path in shipped().values()]
    xquad = [SQUAD, *_real("xquad/xquad.es.json.gz", _paragraph)]
    flores = _real("parallel/flores200.devtest.it", lambda raw: raw) or [b"Una frase.\n" * 1012]
    # fmt: off
    return {f"bitext, {name}": _bitext(name) for name in FORMS} | {
        "instructions, list": Reader([{"a.json": c} for c in alpaca], lambda p: list(read_instructions(p, CODE))),
        "instructions, lines": Reader(
            [{"a.jsonl": b"\n".join(json.dumps(row).encode() for row in json.loads(c))} for c in alpaca],
            lambda p: list(read_instructions(p, CODE))),
        "squad, JSON": _benchmark("squad", "a.json", *xquad),
        "squad, lines": _benchmark("squad", "a.jsonl", OBJECTS),
        "squad, CSV": _benchmark("squad", "a.csv", XQUAD_CSV),
        "xquad, JSON": _benchmark("xquad", "a.json", *xquad),
        "xquad, CSV": _benchmark(
            "xquad", "a.csv", XQUAD_CSV, *_real("crossalpaca-release/Italian/XQUAD/xquad_IT.csv.gz", _lines(3))),
        "mlqa": _benchmark("mlqa", "a.json", *xquad, *_real("mlqa-dev/es.json.gz", _paragraph)),
        "mmlu": _benchmark("mmlu", "a_test.csv", CHOICES, *_real("mmlu/dev/anatomy_dev.csv", _lines(4))),
        "choices, CSV": _benchmark("choices", "a.csv", MMMLU, CHOICES),
        "choices, lines": _benchmark("choices", "a.jsonl", CAIS),
        "bbh, logic": _benchmark(
            "bbh", "boolean_expressions.json", BBH, *_real("bbh/boolean_expressions.json", _examples(3))),
        "bbh, letters": _benchmark(
            "bbh", "date_understanding.json", LETTERED, *_real("bbh/date_understanding.json", _examples(2))),
        "bbh, sums": _benchmark("bbh", "multistep_arithmetic_two.json", SUM),
        "bbh, brackets": _benchmark("bbh", "dyck_languages.json", BBH, *_real("bbh/dyck_languages.json", _examples(2))),
        "tasks, CSV": _benchmark("tasks", "navigate.csv", BBH_CSV),
        "flores": Reader([{"ita_Latn.devtest": content} for content in flores], read_sentences),
        "experiment": Reader([{"a.yaml": c} for c in experiments], Grid.load),
        "demonstrations": Reader([{"a.jsonl": _demonstrations()}], lambda p: list(read_jsonl(p, Demonstration))),
        "examples": Reader([{EXAMPLES: examples, PREDICTIONS: predictions}], _read_evaluation),
        "predictions": Reader([{PREDICTIONS: predictions, EXAMPLES: examples}], _read_evaluation),
        "memory": Reader([{"memory.tmx": _memory_file()}], _import),
        "manifest": Reader([{"manifest.json": MANIFEST_FILE}], _read_store),
        "translated benchmark": Reader([{"report.json": TRANSLATED}], lambda p: published(p.parent)),
    }
    # fmt: on
