"""Each filter drops what it is named for, and keeps what is just within its bounds."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossalpaca.demonstrations.filters import FILTERS, Filter, changed, reason
from crossalpaca.demonstrations.filters_sampled import SAMPLED_FILTERS, sampled_filters
from crossalpaca.demonstrations.measures import (
    digit_agreement,
    nonzero_digits,
    number_agreement,
    numbers,
    script_share,
    words,
)
from crossalpaca.demonstrations.normalising import INVISIBLE, normalised
from crossalpaca.errors import InputError
from crossalpaca.languages import language, languages
from crossalpaca.records import SentencePair

GOOD = "The cat sleeps on the sofa."
TEN = "ten words are what this short and simple sentence has"


def repeated(count: int, word: str = "word") -> str:
    return " ".join([word] * count)


def characters(count: int) -> str:
    return "好" * count


def table(english: str, other: str) -> pl.DataFrame:
    return pl.DataFrame({"en": [english], "x": [other]})


def first_reason(code: str, english: str, other: str, filters: dict[str, Filter] | None = None) -> str | None:
    named: str | None = table(english, other).select(reason(language(code), filters or FILTERS)).item()
    return named


def drops(name: str, code: str, english: str, other: str, bound: float | None = None) -> bool:
    chosen = FILTERS[name] if bound is None else replace(FILTERS[name], bound=bound)
    dropped: bool = table(english, other).select(chosen.expression(language(code))).item()
    return dropped


def in_bulk(texts: Sequence[str]) -> list[str]:
    return pl.DataFrame({"en": texts}, schema={"en": pl.String}).select(normalised("en"))["en"].to_list()


def by_definition(text: str) -> str:
    """NFC, without invisible characters, white space folded."""
    return " ".join(unicodedata.normalize("NFC", text.translate(dict.fromkeys(map(ord, INVISIBLE)))).split())


# The whole registry


@pytest.mark.parametrize(
    ("code", "english", "other", "named"),
    [
        # kept
        ("de", GOOD, "Die Katze schläft auf dem Sofa.", None),
        ("it", "I am tired.", "Sono stanco.", None),  # two words can translate three
        ("zh-Hans", GOOD, "猫在沙发上睡觉。", None),
        ("ar", GOOD, "القطة تنام على الأريكة.", None),
        ("th", GOOD, "แมวนอนบนโซฟา", None),
        # several reasons: the first is named
        ("de", "", "", "empty"),
        ("de", "", "Die Katze schläft.", "empty"),
        ("de", "Call 110!", "Call 110!", "identical"),
        ("de", "Good morning.", "Guten Morgen, Freunde, um 8.", "short"),
        ("de", repeated(101), repeated(100, "wort") + " 5", "long"),
        ("zh-Hans", repeated(100), characters(400), "long"),
        ("de", TEN, "zu kurz", "length-ratio"),
        ("de", "See <b>the</b> 3 cats on our sofa.", "Siehe die Katzen auf dem Sofa.", "markup"),
        ("de", "See the 3 cats on our sofa.", "Siehe die 4 Katzen auf dem Sofa.", "numbers"),
    ],
)
def test_the_first_filter_that_a_pair_fails_is_named(code: str, english: str, other: str, named: str | None) -> None:
    assert first_reason(code, english, other) == named


URL = "https://example.org/a"
CASES = [
    # filter, language, English, other, dropped
    ("empty", "de", "", "x", True),
    ("empty", "de", "x", "", True),
    ("empty", "de", "x", "y", False),
    ("identical", "de", "Berlin", "BERLIN", True),
    ("identical", "de", "Die Straße ist lang.", "DIE STRASSE IST LANG.", True),
    ("identical", "el", "ΟΔΟΣ", "οδος", True),
    ("identical", "de", "Berlin", "Berlin.", False),
    ("short", "de", repeated(3), repeated(2), False),
    ("short", "de", repeated(2), repeated(3), True),
    ("short", "de", repeated(3), "wort", True),
    ("short", "zh-Hans", "I am very tired.", "累", True),
    ("short", "zh-Hans", "I am very tired.", characters(4), False),
    ("long", "de", repeated(100), repeated(100), False),
    ("long", "de", repeated(101), repeated(100), True),
    ("long", "de", repeated(100), repeated(101), True),
    ("long", "th", repeated(100), "ก" * 475, False),
    ("long", "th", repeated(100), "ก" * 476, True),
    # for one length ratio: (other / ratio + 10) / (english + 10) is from 0.4 to 2.5
    ("length-ratio", "en", "x" * 10, "y" * 40, False),
    ("length-ratio", "en", "x" * 10, "y" * 41, True),
    ("length-ratio", "en", "x" * 40, "y" * 10, False),
    ("length-ratio", "en", "x" * 40, "y" * 9, True),
    ("length-ratio", "en", "", "", False),
    ("length-ratio", "en", "x" * 1000, "y" * 2515, False),
    ("length-ratio", "en", "x" * 1000, "y" * 2516, True),
    ("length-ratio", "zh-Hans", TEN, characters(16), False),
    ("length-ratio", "zh-Hans", TEN, characters(54), True),
    ("long-word", "de", "a " + "ä" * 40, "ß" * 40 + " b", False),
    ("long-word", "de", "a " + "ä" * 41, "b", True),
    ("long-word", "de", "a", "b " + "ß" * 41, True),
    ("long-word", "zh-Hans", "a", characters(100), False),
    ("script", "de", GOOD, "Die Katze schläft auf dem Sofa.", False),
    ("script", "de", "Кошка спит на диване.", "Die Katze schläft.", True),
    ("script", "ru", GOOD, "Кошка спит на диване.", False),
    ("script", "ru", GOOD, "Кошка sleeps on", True),
    ("script", "hi", GOOD, "बिल्ली सोफे पर सोती है।", False),
    ("script", "th", GOOD, "แมวนอนบนโซฟา", False),
    ("script", "zh-Hans", "Meet Anna", "见Annaabc", True),
    ("script", "zh-Hans", "Meet Anna Bell", "去见Anna", False),  # two characters weigh as much as six letters
    ("script", "de", "Nancy is afraid.", "Nancyæ\x80\x95 怕狗", False),
    ("script", "de", "12 + 3", "15", False),  # no letters, no wrong ones
    ("markup", "de", f"See {URL} now", "Siehe jetzt", True),
    ("markup", "de", "See now", "Siehe WWW.example.org", True),
    ("markup", "de", "Tom &amp; Mary", "Tom und Mary", True),
    ("markup", "de", "Tom &#8211; Mary", "Tom und Mary", True),
    ("markup", "de", "a <br/> b", "a b", True),
    ("markup", "de", "a", "<a href='x'>b</a>", True),
    ("markup", "de", "{{cite}} a", "b", True),
    ("markup", "de", "[[Berlin|the city]]", "b", True),
    ("markup", "de", "[the city](Berlin)", "b", True),
    ("markup", "de", "2 < 3 and 5 > 4, R&D; Q&A [sic] (a)", "2 < 3", False),
    ("numbers", "de", "2,500.5 or 7", "7 oder 2.500,5", False),
    ("numbers", "de", "At 7 or 7", "Um 7", True),
    ("numbers", "de", "no number", "die Zahl 5", True),
    ("numbers", "de", "no number", "keine Zahl", False),
]


@pytest.mark.parametrize(("name", "code", "english", "other", "dropped"), CASES)
def test_a_filter_drops_from_its_bound_on(name: str, code: str, english: str, other: str, dropped: bool) -> None:
    assert drops(name, code, english, other) is dropped


def test_every_filter_has_a_case_that_it_drops_and_one_that_it_keeps() -> None:
    assert {(name, dropped) for name, *_, dropped in CASES} == {(name, d) for name in FILTERS for d in (True, False)}


@pytest.mark.parametrize("code", sorted(set(languages()) - {"en"}))
def test_a_translation_of_the_expected_length_is_kept_in_every_language(code: str) -> None:
    spoken = language(code)
    length = round(len(TEN) * spoken.length_ratio)
    letter = {"Arab": "ا", "Cyrl": "ж", "Deva": "क", "Grek": "ω", "Latn": "x", "Thai": "ก"}.get(spoken.script, "好")
    apart = (letter * 4 + " ") * (length // 5) + letter * (length % 5)
    assert first_reason(code, TEN, apart.strip() if spoken.segmentation == "space" else letter * length) is None


@given(
    pairs=st.lists(st.tuples(st.text(max_size=12), st.text(max_size=12)), max_size=5),
    code=st.sampled_from(["de", "ar", "zh-Hans", "hi"]),
)
def test_every_pair_has_an_answer_that_does_not_depend_on_its_neighbours(
    pairs: list[tuple[str, str]], code: str
) -> None:
    together = pl.DataFrame(pairs, schema={"en": pl.String, "x": pl.String}, orient="row")
    named = together.select(reason(language(code)))["reason"].to_list()
    assert named == [first_reason(code, *pair) for pair in pairs]


# Leaving out and other bounds


def test_a_filter_can_be_left_out() -> None:
    chosen = changed({"numbers": False, "short": False})
    assert list(chosen) == [name for name in FILTERS if name not in ("numbers", "short")]
    assert first_reason("de", "See 3 cats on the sofa.", "Siehe 4 Katzen auf dem Sofa.", chosen) is None


def test_a_bound_can_be_changed() -> None:
    chosen = changed({"short": 5, "long": True})
    assert {name: each.bound for name, each in chosen.items()} == {
        name: 5 if name == "short" else each.bound for name, each in FILTERS.items()
    }
    assert first_reason("de", "one two three four", "eins zwei drei vier", chosen) == "short"


@pytest.mark.parametrize(
    ("name", "english", "other", "bound"),
    [("numbers", "1 2 3", "1 2 4", 0.66), ("long-word", "a" * 50, "b", 50), ("script", "Кошка a", "a", 0.1)],
)
def test_what_the_default_bound_drops_another_keeps(name: str, english: str, other: str, bound: float) -> None:
    assert drops(name, "de", english, other)
    assert not drops(name, "de", english, other, bound)


@pytest.mark.parametrize(
    ("changes", "told"),
    [({"shrot": 5}, "did you mean short"), ({"markup": 3}, "no bound"), ({"empty": 0.5}, "no bound")],
)
def test_a_wrong_name_or_bound_is_said(changes: dict[str, float], told: str) -> None:
    with pytest.raises(InputError, match=told):
        changed(changes)


# Measures


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("none", []),
        ("in 1998 and 2004", ["1998", "2004"]),
        ("1,234,567.89", ["123456789"]),
        ("1.234.567,89", ["123456789"]),
        ("1 234 567,89", ["123456789"]),
        ("1'234'567.89", ["123456789"]),
        ("١٬٢٣٤٬٥٦٧٫٨٩", ["123456789"]),
        ("१,२३४", ["1234"]),
        ("๑๒:๓๐ น.", ["1230"]),
        ("at 15:30.", ["1530"]),
        ("um 15.30 Uhr.", ["1530"]),
        ("５０年", ["50"]),
        ("In 2019 100 people", ["2019", "100"]),
        ("May 8 2019", ["8", "2019"]),
        ("3, 4, 5", ["3", "4", "5"]),
        ("3-0", ["3", "0"]),
        ("MP3s at 5%", ["3", "5"]),
        ("10 000 €", ["10000"]),
    ],
)
def test_numbers_are_digits_whatever_their_script_and_separators(text: str, expected: list[str]) -> None:
    assert table(text, "").select(numbers("en")).item().split() == expected


@given(first=st.lists(st.integers(0, 30), max_size=6), second=st.lists(st.integers(0, 30), max_size=6))
def test_agreement_is_of_multisets(first: list[int], second: list[int]) -> None:
    sides = table(" - ".join(map(str, first)), " - ".join(map(str, second)))
    found = sides.select(number_agreement()).item()
    common = sum(min(first.count(n), second.count(n)) for n in set(first))
    assert found == (2 * common / (len(first) + len(second)) if first or second else 1)
    assert found == sides.rename({"en": "x", "x": "en"}).select(number_agreement()).item()


def test_a_language_in_a_script_that_is_not_known_has_its_english_side_looked_at() -> None:
    armenian = replace(language("ar"), script="Armn")
    dropped = pl.DataFrame({"en": [GOOD, "Кошка спит"], "x": ["կատու", "կատու"]}).select(
        FILTERS["script"].expression(armenian)
    )
    assert dropped.to_series().to_list() == [False, True]


@pytest.mark.parametrize(
    ("english", "other", "share"), [("1 2 3 4", "4321", 1), ("10", "2", 0), ("none", "0", 1), ("12 30", "1 25", 4 / 6)]
)
def test_agreement_of_digits_is_of_those_from_1_to_9_in_any_order(english: str, other: str, share: float) -> None:
    assert table(english, other).select(digit_agreement()).item() == pytest.approx(share)


def test_digits_are_those_from_1_to_9() -> None:
    assert table("In 2050, 1٢ x", "").select(nonzero_digits("en")).item().split() == ["2", "5", "1"]


@pytest.mark.parametrize(
    ("text", "script", "share"),
    [
        ("", "Latn", 1),
        ("123 !", "Latn", 1),
        ("abc", "Latn", 1),
        ("abcж", "Latn", 0.75),
        ("ａｂж", "Latn", 2 / 3),
        ("東京タワーへ", "Jpan", 1),
        ("東京a", "Hans", 2 / 3),
        ("한국 abc", "Kore", 0.4),
    ],
)
def test_the_share_of_a_script_is_of_letters(text: str, script: str, share: float) -> None:
    assert table(text, "").select(script_share("en", script)).item() == pytest.approx(share)


@given(text=st.text(st.characters(exclude_categories=["Cs", "Cn"]), max_size=20))
def test_words_are_what_white_space_separates(text: str) -> None:
    assert table(by_definition(text), "").select(words("en")).item() == len(
        text.translate(dict.fromkeys(map(ord, INVISIBLE))).split()
    )


# Normalising


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  a \t b\u00a0c\u3000d\r\n", "a b c d"),
        ("cafe\u0301", "caf\u00e9"),
        ("\ufeffStart", "Start"),
        ("so\u00adft", "soft"),
        ("zero\u200bwidth", "zerowidth"),
        ("\u200eleft\u200f right", "left right"),
        ("word\u2060joiner", "wordjoiner"),
        ("a\x1cb\x85c", "a b c"),
        ("\u0915\u094d\u200d\u0937", "\u0915\u094d\u200d\u0937"),  # the joiner that Hindi needs
        ("\u0645\u06cc\u200c\u0631\u0648\u0645", "\u0645\u06cc\u200c\u0631\u0648\u0645"),  # and the one of Persian
        ("\u200b \u00ad", ""),
        ("", ""),
    ],
)
def test_normalised_text_is_composed_folded_and_without_what_is_invisible(text: str, expected: str) -> None:
    assert in_bulk([text]) == [expected] == [by_definition(text)]


# What Python's Unicode version does not know, the one of polars may compose.
KNOWN = st.characters(exclude_categories=["Cs", "Cn"])
TRICKY = st.sampled_from(
    "aeoO<\u0301\u0327\u0308\u0338\u0345\u1e69\u212b\u00ad\u200b\ufeff \t\x1d\u00a0"
    "\u1100\u1161\u11a8\u0915\u093c\u30ab\u3099\u0627\u0653"
)


@given(texts=st.lists(st.text(TRICKY, max_size=8) | st.text(KNOWN | TRICKY, max_size=20), max_size=5))
def test_bulk_equals_the_definition_on_every_text(texts: list[str]) -> None:
    assert in_bulk(texts) == [by_definition(text) for text in texts]


def test_bulk_equals_the_definition_on_every_character_and_behind_every_mark() -> None:
    known = [chr(n) for n in range(0x110000) if unicodedata.category(chr(n)) not in ("Cs", "Cn", "Co")]
    for form in ("{}", "e\u0301{}", "a{}\u0301", "{}\u0653"):
        texts = [form.format(each) for each in known]
        assert in_bulk(texts) == [by_definition(text) for text in texts]


@given(text=st.text(TRICKY, max_size=8) | st.text(KNOWN))
def test_normalised_text_stays_as_it_is(text: str) -> None:
    once = in_bulk([text])
    assert in_bulk(once) == once
    assert unicodedata.is_normalized("NFC", once[0])


@given(text=st.text(st.sampled_from("ae\u0301\u00ad\u200b "), max_size=8))
def test_texts_that_differ_in_composition_alone_are_normalised_alike(text: str) -> None:
    one, two = in_bulk([unicodedata.normalize("NFD", text), unicodedata.normalize("NFC", text)])
    assert one == two


# Filters of what is drawn


@pytest.mark.parametrize(
    ("code", "english", "other", "dropped"),
    [
        ("de", "It goes on and on and on and on.", "Es geht weiter.", True),
        ("de", "Fine.", "gut so gut so gut so", True),
        ("zh-Hans", "Fine.", "说很好啊很好啊很好啊", True),
        ("de", "no, no, no, no way", "nein, nein", True),
        ("de", "It goes on and on.", "Es geht immer und immer weiter.", False),
        ("de", "It costs 1.000.000.000 dollars ------------", "Es kostet ...............", False),
        ("de", "very very good", "sehr sehr gut", False),
    ],
)
def test_what_says_one_thing_three_times_in_a_row_is_dropped(
    code: str, english: str, other: str, dropped: bool
) -> None:
    pair = SentencePair("a:1", "a", ("en", code), (english, other))
    assert SAMPLED_FILTERS["repetition"](pair, language(code)) is dropped


@pytest.mark.parametrize(
    ("code", "english", "other", "dropped"),
    [
        ("de", "The cat sleeps on the sofa.", "Die Katze schläft auf dem Sofa.", False),
        ("de", "Die Katze schläft auf dem Sofa und träumt.", "Die Katze schläft auf dem Sofa.", True),
        ("de", "The cat sleeps on the sofa.", "The dog does not sleep on the sofa and never did.", True),
        ("ru", "The cat sleeps on the sofa.", "Кошка спит на диване.", False),
        ("ru", "The cat sleeps on the sofa.", "The dog does not sleep on the sofa.", True),
    ],
)
def test_what_is_evidently_in_another_language_is_dropped(code: str, english: str, other: str, dropped: bool) -> None:
    pair = SentencePair("a:1", "a", ("en", code), (english, other))
    assert SAMPLED_FILTERS["other-language"](pair, language(code)) is dropped


# Real data


@pytest.mark.parametrize("code", ["ar", "de", "es", "it", "zh"])
def test_translations_by_professionals_are_kept(data_folder: Path, code: str) -> None:
    sides = [(data_folder / f"parallel/flores200.devtest.{c}").read_text(encoding="utf-8") for c in ("en", code)]
    pairs = pl.DataFrame(dict(zip(("en", "x"), (side.splitlines() for side in sides), strict=True)))
    pairs = pairs.with_columns(normalised("en"), normalised("x"))
    spoken = language(code)
    shares = pairs.select(**{name: each.expression(spoken).mean() for name, each in FILTERS.items()}).row(0, named=True)
    # Numbers are often words on one side, and in Chinese months are numbers.
    assert shares.pop("numbers") < 0.07
    assert all(share <= 0.002 for share in shares.values()), shares


def test_sampled_filters_are_left_out_by_name_and_have_no_bound() -> None:
    assert changed({"other-language": False}).keys() == FILTERS.keys()
    assert sampled_filters({"other-language": False}).keys() == SAMPLED_FILTERS.keys() - {"other-language"}
    assert sampled_filters({}) == SAMPLED_FILTERS
    with pytest.raises(InputError, match="'repetition' has no bound"):
        changed({"repetition": 3})
