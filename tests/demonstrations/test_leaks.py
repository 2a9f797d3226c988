"""The leak check: what is planted is found, what is clean is not, and FLORES is never trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bitext_pairs import read_bitext
from crossalpaca.benchmarks import find_benchmark, read_examples
from crossalpaca.demonstrations.against import leak_index, named, refuse_named_flores, sift
from crossalpaca.demonstrations.leaks import CHARACTERS, WORDS, LeakIndex, parts, summary
from crossalpaca.errors import DataError, InputError
from crossalpaca.languages import language
from crossalpaca.records import Demonstration, Example, SourceFile
from crossalpaca.sources.files import source_file
from crossalpaca.sources.instructions import read_instructions

PASSAGE = (
    "The old lighthouse on the northern cape was built of grey stone in the autumn of a year that nobody in the "
    "village remembers, and its lamp was lit by hand."
)


def span(id: str, passage: str, question: str, answer: str) -> Example:
    before = "Text: "
    return Example(
        id=id,
        benchmark="xquad",
        task="",
        cluster=id,
        language="en",
        instruction="Answer.",
        input=f"{before}{passage}\nQuestion: {question}",
        answer="span",
        labels=(),
        choices=(),
        references=(answer,),
        origin="xquad.en.json",
        passage=(len(before), len(before) + len(passage)),
    )


def lettered(question: str, *choices: str) -> Example:
    shown = "".join(f"\n{label}. {text}" for label, text in zip("ABCD", choices, strict=True))
    return Example(
        "s:1", "mmlu", "s", "s:1", "en", "", question + shown, "letter", ("A", "B", "C", "D"), choices, ("A",), "s.csv"
    )


def demonstration(text: str, field: str = "input", id: str = "d:1") -> Demonstration:
    empty = Demonstration(id, "instruction", "Say something.", "", "Something.", "de", None, "d")
    return replace(empty, **{field: text})


INDEX = LeakIndex(
    [
        span("q1", PASSAGE, "Who lit the lamp by hand every evening?", "the keeper"),
        span("q2", PASSAGE, "Who sang?", "nobody"),
        span("q3", "None.", "What is it made of?", "grey stone"),
        span("q4", "为什么灯塔的灯每天晚上都要由人用手点亮这件事村里没有人记得了", "灯塔是谁点亮的呢？", "人"),
        lettered("Which stone is the hardest of all?", "a " * 12 + "rather long answer about stones", "b", "c", "d"),
    ]
)


@pytest.mark.parametrize("field", ["instruction", "input", "output"])
@pytest.mark.parametrize(
    ("text", "item", "part"),
    [
        ("Who lit the lamp by hand every evening?", "q1", "question"),
        ("I wonder: WHO lit the lamp, by hand, every evening - and why?", "q1", "question"),
        ("It says that " + " ".join(PASSAGE.split()[5 : 5 + WORDS]) + " he said", "q1", "passage"),
        (PASSAGE, "q1", "passage"),
        ("What is it made of?", "q3", "question"),
        ("请问：灯塔是谁点亮的呢", "q4", "question"),
        ("他说为什么灯塔的灯每天晚上都要由人用手点亮这件事", "q4", "passage"),
        ("Which stone is the hardest of all?", "s:1", "question"),
        ("It was a a a a a a a a rather long answer, really", "s:1", "answer"),
    ],
)
def test_a_leak_is_found_in_any_field(text: str, item: str, part: str, field: str) -> None:
    found = INDEX.leaks([demonstration(text, field)])
    assert [(leak.item, leak.part, leak.field) for leak in found] == [(item, part, field)]


@pytest.mark.parametrize(
    "text",
    [
        " ".join(PASSAGE.split()[: WORDS - 1]),
        "Who lit the lamp by hand?",
        "the keeper",
        "grey stone",
        "who sang",  # two words are too few to tell
        "他说灯每天晚上都要由人用手",
        "b",
        "",
    ],
)
def test_what_is_short_or_only_like_it_is_no_leak(text: str) -> None:
    assert INDEX.leaks([demonstration(text)]) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [("Was ist ein Gen?", 1), ("Antworte: was ist ein Gen", 1), ("Ich weiß nicht, was ist ein Gen wert ist.", 0)],
)
def test_a_short_question_must_be_a_sentence_of_its_own(text: str, found: int) -> None:
    index = LeakIndex([span("q", "Nichts.", "Was ist ein Gen?", "")])
    assert len(index.leaks([demonstration(text)])) == found


def test_a_row_of_numbers_is_no_passage() -> None:
    numbers = " ".join(map(str, range(30)))
    index = LeakIndex([span("q", f"{numbers} and more", "Which number comes next here?", "30")])
    assert index.leaks([demonstration(numbers)]) == []


def test_one_leak_is_told_for_each_file_of_a_benchmark() -> None:
    german = replace(span("q1", "Der Turm.", "Wer zündete die Lampe jeden Abend an?", ""), origin="xquad.de.json")
    index = LeakIndex([span("q1", PASSAGE, "Who lit the lamp by hand every evening?", ""), german])
    both = " Wer zündete die Lampe jeden Abend an? Who lit the lamp by hand every evening?"
    found = index.leaks([demonstration(PASSAGE + both)])
    assert sorted(leak.origin for leak in found) == ["xquad.de.json", "xquad.en.json"]


def test_nothing_leaks_into_nothing() -> None:
    assert LeakIndex([]).leaks([demonstration(PASSAGE)]) == []
    assert INDEX.leaks([]) == []


WORD = st.sampled_from(["eins", "zwei", "drei", "vier", "fünf", "sechs"])


@given(passage=st.lists(WORD, min_size=1, max_size=30), text=st.lists(WORD, max_size=40))
def test_a_passage_leaks_exactly_where_a_long_run_of_it_stands(passage: list[str], text: list[str]) -> None:
    size = min(WORDS, len(passage))
    runs = {tuple(passage[at : at + size]) for at in range(len(passage) - size + 1)}
    held = any(tuple(text[at : at + size]) in runs for at in range(len(text) - size + 1))
    expected = text == passage and size >= 3 if size < 5 else held
    found = LeakIndex([span("q", " ".join(passage), "", "")]).leaks([demonstration(" ".join(text))])
    assert bool(found) == expected


# Sifting


LEAKING, CLEAN = "Who lit the lamp by hand every evening?", "A sentence about something else altogether."


def candidates(leaking: Sequence[bool]) -> list[Demonstration]:
    return [demonstration(LEAKING if leaks else CLEAN, id=f"d:{n}") for n, leaks in enumerate(leaking)]


@given(leaking=st.lists(st.booleans(), max_size=20), count=st.integers(0, 20))
def test_the_next_in_line_take_the_places_of_what_leaks(leaking: list[bool], count: int) -> None:
    given_ones = candidates(leaking)
    kept, met = sift(given_ones, count, INDEX, "remove")
    clean = [each for each, leaks in zip(given_ones, leaking, strict=True) if not leaks]
    assert kept == clean[:count]
    passed = given_ones[: given_ones.index(kept[-1]) + 1] if len(kept) == count and kept else given_ones
    expected = [] if count == 0 else [each.id for each in passed if each.input == LEAKING]
    assert [leak.demonstration for leak in met] == expected


@given(leaking=st.lists(st.booleans(), min_size=1, max_size=20), data=st.data())
def test_what_leaks_stays_where_it_is_only_to_be_reported(leaking: list[bool], data: st.DataObject) -> None:
    count = data.draw(st.integers(1, len(leaking)))
    kept, met = sift(candidates(leaking), count, INDEX, "report")
    assert kept == candidates(leaking)[:count]
    assert len(met) == sum(leaking[:count])


def test_without_benchmarks_nothing_is_sifted() -> None:
    assert leak_index([]) is None
    assert sift(candidates([True, False]), 2, None, "remove") == (candidates([True, False]), [])


def test_the_summary_counts_by_file_and_part() -> None:
    found = INDEX.leaks([*candidates([True] * 7), demonstration(PASSAGE, id="p")])
    told = summary(found, "report")
    assert (told["policy"], told["demonstrations"]) == ("report", 8)
    assert told["tokens"] == {"words": WORDS, "characters": CHARACTERS}
    file = told["files"]["xquad: xquad.en.json"]
    assert (file["demonstrations"], file["parts"], len(file["examples"])) == (8, {"question": 7, "passage": 1}, 5)


# FLORES


@pytest.mark.parametrize(
    "name",
    ["flores200.devtest.de", "FLORES-101.dev.gz", "deu_Latn.devtest", "eng_Latn.dev", "x-zho_Hans.devtest.gz"],
)
def test_flores_is_refused_by_name(name: str) -> None:
    with pytest.raises(DataError, match="is FLORES"):
        refuse_named_flores([SourceFile(Path("a.en"), ""), SourceFile(Path("data") / name, "")])


@pytest.mark.parametrize("name", ["news.dev.de", "flowers.de", "deu_Latn.train.de", "newstest2019.de.gz"])
def test_other_names_are_not(name: str) -> None:
    refuse_named_flores([SourceFile(Path("flores") / name, "")])


def test_flores_under_another_name_is_refused(data_folder: Path) -> None:
    file = data_folder / "parallel/flores200.devtest.de"
    index = leak_index([{"benchmark": "flores", "language": "de", "files": [source_file(file)]}])
    sentences = file.read_text(encoding="utf-8").splitlines()
    with pytest.raises(DataError, match=r"d:0: is sentence 7 of FLORES \(flores200.devtest.de\), and so are 1 more"):
        sift([demonstration(sentences[6], "output", "d:0"), demonstration(sentences[9], id="d:1")], 2, index, "report")
    part = demonstration(" ".join(max(sentences, key=len).split()[1:]))
    kept, met = sift([part], 1, index, "remove")
    assert kept == []
    assert [(leak.part, leak.whole) for leak in met] == [("sentence", False)]


# What is named on the command line


def test_a_benchmark_is_named_with_its_file(tmp_path: Path) -> None:
    for name in ("xquad.de.json", "plain.json", "flores200.devtest.zh"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    entries = [
        ("xquad=", "xquad.de.json", "de"),
        ("bbh=", "plain.json", "it"),
        ("flores=", "flores200.devtest.zh", "zh-Hans"),
    ]
    for benchmark, name, code in entries:
        entry = named(f"{benchmark}{tmp_path / name}", "it")
        assert (entry["benchmark"], entry["language"]) == (benchmark[:-1], code)
        assert [file.name for file in entry["files"]] == [name]
    assert [file.name for file in named(f"mmlu={tmp_path}", "it")["files"]] == sorted(
        ["xquad.de.json", "plain.json", "flores200.devtest.zh"]
    )


@pytest.mark.parametrize(
    ("entry", "hint"), [("xqad=f", "did you mean xquad"), ("xquad", "BENCHMARK=FILE"), ("=f", "BENCHMARK=FILE")]
)
def test_what_names_no_benchmark_is_refused(entry: str, hint: str) -> None:
    with pytest.raises(InputError, match=hint):
        named(entry, "de")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is not there"):
        named(f"xquad={tmp_path / 'none.json'}", "de")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="holds no files"):
        named(f"mmlu={tmp_path / 'empty'}", "de")


# Real data


@pytest.fixture(scope="module")
def real_examples(data_folder: Path) -> dict[str, list[Example]]:
    def read(benchmark: str, code: str, *names: str) -> list[Example]:
        paths = [path for name in names for path in sorted(data_folder.glob(name))]
        return read_examples(find_benchmark(benchmark), paths, language(code), benchmark)

    return {
        "xquad.de": read("xquad", "de", "xquad/xquad.de.json.gz"),
        "xquad.en": read("xquad", "en", "xquad/xquad.en.json.gz"),
        "mmlu": read("mmlu", "en", "mmlu/test/*.csv"),
        "bbh": read("bbh", "en", "bbh/*.json"),
    }


@pytest.fixture(scope="module")
def real_demonstrations(data_folder: Path) -> list[Demonstration]:
    """The first 100 instruction demonstrations of German Alpaca and 100 translations of newstest2019."""
    instructions = list(read_instructions(data_folder / "alpaca/alpaca.de.12k.json.gz", "de"))[:100]
    files = [data_folder / f"parallel/de-en/newstest2019.{code}.gz" for code in ("en", "de")]
    pairs = list(read_bitext(files, "de"))[:100]
    return instructions + [
        Demonstration(f"{pair.id}:x-en", "translation", "Translate.", *pair.texts[::-1], "de", "x-en", pair.corpus)
        for pair in pairs
    ]


def planted(clean: Demonstration, text: str, number: int) -> Demonstration:
    """A text from a benchmark in one of the fields, alone or after what is there."""
    field = ("instruction", "input", "output")[number % 3]
    before = "" if number % 2 else getattr(clean, field).rstrip(".!?:") + ". "
    return replace(clean, id=f"planted:{number}", **{field: f"{before}{text}"})


@pytest.mark.parametrize(
    ("benchmark", "part"),
    [
        ("xquad.de", "question"),
        ("xquad.de", "passage"),
        ("xquad.en", "question"),
        ("xquad.en", "passage"),
        ("mmlu", "question"),
        ("bbh", "question"),
    ],
)
def test_all_that_is_planted_in_real_demonstrations_is_found_and_none_of_the_clean_ones(
    benchmark: str,
    part: str,
    real_examples: dict[str, list[Example]],
    real_demonstrations: list[Demonstration],
) -> None:
    examples = real_examples[benchmark]
    texts = [(each.id, text) for each in examples[:: len(examples) // 25] for kind, text in parts(each) if kind == part]
    texts = texts[:20]
    if part == "passage":
        texts = [(id, " ".join(text.split()[-14:])) for id, text in texts]
    leaking = [planted(real_demonstrations[9 * n], text, n) for n, (_, text) in enumerate(texts)]
    found = LeakIndex(examples).leaks(real_demonstrations + leaking)
    assert {leak.demonstration for leak in found} == {f"planted:{n}" for n in range(20)}


def test_the_clean_ones_are_clean_of_all_benchmarks_together(
    real_examples: dict[str, list[Example]], real_demonstrations: list[Demonstration]
) -> None:
    index = LeakIndex(example for examples in real_examples.values() for example in examples)
    assert len(real_demonstrations) == 200
    assert index.leaks(real_demonstrations) == []
