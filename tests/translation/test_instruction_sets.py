"""Translated instruction sets: which tasks are left out, and what comes back as it went in."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from pathlib import Path

import pytest
from quick_engines import longer, same

from crossalpaca.records import Demonstration
from crossalpaca.sources.instructions import read_instructions
from crossalpaca.translation.english_tasks import about_english
from crossalpaca.translation.instructions import translated


def row(number: int, instruction: str, text: str = "", output: str = "Done.") -> Demonstration:
    return Demonstration(f"a.json:{number}", "instruction", instruction, text, output, "en", None, "a.json")


@pytest.mark.parametrize(
    ("instruction", "reason"),
    [
        ("Find three words that rhyme with 'cat'.", "about sound"),
        ("Write a haiku about rain.", "about sound"),
        ("Correct the spelling of this word.", "about spelling"),
        ("Edit the sentence for grammar.", "about grammar"),
        ("Rewrite the sentence in the passive voice.", "about grammar"),
        ("Give a synonym for 'happy'.", "about words"),
        ("Make an anagram of 'listen'.", "about letters"),
        ("What does the acronym NASA stand for?", "about letters"),
        ("Name an animal that starts with the letter B.", "about letters"),
        ("Translate this into French.", "about translation"),
        ("Spell out the plan for next year.", None),
        ("Describe the history of French cuisine.", None),
        ("Name three animals.", None),
        ("Write a letter of complaint.", None),
        ("Sum up the article.", None),
    ],
)
def test_tasks_about_the_english_language(instruction: str, reason: str | None) -> None:
    assert about_english(instruction) == reason


def test_what_is_kept_and_what_is_left_out() -> None:
    code = "def f(x):\n    return x"
    rows = [
        row(1, "Print `x` 3 times.", "See http://a.b/c", code),
        row(2, "Give a synonym of 'big'."),
        row(3, "Say it.", "", "  "),
        row(4, "Dear {name},\n- one thing"),
    ]
    made = translated(rows, longer, True, "es")
    assert [(d.id, d.language) for d in made.kept] == [("a.json:1", "es"), ("a.json:4", "es")]
    assert made.kept[0].instruction == "Printo `x` 3 timeso."
    assert (made.kept[0].input, made.kept[0].output) == ("Seeo http://a.b/c", code)
    assert (made.kept[1].instruction, made.kept[1].output) == ("Dearo {name},\n- oneo thingo", "Doneo.")
    assert made.report() == {
        "read": 4,
        "kept": 2,
        "left_out": {"about words": 1, "empty": 1},
        "methods": {"together": 2},
        "rows_left_out": {"a.json:2": "about words", "a.json:3": "empty"},
    }


def test_what_the_engine_loses_is_left_out() -> None:
    made = translated([row(1, "Say it."), row(2, "`x`", "", "5")], lambda texts: ["" for _ in texts], False, "es")
    assert ([d.id for d in made.kept], made.left_out) == (["a.json:2"], {"a.json:1": "lost by the engine"})


@pytest.mark.parametrize("markup", [True, False])
def test_an_engine_that_changes_nothing_leaves_a_set_as_it_is(data_folder: Path, markup: bool) -> None:
    path = data_folder / "alpaca/alpaca.en.12k.json.gz"
    rows = list(islice(read_instructions(path, "en"), 3000))
    made = translated(rows, same, markup, "en")
    originals = {each.id: each for each in rows}
    assert all(each == originals[each.id] for each in made.kept)
    assert len(made.kept) > 2000
    assert set(Counter(made.left_out.values())) <= {"empty", *(f"about {what}" for what in _ABOUT)}


_ABOUT = ("sound", "spelling", "grammar", "words", "letters", "translation")
