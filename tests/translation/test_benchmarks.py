"""Translated benchmarks: what stays, what is made again, what is quarantined."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from quick_engines import longer, same

from crossalpaca.benchmarks import BENCHMARKS, read_examples
from crossalpaca.benchmarks.audit import audited
from crossalpaca.benchmarks.bbh import KINDS
from crossalpaca.benchmarks.forms.rows import Row, Table
from crossalpaca.errors import DataError
from crossalpaca.languages import language
from crossalpaca.translation.benchmarks import Made, Service, publish, summary, translated
from crossalpaca.translation.benchmarks.drafts import Refused, answer_words
from crossalpaca.translation.benchmarks.files import by_task, published_tables
from crossalpaca.translation.benchmarks.reasoning import EXCLUDED, HANDLING

Engine = Callable[[Sequence[str]], list[str]]
ENGLISH, SPANISH = language("en"), language("es")


def bbh(path: Path, engine: Engine, target: str = "es", markup: bool = True) -> Made:
    benchmark = BENCHMARKS["bbh"]
    table = benchmark.form.read(path, benchmark.form.task(path))
    return translated(benchmark, table, Service(engine, markup, ENGLISH, language(target)))


@pytest.fixture
def item(tmp_path: Path) -> Callable[..., Row | Refused]:
    """One item of a task after translation."""

    def make(task: str, text: str, gold: str, engine: Engine = longer, markup: bool = True) -> Row | Refused:
        path = tmp_path / f"{task}.json"
        path.write_text(json.dumps({"examples": [{"input": text, "target": gold}]}), encoding="utf-8")
        return bbh(path, engine, markup=markup).rows[1]

    return make


ITEMS = [
    ("boolean_expressions", "not ( True ) and False is", "False", "not ( Verdadero ) and Falso is", "Falso"),
    ("multistep_arithmetic_two", "((-1 + 2) * 3) =", "3", "((-1 + 2) * 3) =", "3"),
    ("dyck_languages", "Complete it. Input: < [ (", ") ] >", "Completeo ito. Inputo: < [ (", ") ] >"),
    (
        "navigate",
        "Do you return? Take 3 steps.\nOptions:\n- Yes\n- No",
        "Yes",
        "Doo youo returno? Takeo 3 stepso.\nOpciones:\n- Sí\n- No",
        "Sí",
    ),
    (
        "formal_fallacies",
        '"So it is."\nIs it valid or invalid?\nOptions:\n- valid \n- invalid',
        "invalid",
        '"Soo ito iso."\nIso ito valido oro invalido?\nOpciones:\n- válido \n- no válido',
        "no válido",
    ),
    ("web_of_lies", "Question: Ann lies. Does Ann lie?", "No", "Pregunta: Ann lieso. Doeso Ann lieo?", "No"),
    ("sports_understanding", 'Is it so? "Go."', "yes", 'Iso ito soo? "Goo."', "sí"),
    (
        "date_understanding",
        "Today is 02/01/1987. What day in MM/DD/YYYY?\nOptions:\n(A) 12/02/1986\n(B) 12/01/1986",
        "(B)",
        "Todayo iso 02/01/1987. Whato dayo ino MM/DD/YYYY?\nOpciones:\n(A) 12/02/1986\n(B) 12/01/1986",
        "(B)",
    ),
    (
        "geometric_shapes",
        'This <path d="M 5,6 L 7,8"/> draws a\nOptions:\n(A) circle\n(B) line',
        "(B)",
        'Thiso <path d="M 5,6 L 7,8"/> drawso ao\nOpciones:\n(A) circleo\n(B) lineo',
        "(B)",
    ),
    (
        "movie_recommendation",
        "Find a movie similar to Batman, The Mask:\nOptions:\n(A) Go\n(B) The Front Page",
        "(A)",
        "Findo ao movieo similaro too Batman, The Mask:\nOpciones:\n(A) Go\n(B) The Front Page",
        "(A)",
    ),
    (
        "penguins_in_a_table",
        "A table:  name, age Louis, 7, 50, 11 Gwen, 8, 70, 15  How old is Louis?\nOptions:\n(A) 7\n(B) Gwen",
        "(A)",
        "Ao tableo:  nameo, ageo Louis, 7, 50, 11 Gwen, 8, 70, 15  Howo oldo iso Louis?\nOpciones:\n(A) 7\n(B) Gwen",
        "(A)",
    ),
    (
        "temporal_sequences",
        "We know that:\nAnn woke up at 7am.\nWhen?\nOptions:\n(A) 7am to 9am\n(B) 9am to 1pm",
        "(A)",
        "Weo knowo thato:\nAnno wokeo upo ato 7am.\nWheno?\nOpciones:\n(A) 7am too 9am\n(B) 9am too 1pm",
        "(A)",
    ),
    (
        "word_sorting",
        "Sort the words alphabetically: List: Pear it&t apple",
        "apple it&t Pear",
        "Sorto theo wordso alphabeticallyo: Listo: pearo ito&t appleo",
        "appleo ito&t pearo",
    ),
    (
        "disambiguation_qa",
        "Explain it.\nSentence: He met her.\nOptions:\n(A) He did\n(B) Ambiguous",
        "(B)",
        "Explaino ito.\nSentenceo: He met her.\nOpciones:\n(A) He did\n(B) Ambiguous",
        "(B)",
    ),
    (
        "salient_translation_error_detection",
        "Find the error.  Source: Ein Hund.\nTranslation: A cat.\nIt is\nOptions:\n(A) Facts\n(B) Names",
        "(A)",
        "Findo theo erroro.  Sourceo: Ein Hund.\nTranslationo: A cat.\nIto iso\nOpciones:\n(A) Factso\n(B) Nameso",
        "(A)",
    ),
    (
        "ruin_names",
        "Which is a humorous edit of this: 'rain man'?\nOptions:\n(A) ruin man\n(B) rains man",
        "(A)",
        None,
        "(A)",
    ),
]


@pytest.mark.parametrize("markup", [True, False])
@pytest.mark.parametrize(("task", "text", "gold", "expected", "answer"), ITEMS, ids=[case[0] for case in ITEMS])
def test_what_stays_of_each_task(item, markup: bool, task: str, text: str, gold: str, expected, answer: str) -> None:
    made = item(task, text, gold, markup=markup)
    assert isinstance(made, Row)
    if expected is None:
        expected = "Whicho iso ao humorouso edito ofo thiso: 'rain man'?\nOpciones:\n(A) ruin man\n(B) rains man"
    assert (made.question, made.gold) == (expected, answer)


def replacing(**words: str) -> Engine:
    """An engine that knows a few words."""

    def engine(texts: Sequence[str]) -> list[str]:
        made = list(texts)
        for word, other in words.items():
            made = [text.replace(word, other) for text in made]
        return made

    return engine


SHELF = "There are two birds: a {} and a {}. The {} is first.\nOptions:\n(A) The {} is last\n(B) The {} is last"
CROW_AND_RAVEN = SHELF.format("crow", "raven", "crow", "crow", "raven")
CROW_AND_HERON = SHELF.format("crow", "heron", "crow", "crow", "raven")
DEDUCTION = "logical_deduction_three_objects"
COLOURS = "I see a red cup, a blue mug, and two red cups. How many?\nOptions:\n(A) one\n(B) two"


@pytest.mark.parametrize(
    ("task", "text", "engine", "reason"),
    [
        (DEDUCTION, CROW_AND_RAVEN, same, None),
        (DEDUCTION, CROW_AND_RAVEN, replacing(crow="raven"), "options-merged"),
        (DEDUCTION, CROW_AND_HERON, same, "option-not-in-text"),
        ("reasoning_about_colored_objects", COLOURS, same, None),
        ("reasoning_about_colored_objects", COLOURS, replacing(mug="cup"), "terms-merged"),
        ("geometric_shapes", "It draws a\nOptions:\n(A) kite\n(B) circle", replacing(kite="circle"), "options-merged"),
        ("word_sorting", "Sort: List: cup mug", replacing(mug="cup"), "words-merged"),
        ("word_sorting", "Sort: List: ox zebra", replacing(ox="óx"), "order-disputed"),
        ("navigate", "Take 3 steps.\nOptions:\n- Yes\n- No", lambda texts: ["" for _ in texts], "lost"),
    ],
)  # fmt: skip
def test_why_an_item_is_quarantined(item, task: str, text: str, engine: Engine, reason: str | None) -> None:
    made = item(task, text, "(A)", engine=engine)
    assert (made.reason if isinstance(made, Refused) else None) == reason


def test_a_word_that_becomes_several_stays_as_it_was(item) -> None:
    made = item("word_sorting", "Sort: List: therefrom apple", "apple therefrom", engine=replacing(therefrom="de allí"))
    assert (made.question, made.gold) == ("Sort: List: therefrom apple", "apple therefrom")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("True, False", "Verdadero, Falso"), ("yes", "sí"), ("Invalid", "No válido"), ("Yes, it is", None), ("", None)],
)
def test_answer_words_are_those_of_the_table(text: str, expected: str | None) -> None:
    assert answer_words(text, ENGLISH, SPANISH) == expected


def test_tasks_with_a_handling_are_tasks_of_the_benchmark() -> None:
    assert set(HANDLING) <= set(KINDS)
    assert len(EXCLUDED) == 5


@pytest.mark.parametrize("task", sorted(KINDS))
@pytest.mark.parametrize("markup", [True, False])
def test_an_engine_that_changes_nothing_leaves_the_published_tasks_as_they_are(
    data_folder: Path, task: str, markup: bool
) -> None:
    made = bbh(data_folder / f"bbh/{task}.json", same, "en", markup)
    differing = [
        row.name
        for row in made.table.rows
        if isinstance(out := made.rows[row.number], Row) and (out.question, out.gold) != (row.question, row.gold)
    ]
    refused = {out.reason for out in made.rows.values() if isinstance(out, Refused)}
    assert (differing, refused) == ([], set())


@pytest.mark.parametrize(
    "task", ["navigate", "word_sorting", "boolean_expressions", "penguins_in_a_table", "ruin_names"]
)
def test_what_is_published_has_no_error_and_its_originals_beside_it(
    data_folder: Path, tmp_path: Path, task: str
) -> None:
    benchmark = BENCHMARKS["bbh"]
    made, audit = publish(benchmark, bbh(data_folder / f"bbh/{task}.json", longer), tmp_path, SPANISH)
    assert audit is not None
    assert audit.sound
    again = audited(tmp_path / f"{task}.json", "bbh", "es", reference=tmp_path / "originals" / f"{task}.json")
    assert again == audit
    report = summary(benchmark, [(made, audit)])
    assert report["items"] == len(made.table.rows) == report["published"] + report["quarantined"]
    assert report["audit"]["errors"] == 0
    examples = read_examples(BENCHMARKS["tasks"], [tmp_path / f"{task}.json"], SPANISH, "bbh-es")
    assert len(examples) == report["published"]
    assert all(example.references for example in examples)
    assert all(example.references[0] in example.labels for example in examples if example.labels)


QUESTIONS = "Which is 4?,Two,4 of x,A and B,False,B\nAre they equal?,one,one thing,one thing,two,A\n"


def test_choices_keep_their_letters_and_equal_options_are_quarantined(tmp_path: Path) -> None:
    path = tmp_path / "anatomy_test.csv"
    path.write_text(QUESTIONS, encoding="utf-8")
    benchmark = BENCHMARKS["mmlu"]
    made = translated(benchmark, benchmark.form.read(path, "anatomy"), Service(longer, True, ENGLISH, SPANISH))
    made, audit = publish(benchmark, made, tmp_path / "es", SPANISH)
    assert (tmp_path / "es/anatomy_test.csv").read_text(
        encoding="utf-8"
    ) == "Whicho iso 4?,Twoo,4 ofo x,A ando B,Falso,B\n"
    report = summary(benchmark, [(made, audit)])
    assert report["quarantine"][0]["item"] == "anatomy:2"
    assert report["reasons"] == {"option-duplicate": 1}
    assert report["read_as"] == "choices"


def test_a_file_of_several_subjects_becomes_a_file_each(tmp_path: Path) -> None:
    path = tmp_path / "all.jsonl"
    items = [
        {"question": "?", "choices": ["a", "b", "c", "d"], "answer": 1, "subject": name} for name in ("x", "y", "x")
    ]
    path.write_text("".join(json.dumps(each) + "\n" for each in items), encoding="utf-8")
    parts = list(by_task(BENCHMARKS["mmlu"].form.read(path, "")))
    assert [(part.path.name, len(part.rows)) for part in parts] == [("x_test.csv", 2), ("y_test.csv", 1)]


def test_files_that_would_be_written_over_are_refused(tmp_path: Path) -> None:
    item = {"question": "?", "choices": ["a", "b", "c", "d"], "answer": 1}
    form = BENCHMARKS["choices"].form

    def read(name: str, *subjects: str) -> Table:
        path = tmp_path / name
        path.write_text("".join(json.dumps(item | {"subject": each}) + "\n" for each in subjects), encoding="utf-8")
        return form.read(path, "")

    first, second = read("a.jsonl", "x", "y"), read("b.jsonl", "z", "x")
    assert [part.task for part in published_tables("choices", [first])] == ["x", "y"]
    with pytest.raises(DataError, match=r"b\.jsonl: would be published as x_test\.csv, like .*a\.jsonl"):
        published_tables("choices", [first, second])
    with pytest.raises(DataError, match="the subject 'a/b' can be no file's name"):
        published_tables("choices", [read("c.jsonl", "a/b", "x")])


def squad_file(path: Path, *questions: object) -> Table:
    """A file of one passage in SQuAD v1.1 form."""
    content = {"data": [{"title": "Pets", "paragraphs": [{"context": "A dog barks.", "qas": list(questions)}]}]}
    path.write_text(json.dumps(content), encoding="utf-8")
    return BENCHMARKS["squad"].form.read(path, "")


DOG = {"id": "1", "question": "Who?", "answers": [{"text": "dog", "answer_start": 2}]}


def test_no_file_is_called_like_the_report(tmp_path: Path) -> None:
    table = squad_file(tmp_path / "report.json", DOG)
    with pytest.raises(DataError, match=r"would be published as report\.json, like the report"):
        published_tables("extractive", [table])


def test_a_question_that_is_no_object_leaves_the_others(tmp_path: Path) -> None:
    benchmark = BENCHMARKS["squad"]
    made = translated(
        benchmark, squad_file(tmp_path / "own.json", "broken", DOG), Service(longer, True, ENGLISH, SPANISH)
    )
    made, _ = publish(benchmark, made, tmp_path / "es", SPANISH)
    (article,) = json.loads((tmp_path / "es/own.json").read_text(encoding="utf-8"))["data"]
    assert (article["title"], [each["id"] for each in article["paragraphs"][0]["qas"]]) == ("Pets", ["1"])
    assert [row.id for row in made.published] == ["1"]


def test_passages_keep_ids_and_titles(tmp_path: Path, data_folder: Path) -> None:
    path = data_folder / "xquad/xquad.en.json.gz"
    benchmark = BENCHMARKS["squad"]
    made = translated(benchmark, benchmark.form.read(path, ""), Service(longer, True, ENGLISH, SPANISH))
    made, audit = publish(benchmark, made, tmp_path, SPANISH)
    assert audit is not None
    assert audit.sound
    document = json.loads((tmp_path / "xquad.en.json").read_text(encoding="utf-8"))
    originals = json.loads((tmp_path / "originals/xquad.en.json").read_text(encoding="utf-8"))

    def ids(value: dict) -> list[list[list[str]]]:
        return [[[q["id"] for q in p["qas"]] for p in a["paragraphs"]] for a in value["data"]]

    assert ids(document) == ids(originals)
    assert [a["title"] for a in document["data"]] == [a["title"] for a in originals["data"]]
    assert len(made.published) > 1000


def test_passages_come_from_squad_json(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("id,context,question,answers\n1,A dog.,Who?,dog\n", encoding="utf-8")
    benchmark = BENCHMARKS["squad"]
    with pytest.raises(DataError, match=r"own\.csv: passages are translated from SQuAD v1\.1 JSON"):
        translated(benchmark, benchmark.form.read(path, ""), Service(longer, True, ENGLISH, SPANISH))
