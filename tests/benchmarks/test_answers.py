"""One form for answers that mean the same, checked on literal cases and on every gold of BIG-Bench Hard."""

from __future__ import annotations

import csv
import gzip
import json
from collections import Counter
from pathlib import Path

import pytest

from crossalpaca.benchmarks.answers import MEANINGS, canonical, folded, meanings
from crossalpaca.benchmarks.bbh import KINDS
from crossalpaca.languages import language, languages
from crossalpaca.records import AnswerKind

CASES: list[tuple[str, AnswerKind, str, str | None]] = [
    ("en", "letter", "A", "A"),
    ("en", "letter", "(R)", "R"),
    ("en", "letter", " c. ", "C"),
    ("en", "letter", "[d]", "D"),
    ("zh", "letter", "（Ａ）", "A"),
    ("de", "letter", "(UND)", None),
    ("de", "letter", "(Ö)", None),
    ("el", "letter", "(Α)", None),  # the Greek letter
    ("ru", "letter", "В", None),  # the Cyrillic letter
    ("en", "letter", "1", None),
    ("en", "letter", "", None),
    ("de", "truth", "WAHR", "true"),
    ("de", "truth", "FALSCH", "false"),
    ("de", "truth", "richtig", "true"),
    ("de", "truth", "True", "true"),
    ("zh", "truth", "真的", "true"),
    ("zh", "truth", "错误的", "false"),
    ("tr", "truth", "YANLIŞ", "false"),
    ("ar", "truth", "صَحِيحٌ", "true"),
    ("it", "truth", "wahr", None),
    ("en", "truth", "1", None),
    ("de", "yes-no", "Ja", "yes"),
    ("de", "yes-no", "NEIN", "no"),
    ("de", "yes-no", "No", "no"),
    ("es", "yes-no", "¡Sí!", "yes"),
    ("es", "yes-no", "Si", None),  # if
    ("tr", "yes-no", "HAYIR", "no"),
    ("tr", "yes-no", "HAYİR", "no"),
    ("el", "yes-no", "ΟΧΙ", "no"),
    ("en", "yes-no", "Yes, it is", None),
    ("de", "validity", "ungültig", "invalid"),
    ("es", "validity", "No  válido.", "invalid"),
    ("tr", "validity", "GEÇERLİ", "valid"),
    ("zh", "validity", "无效的", "invalid"),
    ("en", "validity", "not", None),
    ("en", "number", "-45", "-45"),
    ("en", "number", "− 45", "-45"),
    ("en", "number", "+007", "7"),
    ("en", "number", "-0", "0"),
    ("en", "number", "1,234", "1234"),
    ("de", "number", "1.234.567", "1234567"),
    ("ru", "number", "11\u202f520", "11520"),
    ("de", "number", "1'234", "1234"),
    ("ar", "number", "٢٤", "24"),
    ("hi", "number", "१२", "12"),
    ("zh", "number", "－５０", "-50"),
    ("en", "number", "24.0", "24"),
    ("en", "number", "9" * 5000, "9" * 5000),
    ("en", "number", "2.5", None),
    ("en", "number", "1,23", None),
    ("en", "number", "1,234.567,890", None),
    ("en", "number", "3 4", None),
    ("en", "number", "two", None),
    ("en", "words", "it&t  malton\nyou've", "it&t malton you've"),
    ("de", "words", "Erscheinung, Konferenz, Kopra.", "erscheinung konferenz kopra"),
    ("zh", "words", "苹果、香蕉，橙子", "苹果 香蕉 橙子"),
    ("en", "words", " , ", None),
    ("en", "brackets", ")]}", ") ] }"),
    ("zh", "brackets", "）　］ ＞", ") ] >"),
    ("en", "brackets", ") and ]", None),
    ("en", "brackets", " ", None),
    ("en", "span", " in 1912 ", "in 1912"),
    ("en", "text", "\n", None),
]


@pytest.mark.parametrize(("code", "kind", "text", "form"), CASES)
def test_the_form_of_an_answer(code: str, kind: AnswerKind, text: str, form: str | None) -> None:
    assert canonical(text, kind, language(code)) == form


@pytest.mark.parametrize("code", sorted(languages()))
@pytest.mark.parametrize("kind", MEANINGS)
def test_the_words_of_prompts_are_answers_in_any_case(code: str, kind: AnswerKind) -> None:
    for spoken in (language(code), language("en")):
        for meaning in MEANINGS[kind]:
            word = spoken.answers[meaning]
            assert {canonical(text, kind, language(code)) for text in (word, word.upper(), f"{word}.")} == {meaning}


@pytest.mark.parametrize("code", sorted(languages()))
@pytest.mark.parametrize("kind", MEANINGS)
def test_a_word_never_means_both(code: str, kind: AnswerKind) -> None:
    for spoken in (language(code), language("en")):
        for meaning in MEANINGS[kind]:
            for word in (spoken.answers[meaning], *spoken.answer_variants[meaning]):
                assert meanings(kind, code)[folded(word)] == meaning


NO_ANSWERS = {  # golds of the official files that are no label of their options
    "movie_recommendation": {"Monsters, Inc"},
    "ruin_names": {"dearth, wind, & fire", "rita, sue and bob poo"},
}


@pytest.mark.parametrize("task", KINDS)
def test_every_official_gold_is_an_answer_and_no_two_become_one(data_folder: Path, task: str) -> None:
    document = json.loads((data_folder / f"bbh/{task}.json").read_text())
    golds = {example["target"] for example in document["examples"]}
    forms = {gold: canonical(gold, KINDS[task], language("en")) for gold in golds}
    assert {gold for gold, form in forms.items() if form is None} == NO_ANSWERS.get(task, set())
    read = {gold: form for gold, form in forms.items() if form is not None}
    assert len(set(read.values())) == len({gold.casefold() for gold in read})


NO_LETTERS = {"German": {"(UND)": 295, "(ICH)": 38, "(Ö)": 7}, "Italian": {}, "Chinese": {}}


@pytest.mark.parametrize(("folder", "code"), [("German", "de"), ("Italian", "it"), ("Chinese", "zh")])
def test_every_gold_of_a_published_translation_is_an_answer_unless_its_label_was_translated(
    data_folder: Path, folder: str, code: str
) -> None:
    unread: Counter[str] = Counter()
    for task, kind in KINDS.items():
        with gzip.open(data_folder / f"crossalpaca-release/{folder}/BBH/{task}.csv.gz", "rt", encoding="utf-8") as file:
            golds = [cells[-1] for cells in list(csv.reader(file))[1:]]
        unread.update(gold for gold in golds if canonical(gold, kind, language(code)) is None)
    texts = [gold for gold in unread if not gold.startswith("(")]
    assert {gold: count for gold, count in unread.items() if gold.startswith("(")} == NO_LETTERS[folder]
    assert len(texts) == sum(map(len, NO_ANSWERS.values()))
