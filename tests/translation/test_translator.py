from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from services import Reversing

from crossalpaca.errors import InputError, ServiceError
from crossalpaca.translation.limits import Limits, packed
from crossalpaca.translation.memory import Memory
from crossalpaca.translation.translator import Pace, Translator

TEXTS = st.lists(st.one_of(st.text(max_size=12), st.sampled_from(["one", " one", "two\n", "", " "])), max_size=20)


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return Memory(tmp_path / "memory.sqlite")


def turned(text: str) -> str:
    core = text.strip()
    return text.replace(core, core[::-1], 1) if core else text


@settings(max_examples=40)
@given(TEXTS, TEXTS)
def test_order_and_count_are_kept_and_nothing_is_asked_twice(first: list[str], second: list[str]) -> None:
    with TemporaryDirectory() as folder:
        engine = Reversing()
        translator = Translator(engine, Memory(Path(folder) / "memory.sqlite"))
        for texts in (first, second, first):
            assert translator.translate(texts, "en", "es") == [turned(text) for text in texts]
        assert len(engine.segments) == len(set(engine.segments))
        assert set(engine.segments) == {text.strip() for text in (*first, *second) if text.strip()}


@given(st.lists(st.text(max_size=30)), st.integers(1, 5), st.integers(1, 40), st.sampled_from(["characters", "bytes"]))
def test_requests_keep_to_the_limits(texts: list[str], count: int, size: int, unit: str) -> None:
    limits = Limits(texts=count, size=size, unit=unit)  # type: ignore[arg-type]
    requests = list(packed(texts, limits))
    assert [text for request in requests for text in request] == texts
    for request in requests:
        assert len(request) <= count
        assert sum(map(limits.measure, request)) <= size or len(request) == 1


def test_every_part_of_the_scope_counts(memory: Memory) -> None:
    engine = Reversing()
    translator = Translator(engine, memory)
    for source, target, markup in (("en", "es", False), ("en", "it", False), ("de", "es", False), ("en", "es", True)):
        translator.translate(["text"], source, target, markup=markup)
    engine.name = "another"
    translator.translate(["text"], "en", "es")
    assert len(engine.segments) == 5


def test_single_sentences_where_an_engine_wants_them(memory: Memory) -> None:
    engine = Reversing(one_sentence=True)
    assert Translator(engine, memory).translate(["One two. Three!\n\nFour", "Three!"], "en", "es") == [
        ".owt enO !eerhT\n\nruoF",
        "!eerhT",
    ]
    assert sorted(engine.segments) == ["Four", "One two.", "Three!"]


def test_long_texts_are_cut_and_too_long_ones_refused(memory: Memory) -> None:
    engine = Reversing()
    text = "This is one sentence. This is another one. And a third."
    assert "".join(sorted(Translator(engine, memory).translate([text], "en", "es")[0])) == "".join(sorted(text))
    assert max(map(len, engine.segments)) <= engine.limits.size
    with pytest.raises(InputError, match="takes 40 characters at once"):
        Translator(engine, memory).translate(["x" * 41], "en", "es")


def test_texts_that_are_too_long_are_not_sent_and_the_others_are(memory: Memory) -> None:
    engine = Reversing()
    translator = Translator(engine, memory)
    texts = ["x" * 41, "ab", "Two sentences. Of HTML, which is not cut."]
    assert translator.estimate(texts, "en", "es", markup=True).characters == 2
    with pytest.raises(InputError, match="takes 40 characters at once"):
        translator.translate(texts, "en", "es", markup=True)
    assert engine.segments == []
    assert translator.translate_each(texts, "en", "es", markup=True) == [None, "ba", None]
    assert engine.segments == ["ab"]


def test_an_estimate_sends_nothing_and_is_what_comes(memory: Memory) -> None:
    engine = Reversing(price=20.0)
    translator = Translator(engine, memory)
    translator.translate(["known"], "en", "es")
    estimate = translator.estimate(["known", "new", "new", " ", "newer"], "en", "es")
    assert (estimate.segments, estimate.remembered, estimate.characters) == (3, 1, 8)
    assert engine.segments == ["known"]
    before = translator.spent
    translator.translate(["known", "new", "new", " ", "newer"], "en", "es")
    assert translator.spent - before == pytest.approx(estimate.cost)
    assert memory.statistics()[0]["cost"] == pytest.approx(translator.spent, abs=1e-4)


