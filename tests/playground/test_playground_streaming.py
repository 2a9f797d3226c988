"""What the buttons do: models answer in turn, the one prompt is the one of everything else, stop stops."""

from __future__ import annotations

import pytest

from crossalpaca.demonstrations.wording import WORDINGS, Wording
from crossalpaca.languages import language
from crossalpaca.playground.answering import Ensemble, Sampling
from crossalpaca.playground.streaming import Streams
from crossalpaca.playground.texts import texts
from crossalpaca.prompts import ALPACA

SHORT = Sampling(max_new_tokens=5)
NAMES = ["base", "it-Alpaca", "it-CrossAlpaca"]


@pytest.fixture
def streams(ensemble: Ensemble) -> Streams:
    return Streams(ensemble, texts("en"), "english")


def test_models_answer_in_turn_and_all_are_shown(streams: Streams, ensemble: Ensemble) -> None:
    pages = list(streams.ask("me", "Ciao!", "", NAMES, SHORT))
    answers = {name: list(ensemble.answer(name, "Ciao!", "", SHORT))[-1].text for name in NAMES}
    assert pages[-1][0] == "Done."
    assert pages[-1][1::2] == list(answers.values())
    assert list(dict.fromkeys(page[0] for page in pages)) == [*(f"{name} is answering …" for name in NAMES), "Done."]
    assert streams.stops == {}


def test_only_chosen_models_are_asked(streams: Streams) -> None:
    last = list(streams.ask("me", "Ciao!", "", ["it-Alpaca"], SHORT))[-1]
    assert (last[1], bool(last[3]), last[5]) == ("", True, "")


def test_stop_ends_the_answer_and_those_after_it(streams: Streams) -> None:
    pages = streams.ask("me", "Ciao!", "", NAMES, SHORT)
    next(pages), next(pages)
    streams.stop("somebody else")
    next(pages)
    streams.stop("me")
    rest = list(pages)
    assert len(rest) == 2
    assert rest[-1][0] == "Stopped."
    assert "tokens 2 " in rest[-1][2]
    assert rest[-1][3:] == [""] * 4


def test_a_stream_that_nobody_reads_leaves_nothing(streams: Streams) -> None:
    pages = streams.ask("me", "Ciao!", "", NAMES, SHORT)
    next(pages)
    pages.close()
    assert streams.stops == {}


@pytest.mark.parametrize(
    ("instruction", "models", "said"), [(" ", NAMES, "Write an instruction first."), ("x", [], "Choose a model first.")]
)
def test_what_is_missing_is_said(instruction: str, models: list[str], said: str, streams: Streams) -> None:
    assert [page[0] for page in streams.ask("me", instruction, "", models, SHORT)] == [said]
    assert [page[0] for page in streams.translate("me", " ", "it", "en-x", NAMES, SHORT)] == ["Write a text first."]


@pytest.mark.parametrize("wording", WORDINGS)
def test_translations_are_worded_as_their_demonstrations(wording: Wording, ensemble: Ensemble) -> None:
    known = language("it").translation
    asked = Streams(ensemble, texts("en"), wording)
    of = {
        "en-x": (known["from_english_in_english"], known["from_english"]),
        "x-en": (known["to_english_in_english"], known["to_english"]),
    }
    source = {"en-x": 0, "x-en": 1}
    for direction in ("en-x", "x-en"):
        expected = {
            "english": of[direction][0],
            "source": of[direction][source[direction]],
            "target": of[direction][1 - source[direction]],
            "mixed": of[direction][0] + of[direction][1],
        }[wording]
        assert asked.instruction("it", direction) in expected


def test_a_translation_is_an_answer_to_its_instruction(streams: Streams) -> None:
    translated = list(streams.translate("me", "The sea.", "it", "en-x", NAMES, SHORT))[-1]
    answered = list(streams.ask("me", streams.instruction("it", "en-x"), "The sea.", NAMES, SHORT))[-1]
    assert translated[1::2] == answered[1::2]


def test_the_prompt_that_is_shown_is_the_one_of_training(streams: Streams) -> None:
    assert streams.prompts("Ciao!", "Testo", NAMES) == ALPACA.render("Ciao!", "Testo")
    assert streams.prompts("Ciao!", "", []) == ""


def test_names_are_no_markup(streams: Streams, ensemble: Ensemble) -> None:
    name = "<img src=x onerror=alert(1)>"
    renamed = Streams(_Renamed(ensemble, name), texts("en"), "english")  # type: ignore[arg-type]
    first = next(renamed.ask("me", "Ciao!", "", [name], SHORT))
    assert "<" not in first[0]


class _Renamed:
    """An ensemble of one model under another name."""

    def __init__(self, ensemble: Ensemble, name: str) -> None:
        self.candidates = {name: ensemble.candidates["base"]}
