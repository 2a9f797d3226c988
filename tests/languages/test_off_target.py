"""What counts as an answer in another language: literal cases, and the error rates on real sentences and answers."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from crossalpaca.languages import language, languages
from crossalpaca.languages.off_target import off_target
from crossalpaca.languages.scripts import SCRIPTS


@pytest.mark.parametrize(
    ("code", "completion", "expected"),
    [
        # by words, among languages in Latin letters
        ("de", "The answer is in the first sentence of the text.", True),
        ("de", "Die Antwort steht im ersten Satz des Textes.", False),
        ("es", "It was built by the king in the year 1250.", True),
        ("es", "Fue construido por el rey en el año 1250.", False),
        ("it", "The capital city of the country was moved.", True),
        ("it", "La capitale del paese è stata spostata.", False),
        ("tr", "He was born in the city and died there.", True),
        ("tr", "Şehirde doğdu ve orada öldü.", False),
        ("vi", "She wanted to know where the king was.", True),
        ("vi", "Cô ấy muốn biết nhà vua ở đâu.", False),
        ("ro", "The teams played against each other twice.", True),
        ("ro", "Echipele au jucat de două ori între ele.", False),
        ("en", "Die Antwort steht im ersten Satz des Textes.", True),
        ("en", "Fue construido por el rey en el año 1250.", True),
        ("en", "The answer is in the first sentence of the text.", False),
        # too short to tell, or nothing to tell by
        ("de", "the king", False),
        ("de", "Denver Broncos", False),
        ("de", "", False),
        ("de", "1250", False),
        ("de", "... ?! 12 %", False),
        ("de", "NASA", False),
        # by script
        ("de", "丹佛野马队赢了比赛", True),
        ("en", "Это был ответ", True),
        ("el", "Η απάντηση είναι στην πρώτη πρόταση.", False),
        ("el", "the answer is in the text", True),
        ("ar", "الإجابة موجودة في النص", False),
        ("ar", "this is not an Arabic answer", True),
        ("ru", "Ответ находится в тексте.", False),
        ("ru", "答案在文本的第一句话中", True),
        ("hi", "उत्तर पाठ के पहले वाक्य में है।", False),
        ("hi", "the answer is in the text", True),
        ("th", "คำตอบอยู่ในประโยคแรก", False),
        ("th", "the answer is in the text", True),
        ("zh-Hans", "答案在文本的第一句话中", False),
        ("zh-Hans", "the answer is in the text", True),
        ("zh-Hans", "Η απάντηση είναι εδώ", True),
        ("zh-Hant", "答案在文本的第一句话中", False),  # simplified characters are not told from traditional ones
        # two Chinese characters are too few to tell; four stand for twelve letters
        ("de", "北京", False),
        ("de", "北京大学", True),
        # names in Latin letters are names in every script
        ("ru", "Standard Oil Company", False),
        ("zh-Hans", "Tesla Electric Light & Manufacturing", False),
        ("ru", "Команда Denver Broncos", False),
        ("ru", "ответ: primality test of Miller and Rabin", True),
        # mixed: the larger part decides
        ("de", "Die Hauptstadt heißt auf Chinesisch 北京市", False),
        ("el", "Η λέξη primality σημαίνει πρώτος αριθμός", False),
    ],
)
def test_a_completion_is_off_target_only_where_it_evidently_is(code: str, completion: str, expected: bool) -> None:
    assert off_target(completion, language(code)) is expected


@pytest.mark.parametrize("code", languages())
def test_english_is_noticed_in_every_other_language(code: str) -> None:
    sentence = "The president said that he would not be able to come to the meeting on time."
    assert off_target(sentence, language(code)) is (code != "en")


@pytest.mark.parametrize("code", languages())
def test_the_instructions_of_a_language_are_in_it(code: str) -> None:
    spoken = language(code)
    assert spoken.script in SCRIPTS
    assert not any(off_target(instruction, spoken) for instruction in spoken.instructions.values())


def sentences(path: Path) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]


def rate(texts: list[str], code: str) -> float:
    return sum(off_target(text, language(code)) for text in texts) / len(texts)


NATIVE = {
    "tatoeba.de-en.de": "de",
    "tatoeba.en-es.es": "es",
    "tatoeba.en-it.it": "it",
    "tatoeba.en-it.en": "en",
    "tatoeba.ar-en.ar": "ar",
    "tatoeba.en-zh.zh": "zh-Hans",
    "flores200.devtest.ar": "ar",
    "flores200.devtest.de": "de",
    "flores200.devtest.en": "en",
    "flores200.devtest.es": "es",
    "flores200.devtest.it": "it",
    "flores200.devtest.zh": "zh-Hans",
}


@pytest.mark.parametrize("name", NATIVE)
def test_fewer_than_one_native_sentence_in_a_hundred_is_a_false_alarm(data_folder: Path, name: str) -> None:
    assert rate(sentences(data_folder / "parallel" / name), NATIVE[name]) < 0.01


@pytest.mark.parametrize("code", ["ar", "de", "es", "it", "zh-Hans"])
def test_english_sentences_are_found(data_folder: Path, code: str) -> None:
    assert rate(sentences(data_folder / "parallel/flores200.devtest.en"), code) > 0.99


@pytest.mark.parametrize("name", ["ar", "de", "es", "it", "zh"])
def test_other_languages_are_found_for_english_items(data_folder: Path, name: str) -> None:
    assert rate(sentences(data_folder / f"parallel/flores200.devtest.{name}"), "en") > 0.99


def golds(path: Path) -> Iterator[str]:
    for article in json.loads(gzip.decompress(path.read_bytes()))["data"]:
        for paragraph in article["paragraphs"]:
            for question in paragraph["qas"]:
                yield question["answers"][0]["text"]


@pytest.mark.parametrize("name", ["ar", "de", "el", "en", "es", "hi", "ro", "ru", "th", "tr", "vi", "zh"])
def test_fewer_than_one_gold_answer_in_two_hundred_is_a_false_alarm(data_folder: Path, name: str) -> None:
    texts = list(golds(data_folder / f"xquad/xquad.{name}.json.gz"))
    assert len(texts) == 1190
    assert rate(texts, name) < 0.005


def test_italian_golds_raise_no_alarm_either(data_folder: Path) -> None:
    (path,) = (data_folder / "squad-it").iterdir()
    assert rate(list(golds(path)), "it") < 0.005