def test_nothing_is_sent_that_would_go_over_the_budget(memory: Memory) -> None:
    engine = Reversing(price=1e6)
    translator = Translator(engine, memory, max_cost=10.0)
    translator.translate(["12345"], "en", "es")
    with pytest.raises(InputError, match=r"6 characters would cost 6\.00, with 5\.00 of 10\.00 spent"):
        translator.translate(["123", "456"], "en", "es")
    assert engine.segments == ["12345"]
    translator.translate(["12345", "abcde"], "en", "es")
    assert translator.spent == 10.0


def test_progress_counts_segments_characters_and_money(memory: Memory) -> None:
    seen: list[tuple[int, int, dict[str, object]]] = []
    engine = Reversing(price=1e6, limits=Limits(texts=1, size=10))
    translator = Translator(
        engine, memory, 10.0, lambda done, total, unit, shown: seen.append((done, total, {**shown}))
    )
    translator.translate(["a", "bc"], "en", "es")
    assert seen == [
        (1, 2, {"characters": "1", "spent": 1.0, "left": 9.0}),
        (2, 2, {"characters": "3", "spent": 3.0, "left": 7.0}),
    ]


def test_what_was_answered_before_a_failure_is_kept(memory: Memory) -> None:
    engine = Reversing(limits=Limits(texts=1, size=10), failing={"c": ServiceError("the service is down")})
    with pytest.raises(ServiceError, match="down"):
        Translator(engine, memory).translate(["a", "b", "c", "d"], "en", "es")
    assert "d" not in engine.segments
    engine.failing.clear()
    assert Translator(engine, memory).translate(["a", "b", "c", "d"], "en", "es") == ["a", "b", "c", "d"]
    assert sorted(engine.segments) == ["a", "b", "c", "c", "d"]


def test_texts_without_a_usable_answer_are_told_and_the_others_kept(memory: Memory) -> None:
    engine = Reversing(lost=frozenset({"bad"}))
    assert Translator(engine, memory).translate_each(["ab", "bad"], "en", "es") == ["ba", None]
    with pytest.raises(ServiceError, match="no usable translation of 1 of 2 texts, the first 'bad'"):
        Translator(engine, memory).translate(["ab", "bad"], "en", "es")
    assert engine.segments.count("ab") == 1


def test_a_wrong_count_is_refused(memory: Memory) -> None:
    with pytest.raises(ServiceError, match="gave 3 translations of 2 texts"):
        Translator(Reversing(extra=1), memory).translate(["a", "b"], "en", "es")
    assert memory.statistics() == []


def test_half_a_character_is_one_line(memory: Memory) -> None:
    with pytest.raises(InputError, match="lone surrogate"):
        Translator(Reversing(), memory).translate(["a\ud800"], "en", "es")


def test_an_answer_with_half_a_character_is_no_translation(memory: Memory) -> None:
    class Cutting(Reversing):
        def translate(self, texts: Sequence[str], source: str, target: str, *, markup: bool = False) -> list[str]:
            return [f"{text}\ud83d" if text == "smile" else text for text in texts]

    assert Translator(Cutting(), memory).translate_each(["smile", "ab"], "en", "es") == [None, "ab"]
    assert [entry.text for entry in memory.entries()] == ["ab"]


def test_markup_needs_an_engine_that_keeps_it(memory: Memory) -> None:
    with pytest.raises(InputError, match="keeps no markup"):
        Translator(Reversing(keeps_markup=False), memory).translate(["<x0>a</x0>"], "en", "es", markup=True)


def test_many_threads_ask_for_each_text_once(memory: Memory) -> None:
    engine = Reversing()
    texts = [f"text {number}" for number in range(40)]
    made: list[list[str]] = []
    threads = [
        threading.Thread(target=lambda: made.append(Translator(engine, memory).translate(texts, "en", "es")))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [[text[::-1] for text in texts]] * 6
    assert sorted(engine.segments) == sorted(texts)


def test_requests_are_paced() -> None:
    now = [0.0]
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(round(seconds, 6))
        now[0] += seconds

    pace = Pace(Limits(texts=1, size=1, requests=2.0, characters=100.0), lambda: now[0], sleep)
    for characters in (10, 100, 10, 10):
        pace.wait(characters)
    assert waits == [0.5, 1.0, 0.5]  # half a second a request, or a hundredth a character


def test_what_is_sent_is_counted_over_all_calls(memory: Memory) -> None:
    translator = Translator(Reversing(), memory)
    translator.translate(["one", "two", "one"], "en", "es")
    translator.translate(["two", "three"], "en", "es")
    assert (translator.segments, translator.characters) == (3, 11)
